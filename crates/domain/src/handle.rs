//! Handles: the bearer secrets this server issues, and what it keeps of them.

mod digest;
mod keys;
mod kind;
mod text;

use std::fmt;

use secrecy::SecretString;
use zeroize::Zeroizing;

pub use digest::HandleDigest;
pub use keys::HandleKeys;
pub use kind::HandleKind;

/// A bearer secret in the form its holder gets, told once and never stored.
///
/// `cs_<kind>_<key id><43 base62 digits of 256 random bits>_<checksum>`: the
/// prefix lets secret scanners recognize it, the checksum lets garbage be
/// refused without a query. Neither adds to its strength.
pub struct Handle {
    kind: HandleKind,
    text: Zeroizing<String>,
}

impl Handle {
    /// What the handle is for.
    #[must_use]
    pub const fn kind(&self) -> HandleKind {
        self.kind
    }

    /// The text to hand to the holder.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The last four of the random digits, by which people tell their secrets apart.
    ///
    /// The 232 bits that remain secret are more than enough.
    #[must_use]
    pub fn hint(&self) -> &str {
        text::hint(&self.text).unwrap_or_default()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.kind.prefix())
    }
}

impl From<Handle> for SecretString {
    fn from(handle: Handle) -> Self {
        Self::from(handle.expose())
    }
}
