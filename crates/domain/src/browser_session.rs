//! The sessions behind browser cookies.

use std::collections::HashMap;

use crate::{Id, Identified, Timestamp, User};

/// The session behind a browser's cookie.
#[derive(Debug, Clone)]
pub struct BrowserSession {
    /// Identifies the session; the `sid` that clients see.
    pub id: Id<BrowserSession>,
    /// Which pages it opens.
    pub kind: SessionKind,
    /// Who is signed in, if anyone.
    pub user_id: Option<Id<User>>,
    /// What the session middleware keeps.
    pub state: HashMap<String, String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends unless it is used before.
    pub idle_expires_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl Identified for BrowserSession {
    const PREFIX: &'static str = "ses";
}

/// Which pages a session opens; the two never mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionKind {
    /// Sign-in, consent and self-service.
    User,
    /// The control center.
    Console,
}

impl SessionKind {
    /// The kind as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Console => "console",
        }
    }
}
