//! Operations on APIs and their scopes.

mod list;
mod register;
mod remove;
mod scopes;
mod update;

use domain::{Id, Resource, ScopeDefinition};
use validator::Validate;

use crate::{named::ClientName, transaction::Target, validation};

pub use list::{catalogue, get, list, uses};
pub use register::register;
pub use remove::remove;
pub use scopes::{add_scope, remove_scope, update_scope};
pub use update::update;

/// A scope as a person or a program sent it.
#[derive(Debug, Clone, Default, Validate)]
pub struct NewScope {
    /// The name on the wire.
    pub name: String,
    /// What the consent page calls it; the name when empty.
    #[validate(length(max = 100, message = "Use at most 100 characters."))]
    pub display_name: String,
    /// What the consent page says about it.
    #[validate(length(max = 512, message = "Use at most 512 characters."))]
    pub description: String,
    /// Whether new clients get it without asking.
    pub default: bool,
}

impl NewScope {
    fn trim(&mut self) {
        validation::trim([&mut self.name, &mut self.display_name, &mut self.description]);
    }
}

/// Asks for an API to be registered.
#[derive(Debug, Clone, Default, Validate)]
pub struct RegisterResource {
    /// The audience of its tokens: an absolute URI.
    pub identifier: String,
    /// What people call it.
    #[validate(length(min = 1, max = 100, message = "Give it a name of 1 to 100 characters."))]
    pub name: String,
    /// A sentence about it.
    #[validate(length(max = 512, message = "Use at most 512 characters."))]
    pub description: String,
    /// What its access tokens look like, as it is written; empty means `jwt`.
    pub token_format: String,
    /// Its first scopes.
    #[validate(nested)]
    pub scopes: Vec<NewScope>,
}

/// Asks for a change; the identifier stays, as tokens in use name it.
#[derive(Debug, Clone, Validate)]
pub struct UpdateResource {
    /// Which API.
    pub id: Id<Resource>,
    /// The version that the caller saw.
    pub version: i64,
    /// What people call it.
    #[validate(length(min = 1, max = 100, message = "Give it a name of 1 to 100 characters."))]
    pub name: Option<String>,
    /// A sentence about it.
    #[validate(length(max = 512, message = "Use at most 512 characters."))]
    pub description: Option<String>,
    /// What its access tokens look like.
    pub token_format: Option<String>,
}

/// Asks for one more scope.
#[derive(Debug, Clone)]
pub struct AddScope {
    /// The API that it opens.
    pub resource_id: Id<Resource>,
    /// The scope.
    pub scope: NewScope,
}

/// Asks for a change of a scope; the name stays, as clients ask by it.
#[derive(Debug, Clone, Validate)]
pub struct UpdateScope {
    /// The API that it opens.
    pub resource_id: Id<Resource>,
    /// The scope.
    pub scope_id: Id<ScopeDefinition>,
    /// The version of the API that the caller saw.
    pub version: i64,
    /// What the consent page calls it.
    #[validate(length(min = 1, max = 100, message = "Use 1 to 100 characters."))]
    pub display_name: Option<String>,
    /// What the consent page says about it.
    #[validate(length(max = 512, message = "Use at most 512 characters."))]
    pub description: Option<String>,
    /// Whether new clients get it without asking.
    pub default: Option<bool>,
}

/// Asks for a scope to be retired.
#[derive(Debug, Clone, Copy)]
pub struct RemoveScope {
    /// The API that it opens.
    pub resource_id: Id<Resource>,
    /// The scope.
    pub scope_id: Id<ScopeDefinition>,
    /// The version of the API that the caller saw.
    pub version: i64,
}

/// Which APIs are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceFilter {
    /// Found in the name or the identifier; case does not count.
    pub text: Option<String>,
}

/// An API with how much it is used.
#[derive(Debug, Clone)]
pub struct ResourceView {
    /// The API with its scopes.
    pub resource: Resource,
    /// How many clients may ask for one of its scopes.
    pub clients: u64,
}

/// Who may ask for a scope of an API.
#[derive(Debug, Clone)]
pub struct ScopeUse {
    /// The scope.
    pub scope: ScopeDefinition,
    /// Those clients that the caller may see.
    pub clients: Vec<ClientName>,
}

fn target(resource: &Resource) -> Target {
    Target { id: resource.id.to_string(), name: resource.name.clone() }
}

#[cfg(test)]
mod tests;
