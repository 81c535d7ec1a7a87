//! Keys that let scripts use the management API.

use crate::{Id, Identified, Permission, Timestamp};

/// An API key: everything about it but its value.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Identifies the key.
    pub id: Id<ApiKey>,
    /// What its maker called it.
    pub name: String,
    /// What it may do.
    pub permissions: Vec<Permission>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl Identified for ApiKey {
    const PREFIX: &'static str = "apk";
}
