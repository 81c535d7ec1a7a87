//! Operations on client secrets.

mod generate;
mod list;
mod revoke;
mod rotate;
mod update;

use domain::{Application, ClientSecret, Environment, Id, Timestamp};
use secrecy::SecretString;
use validator::Validate;

use crate::Patch;

pub use generate::generate;
pub use list::list;
pub use revoke::revoke;
pub use rotate::rotate;
pub use update::update;

pub(crate) use generate::{Wanted, new_secret, secret_details};

/// Where a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretPath {
    /// The application.
    pub application_id: Id<Application>,
    /// Which of its clients.
    pub environment: Environment,
    /// The secret.
    pub secret_id: Id<ClientSecret>,
}

/// Asks for one more secret.
#[derive(Debug, Clone, Validate)]
pub struct GenerateSecret {
    /// The application.
    pub application_id: Id<Application>,
    /// Which of its clients.
    pub environment: Environment,
    /// What to call it; may be empty.
    #[validate(length(max = 100, message = "Use at most 100 characters."))]
    pub label: String,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
}

/// Asks for a secret to be replaced.
#[derive(Debug, Clone, Validate)]
pub struct RotateSecret {
    /// The secret to replace.
    pub path: SecretPath,
    /// How long the old one goes on working.
    #[validate(range(max = 168, message = "Choose between 0 and 168 hours."))]
    pub overlap_hours: u32,
    /// What to call the new one; the old one's label when left out.
    #[validate(length(max = 100, message = "Use at most 100 characters."))]
    pub label: Option<String>,
    /// When the new one stops working, if ever.
    pub expires_at: Option<Timestamp>,
}

/// Asks for another label or end.
#[derive(Debug, Clone, Validate)]
pub struct UpdateSecret {
    /// The secret.
    pub path: SecretPath,
    /// The version that the caller saw.
    pub version: i64,
    /// What to call it.
    #[validate(length(max = 100, message = "Use at most 100 characters."))]
    pub label: Option<String>,
    /// When it stops working, if ever.
    pub expires_at: Patch<Timestamp>,
}

/// A secret in the one answer that holds its value.
#[derive(Debug)]
pub struct ShownSecret {
    /// Identifies it.
    pub id: Id<ClientSecret>,
    /// What its maker called it.
    pub label: String,
    /// What to recognise it by later.
    pub hint: String,
    /// The value; never told again.
    pub client_secret: SecretString,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
}

/// A replaced secret and its successor.
#[derive(Debug)]
pub struct RotatedSecret {
    /// The new one.
    pub secret: ShownSecret,
    /// The old one, with its end.
    pub previous: ClientSecret,
}

/// A secret that was just revoked.
#[derive(Debug)]
pub struct RevokedSecret {
    /// The secret as it was.
    pub secret: ClientSecret,
    /// Whether it proved its client in the 24 hours before.
    pub was_used_in_last_day: bool,
}

#[cfg(test)]
mod tests;
