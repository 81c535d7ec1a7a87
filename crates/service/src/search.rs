//! One box for names, identifiers, addresses and tokens.

mod find;
mod pasted;
mod recognize;

use domain::{Application, ClientSecret, Environment, HandleKind, Id, Resource, Timestamp, User};

use crate::named::{ApplicationName, ClientName, UserName};

pub use find::search;
pub use pasted::{Pasted, pasted};

/// What a search found.
#[derive(Debug, Clone, Default)]
pub struct SearchAnswer {
    /// What the text matches, the likeliest first; at most 20 of a kind.
    pub hits: Vec<Hit>,
    /// What the text is, if it is one of this server's secrets or tokens.
    pub handle: Option<RecognizedHandle>,
}

/// One thing that the text matches.
#[derive(Debug, Clone)]
pub enum Hit {
    /// An application, by name or identifier.
    Application(ApplicationName),
    /// A client, by its identifier or a redirect URI.
    Client {
        /// The client.
        client: ClientName,
        /// The redirect URI that matches, if one does.
        redirect_uri: Option<String>,
    },
    /// A client secret, by its identifier.
    Secret {
        /// The client.
        client: ClientName,
        /// The secret.
        id: Id<ClientSecret>,
    },
    /// A person.
    User(UserName),
    /// An API.
    Resource {
        /// Identifies it.
        id: Id<Resource>,
        /// What people call it.
        name: String,
        /// Its audience.
        identifier: String,
    },
    /// The events of a request.
    Trace {
        /// The request.
        request_id: String,
        /// How many events it has.
        events: u64,
    },
    /// One event of the audit log.
    Event(Id<domain::AuditEvent>),
}

/// What a pasted secret or token is.
#[derive(Debug, Clone)]
pub struct RecognizedHandle {
    /// What it is for.
    pub kind: HandleKind,
    /// Whether it works, as far as the caller may know.
    pub state: HandleState,
    /// Whose client, where the caller may see it.
    pub client: Option<ClientName>,
    /// Whose account, where the caller may see it.
    pub user: Option<UserName>,
    /// What it opens.
    pub scope: Option<protocol::Scope>,
    /// Where its tokens count.
    pub environment: Option<Environment>,
    /// The application to open, where the caller may see it.
    pub application_id: Option<Id<Application>>,
    /// The account to open, where the caller may see it.
    pub user_id: Option<Id<User>>,
    /// The grant to revoke.
    pub grant_id: Option<Id<domain::Grant>>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// Whether a pasted secret or token works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandleState {
    /// It works.
    Active,
    /// Its time is over.
    Expired,
    /// It was revoked, replaced or spent.
    Revoked,
    /// Its form is right, but no such thing is known here, or the caller may not see it.
    Unknown,
}

#[cfg(test)]
mod tests;
