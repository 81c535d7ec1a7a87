//! Operations on what people approved, what was issued, and who is signed in.

mod consents;
mod sessions;
mod tokens;

use std::collections::HashMap;

use domain::{BrowserSession, Consent, Grant, Id, Permission, SessionKind, Timestamp, User};
use store::{
    Read, StoreError, Tx,
    repo::{applications, names, users},
};

use crate::{
    Call, Problem,
    named::{ClientName, UserName},
    transaction::Target,
};

pub use consents::{list_consents, revoke_consent, revoke_consents};
pub use sessions::{end_session, end_sessions, list_sessions};
pub use store::repo::issued::{IssuedFilter, SessionFilter};
pub use tokens::{list_tokens, revoke_token, revoke_tokens};

/// A remembered decision with whose it is.
#[derive(Debug, Clone)]
pub struct ConsentView {
    /// The decision.
    pub consent: Consent,
    /// Who approved.
    pub user: UserName,
    /// For which client.
    pub client: ClientName,
}

/// What was granted and still opens something; its tokens end with it.
#[derive(Debug, Clone)]
pub struct TokenView {
    /// What was granted.
    pub grant: Grant,
    /// Whose access it is.
    pub user: UserName,
    /// Who was granted access.
    pub client: ClientName,
    /// When a token was last issued from it.
    pub last_used_at: Timestamp,
    /// When its refresh token ends unless it is used before, if it has one.
    pub refresh_expires_at: Option<Timestamp>,
}

/// A session with whose it is.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// Identifies it.
    pub id: Id<BrowserSession>,
    /// Which pages it opens.
    pub kind: SessionKind,
    /// Who is signed in.
    pub user: UserName,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
    /// Where it was begun from.
    pub address: Option<String>,
    /// The applications that were granted access in it.
    pub applications: Vec<ClientName>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// When it ends unless it is used before.
    pub idle_expires_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// What an event says was revoked.
struct Revoked;

impl Revoked {
    /// What a client had; events of clients are told of their application.
    fn of_client(client: &ClientName) -> Target {
        Target { id: client.application.id.to_string(), name: client.application.name.clone() }
    }

    /// What a filter means: an application, else a person, else many. `None` when it names
    /// what does not exist, or what the caller may not know of: nothing was issued for that.
    async fn of_filter(
        tx: &Tx,
        call: &Call,
        filter: &IssuedFilter,
    ) -> Result<Option<Target>, StoreError> {
        if let Some(id) = filter.application {
            let record = applications::find(tx, id, call.owner_seen()).await?;
            return Ok(record.map(|it| (&it.application).into()));
        }
        if let Some(id) = filter.user {
            return Ok(users::find(tx, id).await?.map(|it| (&it).into()));
        }
        Ok(Some(Target { id: "tokens".to_owned(), name: "Tokens".to_owned() }))
    }
}

/// Refuses to end everything there is by a filter that was left out.
fn require_filter(is_empty: bool) -> Result<(), Problem> {
    if is_empty {
        let detail = "Say whose: a user, an application or an environment.";
        return Err(Problem::field("user", "filter-required", detail));
    }
    Ok(())
}

/// What people are called, or their identifiers for whoever may not see people.
async fn user_names(
    db: &impl Read,
    call: &Call,
    ids: impl IntoIterator<Item = Id<User>>,
) -> Result<HashMap<Id<User>, UserName>, StoreError> {
    if call.has(Permission::UsersRead) {
        return names::of_users(db, ids).await;
    }
    let unnamed =
        |id: Id<User>| (id, UserName { id, name: id.to_string(), username: String::new() });
    Ok(ids.into_iter().map(unnamed).collect())
}

#[cfg(test)]
mod tests;
