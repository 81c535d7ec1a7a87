//! From a bearer secret to the call it makes.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    ApiKey, HandleKind, Id, Permission, RegisteredClient, RequestFacts, Timestamp, User,
    UserStatus,
    audit::{Actor, ActorKind, Surface},
};
use protocol::{ClientId, Scope};
use store::repo::{api_keys, registered_clients, users};

use crate::{ApplicationScope, Call, Problem, Service};

/// The last use of a key is written no more often than this.
const USE_NOTED_EVERY: Duration = Duration::from_mins(1);

/// Whom a verified access token for the management API speaks for.
#[derive(Debug, Clone)]
pub struct TokenCaller {
    /// The identifier of the client that holds it.
    pub client_id: String,
    /// Whose access it is; none for client credentials.
    pub user_id: Option<Id<User>>,
    /// What it opens.
    pub scope: Scope,
}

/// The call that an API key makes; `None` unless it is a live one.
///
/// # Errors
///
/// When the database fails.
pub async fn authenticate(
    service: &Service,
    text: &str,
    facts: RequestFacts,
) -> Result<Option<Call>, Problem> {
    let parts = &service.parts;
    let now = parts.clock.now();
    let Some(digest) = parts.handles.digest(HandleKind::ApiKey, text) else { return Ok(None) };
    let Some(key) = api_keys::find_by_digest(&parts.store, &digest).await? else {
        return Ok(None);
    };
    if key.expires_at.is_some_and(|end| end <= now) {
        return Ok(None);
    }
    note_use(service, &key, now).await?;
    Ok(Some(Call {
        actor: Actor { kind: ActorKind::ApiKey, id: Some(key.id.to_string()), name: key.name },
        surface: Surface::Api,
        permissions: key.permissions.into_iter().collect(),
        applications: ApplicationScope::All,
        facts,
        claim: None,
    }))
}

async fn note_use(service: &Service, key: &ApiKey, now: Timestamp) -> Result<(), Problem> {
    if key.last_used_at.is_none_or(|at| now.since(at) >= USE_NOTED_EVERY) {
        let id = key.id;
        service.parts.store.write(async |tx| api_keys::touch(tx, id, now).await).await?;
    }
    Ok(())
}

/// The call that an access token makes, which was verified and is for the
/// management API; `None` when its client or its person no longer counts.
///
/// A token opens what both its scope and its client's registration open, now; a
/// person's only what the person's role opens too, and a client's own, where a person
/// answers for it, only what that person's role opens.
///
/// # Errors
///
/// When the database fails.
pub async fn call_of_token(
    service: &Service,
    caller: TokenCaller,
    facts: RequestFacts,
) -> Result<Option<Call>, Problem> {
    let store = &service.parts.store;
    let Ok(client_id) = ClientId::try_from(caller.client_id) else { return Ok(None) };
    let client = registered_clients::find(store, &client_id).await?;
    let Some(client) = client.filter(|client| client.is_active) else { return Ok(None) };
    let registered = &client.client.settings.scopes;
    let granted = |permission: &Permission| {
        let name = permission.as_str();
        caller.scope.contains(name) && registered.contains(name)
    };
    let Some(user_id) = caller.user_id else {
        let permissions = Permission::ALL.iter().copied().filter(granted).collect();
        return Ok(Some(call_of_client(service, &client, permissions, facts).await?));
    };
    let user = users::find(store, user_id).await?;
    let Some(user) = user.filter(|user| user.status == UserStatus::Active) else {
        return Ok(None);
    };
    let mut call = Call::of_user(&user, Surface::Api, facts);
    call.permissions.retain(granted);
    Ok(Some(call))
}

async fn call_of_client(
    service: &Service,
    client: &RegisteredClient,
    mut permissions: BTreeSet<Permission>,
    facts: RequestFacts,
) -> Result<Call, Problem> {
    let mut applications = ApplicationScope::All;
    if let Some(owner) = client.owner {
        // What an application may do ends where its owner's rights end, now: an owner who is
        // locked, gone or without a role gives it none.
        let user = users::find(&service.parts.store, owner).await?;
        let user = user.filter(|user| user.status == UserStatus::Active);
        let role = user.and_then(|user| user.role);
        permissions.retain(|permission| role.is_some_and(|role| role.holds(*permission)));
        if role.is_none_or(domain::Role::is_limited_to_own_applications) {
            applications = ApplicationScope::OwnedBy(owner);
        }
    }
    Ok(Call {
        actor: Actor {
            kind: ActorKind::Client,
            id: Some(client.client.client_id.as_str().to_owned()),
            name: client.application_name.clone(),
        },
        surface: Surface::Api,
        permissions,
        applications,
        facts,
        claim: None,
    })
}
