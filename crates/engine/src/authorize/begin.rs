//! A request arrives.

use std::time::Duration;

use domain::{
    Handle, HandleKind, RegisteredClient, Timestamp,
    authorization::{AuthorizationRequest, NextStep, SignIn, next_step},
};
use protocol::{GrantType, Parameters, Scope};
use store::{
    StoreError,
    repo::{
        authorization_requests::{self, WaitingRequest},
        consents,
    },
};

use super::{
    AuthorizationResponse, PageRefusal, Refusal, TrustedRedirectUri, Visitor,
    issue_code::NewCode,
    record,
    unverified::{self, Stopped, Verified},
    verified::echoed_state,
};
use crate::Engine;

/// How long a person has to sign in and answer.
const WAITS: Duration = Duration::from_mins(30);
/// What the digest of the browser's cookie is made for.
const BROWSER: &str = "authorization-browser";

/// What has to happen with a request that arrived.
#[derive(Debug)]
pub enum Begun {
    /// An error page: nothing goes to any client.
    Refused(PageRefusal),
    /// An answer to the client, whether a code or an error.
    Answered(AuthorizationResponse),
    /// The person signs in; the handle finds the request again.
    LogIn(Handle),
    /// The person is asked; the handle finds the request again.
    Consent(Handle),
}

/// Takes an authorization request, [RFC 6749 section 4.1.1].
///
/// A person who is signed in and approved before gets the code at once; otherwise
/// the request waits for them.
///
/// [RFC 6749 section 4.1.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
///
/// # Errors
///
/// When the database fails.
pub async fn begin(
    engine: &Engine,
    parameters: &Parameters,
    visitor: &Visitor,
) -> Result<Begun, StoreError> {
    let now = engine.now();
    let verified = match unverified::verify(engine, parameters, now).await? {
        Ok(verified) => verified,
        Err(stopped) => return stop(engine, &stopped, parameters, visitor, now).await,
    };
    let catalogue = engine.catalogue(now).await?;
    let is_on = engine.switches(now).await?.is_on(GrantType::AuthorizationCode);
    let request = match verified.check(&catalogue, is_on, now) {
        Ok(request) => request,
        Err(refusal) => return refuse(engine, verified, visitor, refusal, now).await,
    };
    let remembered = remembered_scope(engine, &verified.client, &request, visitor).await?;
    let sign_in = sign_in(visitor);
    match (next_step(&request, sign_in, &remembered, false, now), &visitor.signed_in) {
        (NextStep::Finish, Some(person)) => {
            let code = NewCode::new(engine, &request, person, request.scope.clone(), now);
            engine.parts.store.write(async |tx| code.insert(tx, now).await).await?;
            let state = request.state.as_deref();
            Ok(Begun::Answered(code.response(engine, verified.redirect_uri, state)))
        }
        (NextStep::Refuse(reason), _) => {
            refuse(engine, verified, visitor, Refusal::PromptNone(reason), now).await
        }
        (NextStep::Consent(_), _) => {
            keep(engine, &verified.client, request, visitor).await.map(Begun::Consent)
        }
        (NextStep::LogIn, _) | (NextStep::Finish, None) => {
            keep(engine, &verified.client, request, visitor).await.map(Begun::LogIn)
        }
    }
}

/// What is known of the sign-in of `visitor`.
pub(super) fn sign_in(visitor: &Visitor) -> Option<SignIn> {
    visitor.signed_in.as_ref().map(|it| SignIn { auth_time: it.auth_time })
}

/// The scopes that this person need not be asked for.
pub(super) async fn remembered_scope(
    engine: &Engine,
    client: &RegisteredClient,
    request: &AuthorizationRequest,
    visitor: &Visitor,
) -> Result<Scope, StoreError> {
    if client.client.settings.skip_consent {
        return Ok(request.scope.clone());
    }
    match &visitor.signed_in {
        Some(person) if !is_anyones(client, &request.redirect_uri) => {
            consents::scope_of(&engine.parts.store, person.user_id, request.client_id).await
        }
        Some(_) | None => Ok(Scope::default()),
    }
}

/// Whether any program on the person's device could pass for this client, so that
/// approving it once is no answer for the next time, [RFC 8252 section 8.6].
///
/// [RFC 8252 section 8.6]: https://www.rfc-editor.org/rfc/rfc8252#section-8.6
fn is_anyones(client: &RegisteredClient, redirect_uri: &str) -> bool {
    let is_https = redirect_uri.starts_with("https://");
    client.application_type == domain::ApplicationType::Native
        && !client.client.is_confidential()
        && !is_https
}

/// What a stored request knows its browser by.
pub(super) fn browser_digest(engine: &Engine, visitor: &Visitor) -> [u8; 32] {
    engine.parts.handles.mac(BROWSER, visitor.browser.as_bytes())
}

async fn keep(
    engine: &Engine,
    client: &RegisteredClient,
    request: AuthorizationRequest,
    visitor: &Visitor,
) -> Result<Handle, StoreError> {
    let parts = &engine.parts;
    let entropy = &*parts.entropy;
    let (handle, digest) = parts.handles.issue(HandleKind::AuthorizationRequest, entropy);
    let waiting = WaitingRequest {
        expires_at: request.created_at.plus(WAITS),
        client_id: client.client.client_id.as_str().to_owned(),
        browser: browser_digest(engine, visitor),
        request,
    };
    parts
        .store
        .write(async |tx| authorization_requests::insert(tx, &digest, &waiting, entropy).await)
        .await?;
    Ok(handle)
}

/// Refuses on a page. What is known to be about a client is written down; what
/// may be anything is not, or strangers could fill the disk.
async fn stop(
    engine: &Engine,
    stopped: &Stopped,
    parameters: &Parameters,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Begun, StoreError> {
    let refusal = stopped.refusal;
    if let Some(client) = &stopped.client {
        let why = (refusal.to_string(), refusal.code().as_str());
        let event = record::refused(engine, client, visitor, why, now);
        let event = record::with_redirect_uri(event, parameters.get("redirect_uri"));
        engine.record(&event).await?;
    }
    Ok(Begun::Refused(refusal))
}

async fn refuse(
    engine: &Engine,
    verified: Verified<'_>,
    visitor: &Visitor,
    refusal: Refusal,
    now: Timestamp,
) -> Result<Begun, StoreError> {
    let why = (refusal.to_string(), refusal.code().as_str());
    let event = record::refused(engine, &verified.client, visitor, why, now);
    engine.record(&event).await?;
    let state = echoed_state(verified.parameters);
    Ok(Begun::Answered(error(engine, verified.redirect_uri, refusal, state)))
}

/// The answer that tells the client of a refusal.
pub(super) fn error(
    engine: &Engine,
    redirect_uri: TrustedRedirectUri,
    refusal: Refusal,
    state: Option<&str>,
) -> AuthorizationResponse {
    let (code, description) = (refusal.code(), refusal.description());
    AuthorizationResponse::error(redirect_uri, code, description, state, engine.issuer())
}
