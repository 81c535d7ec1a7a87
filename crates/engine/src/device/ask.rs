//! A device asks, [RFC 8628 section 3.1].
//!
//! [RFC 8628 section 3.1]: https://www.rfc-editor.org/rfc/rfc8628#section-3.1

use std::time::Duration;

use domain::{
    DeviceAuthorization, HandleKind, Id, RegisteredClient, RequestFacts, Timestamp, UserCode,
    audit::Action,
};
use protocol::{GrantType, Parameters, Scope};
use secrecy::SecretString;
use store::{
    StoreError,
    repo::device_authorizations::{self, Codes},
};

use super::user_code_mac;
use crate::{Credentials, Engine, GateRefusal, Refusal, gate::Policy};

/// How long a person has to type the code and answer, in seconds.
const LIFETIME_SECONDS: u32 = 600;
/// How long a device waits between two polls at first, in seconds.
const INTERVAL_SECONDS: u32 = 5;

/// What a device is answered with, [RFC 8628 section 3.2].
///
/// [RFC 8628 section 3.2]: https://www.rfc-editor.org/rfc/rfc8628#section-3.2
#[derive(Debug)]
pub struct DeviceResponse {
    /// What the device polls with.
    pub device_code: SecretString,
    /// What the device shows and a person types.
    pub user_code: UserCode,
    /// Where they type it.
    pub verification_uri: String,
    /// The same address with the code in it, for a picture to photograph.
    pub verification_uri_complete: String,
    /// How long both codes live, in seconds.
    pub expires_in: u32,
    /// How long to wait between two polls, in seconds.
    pub interval: u32,
}

/// Takes the request of a device, which then waits for a person.
///
/// # Errors
///
/// When the database fails.
pub async fn ask(
    engine: &Engine,
    credentials: &Credentials<'_>,
    facts: &RequestFacts,
) -> Result<Result<DeviceResponse, Refusal>, StoreError> {
    let now = engine.now();
    let client = match engine.authenticate(credentials, facts, now).await? {
        Ok(client) => client,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let policy = engine.policy(now).await?;
    let checked = check(&policy, &client, credentials.parameters).and_then(|wanted| {
        let kept = engine.limits.may_wait(facts);
        kept.map_err(|retry_after_seconds| Refusal::TooManyWaiting { retry_after_seconds })?;
        Ok(wanted)
    });
    match checked {
        Ok(wanted) => keep(engine, &client, wanted, (facts, now)).await.map(Ok),
        Err(refusal) => {
            let action = Action::AuthorizationRefused;
            engine.note_unproven(&client, action, now, || {
                engine.refused_event(action, &client, (refusal.to_string(), facts), now)
            });
            Ok(Err(refusal))
        }
    }
}

/// What a device may ask for: scopes, and the APIs it names of those they open.
fn check(
    policy: &Policy,
    client: &RegisteredClient,
    parameters: &Parameters,
) -> Result<(Scope, Vec<String>), Refusal> {
    policy.allows(client, GrantType::DeviceCode)?;
    let scope = scope(policy, client, parameters)?;
    let named = policy.catalogue.named(&scope, parameters.all("resource"));
    let resources = named.map_err(GateRefusal::from)?;
    Ok((scope, resources))
}

/// The scopes asked for, or the client's default ones; all or nothing.
fn scope(
    policy: &Policy,
    client: &RegisteredClient,
    parameters: &Parameters,
) -> Result<Scope, Refusal> {
    let asked = Scope::parse(parameters.get("scope").unwrap_or_default())
        .map_err(|_reason| Refusal::MalformedScope)?;
    let catalogue = &policy.catalogue;
    let settings = &client.client.settings;
    if asked.is_empty() {
        let known = settings.default_scopes.filtered(|it| catalogue.has_scope(it));
        return if known.is_empty() { Err(Refusal::NoScope) } else { Ok(known) };
    }
    let is_allowed =
        asked.is_subset_of(&settings.scopes) && asked.iter().all(|it| catalogue.has_scope(it));
    if is_allowed { Ok(asked) } else { Err(GateRefusal::ScopeExceeded.into()) }
}

async fn keep(
    engine: &Engine,
    client: &RegisteredClient,
    (scope, resources): (Scope, Vec<String>),
    (facts, now): (&RequestFacts, Timestamp),
) -> Result<DeviceResponse, StoreError> {
    let parts = &engine.parts;
    let entropy = &*parts.entropy;
    let (device_code, digest) = parts.handles.issue(HandleKind::DeviceCode, entropy);
    let asked = DeviceAuthorization {
        grant_id: Id::new(now, entropy),
        client_id: client.client.id,
        scope,
        resources,
        address: facts.address,
        created_at: now,
        expires_at: now.plus(Duration::from_secs(LIFETIME_SECONDS.into())),
    };
    let user_code = loop {
        let code = UserCode::new(entropy);
        let codes = Codes { device: &digest, user: &user_code_mac(engine, &code) };
        let kept =
            async |tx: &_| device_authorizations::insert(tx, &asked, codes, INTERVAL_SECONDS).await;
        if parts.store.write(kept).await? {
            break code;
        }
    };
    let verification_uri = format!("{}/device", engine.issuer().trim_end_matches('/'));
    Ok(DeviceResponse {
        device_code: device_code.into(),
        verification_uri_complete: format!("{verification_uri}?user_code={}", user_code.shown()),
        user_code,
        verification_uri,
        expires_in: LIFETIME_SECONDS,
        interval: INTERVAL_SECONDS,
    })
}
