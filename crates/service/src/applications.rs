//! Operations on applications.

mod list;
mod register;
mod remove;
mod update;
mod view;

use domain::{Application, Environment, Id, Timestamp, User};
use validator::Validate;

use crate::{Patch, clients::ClientChanges, named::UserName, secrets::ShownSecret};

pub use list::{get, list};
pub use register::register;
pub use remove::remove;
pub use store::repo::applications::{ApplicationFilter, ApplicationSort};
pub use update::{set_status, update};

/// Asks for an application with one client to be registered; nothing in it has been checked.
#[derive(Debug, Clone, Default, Validate)]
pub struct RegisterApplication {
    /// What people see on the consent page.
    #[validate(length(min = 1, max = 100, message = "Give it a name of 1 to 100 characters."))]
    pub name: String,
    /// A sentence about it; may be empty.
    #[validate(length(max = 512, message = "Use at most 512 characters."))]
    pub description: String,
    /// What kind of program it is, as it is written: `web`, `spa`, `native`, `machine` or
    /// `device`.
    pub application_type: String,
    /// The environment of its first client, as it is written; empty means `sandbox`.
    pub environment: String,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub tos_uri: Option<String>,
    /// Who answers for it; the person who calls, when left out.
    pub owner: Option<Id<User>>,
    /// The settings of its client; what is left out is chosen by the kind of program.
    pub client: ClientChanges,
}

/// Asks for a change; what is left out stays as it is.
#[derive(Debug, Clone, Validate)]
pub struct UpdateApplication {
    /// Which application.
    pub id: Id<Application>,
    /// The version that the caller saw.
    pub version: i64,
    /// What people see on the consent page.
    #[validate(length(min = 1, max = 100, message = "Give it a name of 1 to 100 characters."))]
    pub name: Option<String>,
    /// A sentence about it.
    #[validate(length(max = 512, message = "Use at most 512 characters."))]
    pub description: Option<String>,
    /// Whether it may ask for tokens.
    pub status: Option<String>,
    /// Its home page.
    pub client_uri: Patch<String>,
    /// Its privacy policy.
    pub policy_uri: Patch<String>,
    /// Its terms.
    pub tos_uri: Patch<String>,
    /// Who answers for it; only those who see every application may change it.
    pub owner: Patch<Id<User>>,
}

impl UpdateApplication {
    /// No change yet to the application that the caller saw at `version`.
    #[must_use]
    pub const fn of(id: Id<Application>, version: i64) -> Self {
        Self {
            id,
            version,
            name: None,
            description: None,
            status: None,
            client_uri: Patch::Keep,
            policy_uri: Patch::Keep,
            tos_uri: Patch::Keep,
            owner: Patch::Keep,
        }
    }
}

/// An application with what is kept beside it.
#[derive(Debug, Clone)]
pub struct ApplicationView {
    /// The application with its clients, and their secrets that were not revoked.
    pub application: Application,
    /// Who answers for it, where that person still exists.
    pub owner: Option<UserName>,
    /// When each of its clients last asked for a token, to the minute.
    pub last_used: Vec<(Environment, Timestamp)>,
}

impl ApplicationView {
    /// When the application last asked for a token.
    #[must_use]
    pub fn last_used_at(&self) -> Option<Timestamp> {
        self.last_used.iter().map(|(_, at)| *at).max()
    }
}

/// An application that was just registered.
#[derive(Debug)]
pub struct RegisteredApplication {
    /// The application with its client.
    pub view: ApplicationView,
    /// The secret of its client, where it keeps one; never told again.
    pub secret: Option<ShownSecret>,
    /// Whether the redirect URI turned the code grant on by itself.
    pub code_grant_turned_on: bool,
}

#[cfg(test)]
mod tests;
