//! A request arrives.

use std::time::Duration;

use domain::{
    Handle, HandleKind, RegisteredClient, Timestamp,
    authorization::{AuthorizationRequest, NextStep, PromptRefusal, SignIn, next_step},
};
use protocol::{GrantType, Parameters, Prompt, Scope};
use store::{
    StoreError, Tx,
    repo::{
        authorization_codes::Ground,
        authorization_requests::{self, WaitingRequest},
        consents,
    },
};

use super::{
    AuthorizationResponse, PageRefusal, Refusal, Visitor,
    hint::{self, Hint},
    issue_code::NewCode,
    push,
    record::{self, Why},
    source,
    unverified::{Stopped, Verified},
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
    let on_page = |stopped| Ok(stop(engine, &stopped, parameters, visitor, now));
    let source = match source::find(engine, parameters, now).await? {
        Ok(source) => source,
        Err(stopped) => return on_page(stopped),
    };
    let verified = match source.verify() {
        Ok(verified) => verified,
        Err(stopped) => return on_page(stopped),
    };
    let request = match check(engine, &verified, visitor, now).await? {
        Ok(request) => request,
        Err(refusal) => return refuse(engine, &verified, visitor, refusal, now).await,
    };
    let sign_in = sign_in(visitor);
    let remembered = remembered_scope(engine, &verified.client, &request, visitor).await?;
    let mut step = next_step(&request, sign_in, &remembered, now);
    if let (NextStep::Finish, Some(person)) = (&step, &visitor.signed_in) {
        let code = NewCode::new(engine, &request, person, request.scope.clone(), now);
        match issue(engine, (&request, &code), &verified.client, now).await? {
            Issued::Now => {
                let response = code.response(engine, &verified.channel(), now).await?;
                return Ok(Begun::Answered(response));
            }
            Issued::Spent => {
                let client = Some(verified.client);
                return on_page(Stopped { refusal: PageRefusal::RequestUri, client });
            }
            Issued::NoGround => step = next_step(&request, None, &remembered, now),
        }
    }
    match step {
        NextStep::Refuse(reason) => {
            refuse(engine, &verified, visitor, Refusal::Unanswerable(reason), now).await
        }
        NextStep::Consent(_) => {
            keep(engine, &verified.client, request, (visitor, Begun::Consent)).await
        }
        NextStep::LogIn | NextStep::Finish => {
            keep(engine, &verified.client, request, (visitor, Begun::LogIn)).await
        }
    }
}

/// Checks all that can be told without asking the person.
async fn check(
    engine: &Engine,
    verified: &Verified<'_>,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Result<AuthorizationRequest, Refusal>, StoreError> {
    if let Err(refusal) = verified.check_origin() {
        return Ok(Err(refusal));
    }
    let catalogue = engine.catalogue(now).await?;
    let is_on = engine.switches(now).await?.is_on(GrantType::AuthorizationCode);
    let request = match verified.check(&catalogue, is_on, sign_in(visitor), now) {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let hinted_user = match hint::read(engine, verified, now).await? {
        Ok(Hint::User(user)) => Some(user),
        // Whoever signs in gets an ID token that can be a hint again; without a page nobody can.
        Ok(Hint::Forgotten) if request.prompt.has(Prompt::None) => {
            return Ok(Err(Refusal::Unanswerable(PromptRefusal::LoginRequired)));
        }
        Ok(Hint::Forgotten | Hint::Absent) => None,
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(Ok(AuthorizationRequest { hinted_user, ..request }))
}

/// What became of a code for which nobody was asked.
enum Issued {
    /// It is stored.
    Now,
    /// The person has no session any more, or withdrew the approval.
    NoGround,
    /// What was pushed got its answer before.
    Spent,
}

/// Stores a code for which nobody was asked, if it still can.
async fn issue(
    engine: &Engine,
    (request, code): (&AuthorizationRequest, &NewCode),
    client: &RegisteredClient,
    now: Timestamp,
) -> Result<Issued, StoreError> {
    let issued = async |tx: &Tx| {
        if !code.has_ground(tx, silent_ground(client), now).await? {
            return Ok(Issued::NoGround);
        }
        if !push::spend(tx, request, now).await? {
            return Ok(Issued::Spent);
        }
        code.insert(tx, now).await?;
        Ok(Issued::Now)
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

/// Refuses at the client.
async fn refuse(
    engine: &Engine,
    verified: &Verified<'_>,
    visitor: &Visitor,
    refusal: Refusal,
    now: Timestamp,
) -> Result<Begun, StoreError> {
    record::refused(engine, &verified.client, visitor, &Why::of(refusal), now);
    let response = verified.channel().error(engine, refusal, now).await?;
    Ok(Begun::Answered(response))
}
