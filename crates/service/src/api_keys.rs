//! Operations on the keys of the management API.

mod authenticate;
mod create;
mod list;
mod revoke;

use domain::{ApiKey, Permission, Timestamp};
use secrecy::SecretString;
use validator::Validate;

use crate::{ApplicationScope, Call, Problem};

pub use authenticate::{TokenCaller, authenticate, call_of_token};
pub use create::create;
pub use list::list;
pub use revoke::revoke;
pub use store::repo::api_keys::ApiKeyRecord as ApiKeyView;

/// Asks for a key.
#[derive(Debug, Clone, Default, Validate)]
pub struct CreateApiKey {
    /// What to call it.
    #[validate(length(min = 1, max = 100, message = "Give it a name of 1 to 100 characters."))]
    pub name: String,
    /// What it may do, as permissions are written.
    pub permissions: Vec<String>,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
}

/// A key in the one answer that holds its value.
#[derive(Debug)]
pub struct ShownApiKey {
    /// Everything else about it.
    pub key: ApiKey,
    /// The value; never told again.
    pub text: SecretString,
}

/// A key has no owner whose applications it could be limited to, so whoever is
/// limited to some makes and revokes none.
fn require_whole_reach(call: &Call) -> Result<(), Problem> {
    match call.applications {
        ApplicationScope::All => Ok(()),
        ApplicationScope::OwnedBy(_) => Err(Problem::Forbidden(Permission::AdminsWrite)),
    }
}

#[cfg(test)]
mod tests;
