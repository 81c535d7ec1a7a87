//! Saying what a pasted secret or token is, without keeping or using it.

use domain::{Environment, HandleDigest, HandleKind, Permission};
use store::repo::{
    known_handles::{self, KnownHandle},
    names,
};

use super::{HandleState, RecognizedHandle, find::visible_client};
use crate::{Call, Problem, Service};

/// What a handle is that this server could have made.
///
/// Who may not see what it belongs to learns its kind alone, which its prefix
/// says anyway.
pub(super) async fn recognize(
    service: &Service,
    call: &Call,
    (kind, digest): (HandleKind, HandleDigest),
) -> Result<RecognizedHandle, Problem> {
    let parts = &service.parts;
    let unknown = unknown(kind);
    if !may_look(call, kind) {
        return Ok(unknown);
    }
    let Some(known) = known_handles::find(&parts.store, kind, &digest).await? else {
        return Ok(unknown);
    };
    let client = match known.client_id {
        Some(id) => names::of_clients(&parts.store, [id]).await?.remove(&id),
        None => None,
    };
    let client = visible_client(service, call, client).await?;
    if known.client_id.is_some() && client.is_none() {
        return Ok(unknown);
    }
    let user_id = known.user_id.filter(|_| call.has(Permission::UsersRead));
    let user = match user_id {
        Some(id) => names::of_users(&parts.store, [id]).await?.remove(&id),
        None => None,
    };
    let now = parts.clock.now();
    Ok(RecognizedHandle {
        kind,
        state: state(&known, now),
        environment: client.as_ref().map(|it| it.environment),
        application_id: client.as_ref().map(|it| it.application.id),
        client,
        user,
        user_id,
        scope: known.scope,
        grant_id: known.grant_id,
        created_at: Some(known.created_at),
        expires_at: known.expires_at,
    })
}

fn may_look(call: &Call, kind: HandleKind) -> bool {
    match kind {
        HandleKind::ProductionSecret | HandleKind::SandboxSecret => call.has(Permission::AppsRead),
        HandleKind::ApiKey => call.has(Permission::AdminsRead),
        HandleKind::AccessToken
        | HandleKind::RefreshToken
        | HandleKind::AuthorizationCode
        | HandleKind::DeviceCode => call.has(Permission::TokensRead),
        HandleKind::UserSession
        | HandleKind::ConsoleSession
        | HandleKind::AuthorizationRequest
        | HandleKind::PushedRequest
        | HandleKind::SetupLink
        | HandleKind::SignInLink
        | HandleKind::PasswordResetLink => false,
    }
}

fn state(known: &KnownHandle, now: domain::Timestamp) -> HandleState {
    if known.is_over {
        HandleState::Revoked
    } else if known.expires_at.is_some_and(|end| end <= now) {
        HandleState::Expired
    } else {
        HandleState::Active
    }
}

/// The kind, and for a client secret the environment, stand in the text itself.
fn unknown(kind: HandleKind) -> RecognizedHandle {
    let environment = match kind {
        HandleKind::ProductionSecret => Some(Environment::Production),
        HandleKind::SandboxSecret => Some(Environment::Sandbox),
        HandleKind::AuthorizationCode
        | HandleKind::AccessToken
        | HandleKind::RefreshToken
        | HandleKind::UserSession
        | HandleKind::ConsoleSession
        | HandleKind::AuthorizationRequest
        | HandleKind::PushedRequest
        | HandleKind::SetupLink
        | HandleKind::SignInLink
        | HandleKind::PasswordResetLink
        | HandleKind::ApiKey
        | HandleKind::DeviceCode => None,
    };
    RecognizedHandle {
        kind,
        state: HandleState::Unknown,
        client: None,
        user: None,
        scope: None,
        environment,
        application_id: None,
        user_id: None,
        grant_id: None,
        created_at: None,
        expires_at: None,
    }
}
