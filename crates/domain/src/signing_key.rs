//! The keys that tokens are signed with.

use std::{fmt, str::FromStr};

use crate::{Id, Identified, Timestamp, UnknownName};

/// A signing key; both halves are sealed.
///
/// The public half too, so that whoever writes to the database cannot have a key
/// of their own believed.
#[derive(Clone)]
pub struct SigningKey {
    /// Identifies the row.
    pub id: Id<SigningKey>,
    /// The RFC 7638 thumbprint that JWS headers name.
    pub kid: String,
    /// The JWS algorithm, such as `ES256`.
    pub algorithm: String,
    /// What it is used for now.
    pub state: KeyState,
    /// The private half in PKCS#8, sealed; gone once retired.
    pub sealed_private: Option<Vec<u8>>,
    /// The public half as a JWK, sealed; it outlives the private one for a while, to tell
    /// whom an old ID token is about.
    pub sealed_public: Option<Vec<u8>>,
    /// When it was made and first published.
    pub created_at: Timestamp,
    /// When it began to sign.
    pub activated_at: Option<Timestamp>,
    /// When it stopped signing; once retired, when it was no longer published.
    pub retired_at: Option<Timestamp>,
}

impl Identified for SigningKey {
    const PREFIX: &'static str = "key";
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {} {})", self.algorithm, self.kid, self.state.as_str())
    }
}

/// The life of a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Published, not yet used.
    Pending,
    /// Signs.
    Active,
    /// Published, only verifies.
    Retiring,
    /// No longer published.
    Retired,
}

impl KeyState {
    /// Every state, in the order of a key's life.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Active, Self::Retiring, Self::Retired];

    /// The state as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }

    /// Whether the JWK Set shows a key in this state.
    #[must_use]
    pub const fn is_published(self) -> bool {
        !matches!(self, Self::Retired)
    }
}

impl FromStr for KeyState {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or(UnknownName)
    }
}
