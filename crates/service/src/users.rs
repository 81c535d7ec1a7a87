//! Operations on the accounts of people.

mod access;
mod list;
mod password_reset;
mod register;
mod remove;
mod update;

use std::fmt;

use domain::{Id, Timestamp, User};
use secrecy::SecretString;
use validator::Validate;

use crate::Patch;

pub use access::{may_change, may_remove};
pub use list::{get, list};
pub use password_reset::start_password_reset;
pub use register::register;
pub use remove::remove;
pub use store::repo::users::{UserFilter, UserSort};
pub use update::{set_status, update};

/// Asks for an account.
#[derive(Clone, Default, Validate)]
pub struct RegisterUser {
    /// What the person signs in with.
    pub username: String,
    /// Where mail goes.
    pub email: String,
    /// Whether the address was proven elsewhere.
    pub email_verified: bool,
    /// What the person is called; may be empty.
    #[validate(length(max = 100, message = "Use at most 100 characters."))]
    pub name: String,
    /// A first password; without one the person sets it through a one-time link.
    pub password: Option<SecretString>,
    /// What the person may manage, as it is written.
    pub role: Option<String>,
    /// Whether the person may sign in, as it is written; active when left out.
    pub status: Option<String>,
}

/// Asks for a change; what is left out stays as it is.
#[derive(Clone, Validate)]
pub struct UpdateUser {
    /// Which account.
    pub id: Id<User>,
    /// The version that the caller saw.
    pub version: i64,
    /// What the person signs in with.
    pub username: Option<String>,
    /// Where mail goes.
    pub email: Option<String>,
    /// Whether the address was proven.
    pub email_verified: Option<bool>,
    /// What the person is called.
    #[validate(length(max = 100, message = "Use at most 100 characters."))]
    pub name: Option<String>,
    /// A new password; it ends what the person is signed in to.
    pub password: Option<SecretString>,
    /// What the person may manage.
    pub role: Patch<String>,
    /// Whether the person may sign in.
    pub status: Option<String>,
}

impl UpdateUser {
    /// No change yet to the account that the caller saw at `version`.
    #[must_use]
    pub const fn of(id: Id<User>, version: i64) -> Self {
        Self {
            id,
            version,
            username: None,
            email: None,
            email_verified: None,
            name: None,
            password: None,
            role: Patch::Keep,
            status: None,
        }
    }
}

impl fmt::Debug for RegisterUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisterUser").field("username", &self.username).finish_non_exhaustive()
    }
}

impl fmt::Debug for UpdateUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateUser").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A link that works once.
#[derive(Debug)]
pub struct OneTimeUrl {
    /// The whole address; never told again.
    pub url: SecretString,
    /// When it stops working.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests;
