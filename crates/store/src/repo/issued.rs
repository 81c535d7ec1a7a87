//! What people approved, what was issued, and who is signed in, as operators see it and end it.

mod consents;
mod sessions;
mod tokens;

use domain::{
    Application, BrowserSession, Environment, Id, Identified, SessionKind, Timestamp, User,
};

use super::clients::WhichClients;

pub use consents::{
    consent_position, count_consents, find_consents, list_consents, remove_consents,
};
pub use sessions::{
    count_sessions, end_sessions, list_sessions, session_clients, session_position,
};
pub use tokens::{
    LiveGrant, count_live_grants, list_live_grants, revoke_all_of_user, revoke_live_grants,
    token_position,
};

/// Whose consents or tokens are meant; an empty filter means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssuedFilter {
    /// Only this person's.
    pub user: Option<Id<User>>,
    /// Only this application's.
    pub application: Option<Id<Application>>,
    /// Only those of clients in this environment.
    pub environment: Option<Environment>,
    /// Only those that hold this scope.
    pub scope: Option<String>,
}

/// Whose sessions are meant; an empty filter means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Only this person's.
    pub user: Option<Id<User>>,
    /// Only of these pages.
    pub kind: Option<SessionKind>,
    /// Only those in which this application was granted access.
    pub application: Option<Id<Application>>,
}

/// Consents or grants: one of them, or those that a filter means, as far as
/// `owner_seen` may see their applications.
#[derive(Debug)]
pub struct Which<'a, T: Identified> {
    /// Only this one.
    pub id: Option<Id<T>>,
    /// Only those.
    pub filter: &'a IssuedFilter,
    /// Only those of this person's applications.
    pub owner_seen: Option<Id<User>>,
}

impl<T: Identified> Which<'_, T> {
    fn clients(&self) -> Option<sea_orm::sea_query::SelectStatement> {
        let which = WhichClients {
            application: self.filter.application,
            environment: self.filter.environment,
            owner: self.owner_seen,
        };
        which.ids()
    }
}

/// A session of somebody who is signed in.
#[derive(Debug, Clone)]
pub struct SessionRecord {
    /// Identifies it.
    pub id: Id<BrowserSession>,
    /// Which pages it opens.
    pub kind: SessionKind,
    /// Who is signed in.
    pub user_id: Id<User>,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
    /// Where it was begun from.
    pub address: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// When it ends unless it is used before.
    pub idle_expires_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests;
