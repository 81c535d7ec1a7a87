//! A client with what its application says about it.

use crate::{Application, ApplicationType, Client, Id, User};

/// A client with what its application says about it: all that a protocol
/// request needs to know of who asks.
#[derive(Debug, Clone)]
pub struct RegisteredClient {
    /// The client.
    pub client: Client,
    /// The application it belongs to.
    pub application_id: Id<Application>,
    /// What people call the application.
    pub application_name: String,
    /// What kind of program it is.
    pub application_type: ApplicationType,
    /// The person who answers for it.
    pub owner: Option<Id<User>>,
    /// Whether the application is neither disabled nor deleted.
    pub is_active: bool,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub tos_uri: Option<String>,
}
