//! The remembered decisions of people.

use protocol::Scope;

use crate::{Client, Id, Identified, Timestamp, User};

/// What a person approved for a client, until they withdraw it.
#[derive(Debug, Clone)]
pub struct Consent {
    /// Identifies the decision.
    pub id: Id<Consent>,
    /// Who approved.
    pub user_id: Id<User>,
    /// For which client.
    pub client_id: Id<Client>,
    /// The scopes that are not asked again.
    pub scope: Scope,
    /// When the person first approved.
    pub created_at: Timestamp,
    /// When the list last grew.
    pub updated_at: Timestamp,
}

impl Identified for Consent {
    const PREFIX: &'static str = "con";
}
