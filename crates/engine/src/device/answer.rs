//! A person types the code of a device and answers, [RFC 8628 section 3.3].
//!
//! [RFC 8628 section 3.3]: https://www.rfc-editor.org/rfc/rfc8628#section-3.3

use std::sync::Arc;

use domain::{
    AuditEvent, DeviceAuthorization, Grant, RegisteredClient, Timestamp, UserCode, audit::Action,
};
use protocol::{GrantType, Scope};
use store::{
    StoreError, Tx,
    repo::{
        audit,
        authorization_codes::{self, Ground},
        consents, device_authorizations,
    },
};

use super::{user_code_mac, view::ConfirmView};
use crate::{
    Engine,
    authorize::{Choice, Decision, SignedInPerson, Visitor, approved, decided, scope_views},
};

/// What comes next for a person who typed a code.
#[derive(Debug)]
pub enum Step {
    /// The person signs in first.
    LogIn,
    /// The person is asked, whatever they approved before: the code may be someone else's.
    Confirm(Box<ConfirmView>),
    /// No request waits that has this code.
    Unknown,
    /// Too many codes were typed; this one was not looked up.
    TooMany {
        /// When the next is looked up.
        retry_after_seconds: u32,
    },
    /// The device gets what was approved.
    Approved,
    /// The device gets nothing.
    Denied,
}

/// A request that waits, whose client may still ask, and who answers it.
struct Found<'a> {
    code: UserCode,
    mac: [u8; 32],
    waiting: DeviceAuthorization,
    client: Arc<RegisteredClient>,
    visitor: &'a Visitor,
    person: &'a SignedInPerson,
    /// What is asked now.
    asked: Scope,
    /// What was asked for and need not be asked again.
    remembered: Scope,
}

/// Says what comes next for a code that was typed. Nothing is granted by that.
///
/// # Errors
///
/// When the database fails.
pub async fn look(engine: &Engine, visitor: &Visitor, typed: &str) -> Result<Step, StoreError> {
    let now = engine.now();
    match find(engine, visitor, typed, now).await? {
        Ok(found) => confirm(engine, &found, false, now).await,
        Err(step) => Ok(step),
    }
}

/// Answers the device whose code was typed as the person decided; once.
///
/// # Errors
///
/// When the database fails.
pub async fn answer(
    engine: &Engine,
    visitor: &Visitor,
    typed: &str,
    decision: &Decision,
) -> Result<Step, StoreError> {
    let now = engine.now();
    let found = match find(engine, visitor, typed, now).await? {
        Ok(found) => found,
        Err(step) => return Ok(step),
    };
    if decision.choice == Choice::Deny {
        return deny(engine, &found, now).await;
    }
    let approved = approved(&found.asked, &decision.ticked);
    let granted = found
        .waiting
        .scope
        .filtered(|it| approved.contains(it.as_str()) || found.remembered.contains(it.as_str()));
    if granted.is_empty() {
        return confirm(engine, &found, true, now).await;
    }
    let is_remembered = decision.choice == Choice::Always && may_be_remembered(&found.client);
    approve(engine, &found, (granted, is_remembered), now).await
}

/// Whether approving `client` once can stand for the next time. Whoever copied the
/// identifier of a client without a secret could pass for it.
fn may_be_remembered(client: &RegisteredClient) -> bool {
    client.client.is_confidential()
}

async fn find<'a>(
    engine: &Engine,
    visitor: &'a Visitor,
    typed: &str,
    now: Timestamp,
) -> Result<Result<Found<'a>, Step>, StoreError> {
    let Some(person) = &visitor.signed_in else { return Ok(Err(Step::LogIn)) };
    if let Err(retry_after_seconds) = engine.limits.may_type_code(person.user_id, &visitor.facts) {
        return Ok(Err(Step::TooMany { retry_after_seconds }));
    }
    let Some(code) = UserCode::read(typed) else { return Ok(Err(Step::Unknown)) };
    let mac = user_code_mac(engine, &code);
    let store = &engine.parts.store;
    let waiting = device_authorizations::find_waiting(store, &mac, now).await?;
    let Some(mut waiting) = waiting else { return Ok(Err(Step::Unknown)) };
    let client = engine.client_by_id(waiting.client_id, now).await?;
    let policy = engine.policy(now).await?;
    let may_ask = |it: &Arc<_>| policy.allows(it, GrantType::DeviceCode).is_ok();
    let Some(client) = client.filter(may_ask) else { return Ok(Err(Step::Unknown)) };
    // What was taken away while the code was typed is not asked for, nor granted.
    let allowed = &client.client.settings.scopes;
    let catalogue = &policy.catalogue;
    waiting.scope =
        waiting.scope.filtered(|it| allowed.contains(it.as_str()) && catalogue.has_scope(it));
    if waiting.scope.is_empty() {
        return Ok(Err(Step::Unknown));
    }
    let known = if may_be_remembered(&client) {
        consents::scope_of(store, person.user_id, client.client.id).await?
    } else {
        Scope::default()
    };
    let remembered = waiting.scope.filtered(|it| known.contains(it.as_str()));
    let asked = waiting.scope.filtered(|it| !known.contains(it.as_str()));
    Ok(Ok(Found { code, mac, waiting, client, visitor, person, asked, remembered }))
}

async fn confirm(
    engine: &Engine,
    found: &Found<'_>,
    nothing_ticked: bool,
    now: Timestamp,
) -> Result<Step, StoreError> {
    let catalogue = engine.catalogue(now).await?;
    let client = &found.client;
    Ok(Step::Confirm(Box::new(ConfirmView {
        user_code: found.code.clone(),
        user_id: found.person.user_id,
        client_name: client.application_name.clone(),
        client_uri: client.client_uri.clone(),
        policy_uri: client.policy_uri.clone(),
        tos_uri: client.tos_uri.clone(),
        environment: client.client.environment,
        address: found.waiting.address,
        asked_at: found.waiting.created_at,
        asked: scope_views(&found.asked, &catalogue),
        remembered: scope_views(&found.remembered, &catalogue),
        may_be_remembered: may_be_remembered(client),
        nothing_ticked,
    })))
}

async fn approve(
    engine: &Engine,
    found: &Found<'_>,
    (granted, is_remembered): (Scope, bool),
    now: Timestamp,
) -> Result<Step, StoreError> {
    let Found { waiting, person, .. } = found;
    let mut event = event(engine, found, (Action::ConsentGranted, &granted), now);
    event.details.insert("remembered".to_owned(), is_remembered.into());
    let grant = Grant {
        id: waiting.grant_id,
        client_id: waiting.client_id,
        user_id: person.user_id,
        session_id: Some(person.session_id),
        scope: granted,
        resources: waiting.resources.clone(),
        auth_time: person.auth_time,
        amr: person.amr.clone(),
        created_at: now,
        revoked_at: None,
    };
    let entropy = &*engine.parts.entropy;
    let approved = async |tx: &Tx| {
        if !authorization_codes::has_ground(tx, &grant, Ground::Session, now).await? {
            return Ok(Step::LogIn);
        }
        if !device_authorizations::approve(tx, &found.mac, &grant, now).await? {
            return Ok(Step::Unknown);
        }
        if is_remembered {
            let (user, client) = (grant.user_id, grant.client_id);
            consents::grow(tx, user, client, &grant.scope, (now, entropy)).await?;
        }
        audit::record(tx, &event).await?;
        Ok(Step::Approved)
    };
    engine.parts.store.write(approved).await
}

async fn deny(engine: &Engine, found: &Found<'_>, now: Timestamp) -> Result<Step, StoreError> {
    let event = event(engine, found, (Action::ConsentDenied, &found.waiting.scope), now);
    let denied = async |tx: &Tx| {
        if !device_authorizations::deny(tx, &found.mac, now).await? {
            return Ok(Step::Unknown);
        }
        audit::record(tx, &event).await?;
        Ok(Step::Denied)
    };
    engine.parts.store.write(denied).await
}

fn event(
    engine: &Engine,
    found: &Found<'_>,
    (action, scope): (Action, &Scope),
    now: Timestamp,
) -> AuditEvent {
    let what = (action, &*scope.to_string());
    let mut event = decided(engine, &found.client, (found.visitor, found.person), what, now);
    event.details.insert("grant_type".to_owned(), GrantType::DeviceCode.as_str().into());
    event
}
