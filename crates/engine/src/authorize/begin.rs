//! A request arrives.

use std::time::Duration;

use domain::{
    Handle, HandleKind, RegisteredClient, Timestamp,
    authorization::{AuthorizationRequest, NextStep, SignIn, next_step},
};
use protocol::{GrantType, Parameters, Scope};
use store::{
    StoreError, Tx,
    repo::{
        authorization_codes::Ground,
        authorization_requests::{self, WaitingRequest},
        consents,
    },
};

use super::{
    AuthorizationResponse, PageRefusal, Refusal, TrustedRedirectUri, Visitor, hint,
    issue_code::NewCode,
    record::{self, Why},
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
    /// Too many requests wait that came from the same address; this one was not kept.
    TooMany {
        /// When the next is kept.
        retry_after_seconds: u32,
    },
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
        Err(stopped) => return Ok(stop(engine, &stopped, parameters, visitor, now)),
    };
    let catalogue = engine.catalogue(now).await?;
    let is_on = engine.switches(now).await?.is_on(GrantType::AuthorizationCode);
    let sign_in = sign_in(visitor);
    let request = match verified.check(&catalogue, is_on, sign_in, now) {
        Ok(request) => request,
        Err(refusal) => return Ok(refuse(engine, verified, visitor, refusal, now)),
    };
    let request = match hint::hinted_user(engine, &verified, now).await? {
        Ok(hinted_user) => AuthorizationRequest { hinted_user, ..request },
        Err(refusal) => return Ok(refuse(engine, verified, visitor, refusal, now)),
    };
    let remembered = remembered_scope(engine, &verified.client, &request, visitor).await?;
    let mut step = next_step(&request, sign_in, &remembered, now);
    if let (NextStep::Finish, Some(person)) = (&step, &visitor.signed_in) {
        let code = NewCode::new(engine, &request, person, request.scope.clone(), now);
        if issue(engine, &code, &verified.client, now).await? {
            let state = request.state.as_deref();
            return Ok(Begun::Answered(code.response(engine, verified.redirect_uri, state)));
        }
        step = next_step(&request, None, &remembered, now);
    }
    match step {
        NextStep::Refuse(reason) => {
            Ok(refuse(engine, verified, visitor, Refusal::Unanswerable(reason), now))
        }
        NextStep::Consent(_) => {
            keep(engine, &verified.client, request, (visitor, Begun::Consent)).await
        }
        NextStep::LogIn | NextStep::Finish => {
            keep(engine, &verified.client, request, (visitor, Begun::LogIn)).await
        }
    }
}

/// Stores a code for which nobody was asked; says whether it still could.
async fn issue(
    engine: &Engine,
    code: &NewCode,
    client: &RegisteredClient,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let issued = async |tx: &Tx| {
        let has_ground = code.has_ground(tx, silent_ground(client), now).await?;
        if has_ground {
            code.insert(tx, now).await?;
        }
        Ok(has_ground)
    };
    engine.parts.store.write(issued).await
}

/// Why a code may be issued to `client` without asking the person.
pub(super) const fn silent_ground(client: &RegisteredClient) -> Ground {
    if client.client.settings.skip_consent { Ground::Session } else { Ground::RememberedConsent }
}

/// What is known of the sign-in of `visitor`.
pub(super) fn sign_in(visitor: &Visitor) -> Option<SignIn> {
    let person = visitor.signed_in.as_ref()?;
    let (auth_time, session_id) = (person.auth_time, person.session_id);
    Some(SignIn { user_id: person.user_id, auth_time, session_id })
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
pub(super) fn is_anyones(client: &RegisteredClient, redirect_uri: &str) -> bool {
    let is_https = redirect_uri.starts_with("https://");
    client.application_type == domain::ApplicationType::Native
        && !client.client.is_confidential()
        && !is_https
}

/// What a stored request knows its browser by.
pub(super) fn browser_digest(engine: &Engine, visitor: &Visitor) -> [u8; 32] {
    engine.parts.handles.mac(BROWSER, visitor.browser.as_bytes())
}

/// Has the request wait for its visitor; `begun` makes the answer of its handle.
async fn keep(
    engine: &Engine,
    client: &RegisteredClient,
    request: AuthorizationRequest,
    (visitor, begun): (&Visitor, impl FnOnce(Handle) -> Begun),
) -> Result<Begun, StoreError> {
    if let Err(retry_after_seconds) = engine.limits.may_wait(&visitor.facts) {
        return Ok(Begun::TooMany { retry_after_seconds });
    }
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
    Ok(begun(handle))
}

/// Refuses on a page. What is known to be about a client is noted; the rest has no
/// client to be noted for.
fn stop(
    engine: &Engine,
    stopped: &Stopped,
    parameters: &Parameters,
    visitor: &Visitor,
    now: Timestamp,
) -> Begun {
    let refusal = stopped.refusal;
    if let Some(client) = &stopped.client {
        let why = Why {
            reason: refusal.to_string(),
            code: refusal.code(),
            redirect_uri: parameters.get("redirect_uri"),
        };
        record::refused(engine, client, visitor, &why, now);
    }
    Begun::Refused(refusal)
}

fn refuse(
    engine: &Engine,
    verified: Verified<'_>,
    visitor: &Visitor,
    refusal: Refusal,
    now: Timestamp,
) -> Begun {
    record::refused(engine, &verified.client, visitor, &Why::of(refusal), now);
    let state = echoed_state(verified.parameters);
    Begun::Answered(error(engine, verified.redirect_uri, refusal, state))
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
