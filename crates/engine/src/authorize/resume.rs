//! A request that waited is looked at again.

use std::sync::Arc;

use domain::{
    BrowserSession, HandleDigest, HandleKind, Id, RegisteredClient, Timestamp,
    authorization::{NextStep, next_step},
};
use protocol::{ClientId, GrantType, Scope};
use store::{
    StoreError, Tx,
    repo::authorization_requests::{self, Answer, Found, WaitingRequest},
};

use super::{
    AuthorizationResponse, ClientView, ConsentView, LogInView, Refusal, ScopeFault, SignedInPerson,
    TrustedRedirectUri, Visitor,
    begin::{browser_digest, remembered_scope, sign_in, silent_ground},
    channel::Channel,
    issue_code::NewCode,
    push,
    record::{self, Why},
    view::scope_views,
};
use crate::Engine;

/// What has to happen with a request that waited.
#[derive(Debug)]
pub enum Step {
    /// The sign-in page is shown.
    LogIn(Box<LogInView>),
    /// The consent page is shown.
    Consent(Box<ConsentView>),
    /// An answer to the client, whether a code or an error.
    Answered(AuthorizationResponse),
    /// There is nothing to go on with.
    Gone(Gone),
}

/// Why there is nothing to go on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// No such request waits, or not for this browser.
    Unknown,
    /// The request was answered before.
    Answered,
}

/// A request that waits for this very browser, and whose client may still ask.
pub(super) struct Resumed {
    pub(super) digest: HandleDigest,
    pub(super) waiting: WaitingRequest,
    pub(super) client: Arc<RegisteredClient>,
    pub(super) redirect_uri: TrustedRedirectUri,
}

impl Resumed {
    /// How the client is answered.
    pub(super) fn channel(&self) -> Channel {
        let request = &self.waiting.request;
        Channel {
            client: Arc::clone(&self.client),
            redirect_uri: self.redirect_uri.clone(),
            mode: request.response_mode,
            state: request.state.clone(),
        }
    }
}

/// Says what comes next for the request behind `handle`.
///
/// # Errors
///
/// When the database fails.
pub async fn resume(engine: &Engine, handle: &str, visitor: &Visitor) -> Result<Step, StoreError> {
    let now = engine.now();
    let resumed = match find(engine, handle, visitor, now).await? {
        Ok(resumed) => resumed,
        Err(gone) => return Ok(Step::Gone(gone)),
    };
    match (next(engine, &resumed, visitor, now).await?, &visitor.signed_in) {
        (Next::Finish, Some(person)) => finish(engine, resumed, person, now).await,
        (Next::Refuse(refusal), _) => refuse(engine, &resumed, visitor, refusal, now).await,
        (Next::Consent { asked, remembered }, Some(person)) => {
            consent_step(engine, &resumed, person, (&asked, &remembered), now).await
        }
        (Next::LogIn | Next::Finish | Next::Consent { .. }, _) => Ok(log_in_step(&resumed)),
    }
}

/// What comes next, with what the pages need to know.
pub(super) enum Next {
    LogIn,
    Consent {
        /// What is asked now.
        asked: Scope,
        /// What was asked for and need not be asked again.
        remembered: Scope,
    },
    Finish,
    Refuse(Refusal),
}

pub(super) async fn next(
    engine: &Engine,
    resumed: &Resumed,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Next, StoreError> {
    let request = &resumed.waiting.request;
    let is_on = engine.switches(now).await?.is_on(GrantType::AuthorizationCode);
    if !resumed.client.client.allows(GrantType::AuthorizationCode) {
        return Ok(Next::Refuse(Refusal::GrantNotAllowed));
    }
    if !is_on {
        return Ok(Next::Refuse(Refusal::GrantSwitchedOff));
    }
    if request.scope.is_empty() {
        return Ok(Next::Refuse(Refusal::Scope(ScopeFault::NotAllowed)));
    }
    let known = remembered_scope(engine, &resumed.client, request, visitor).await?;
    Ok(match next_step(request, sign_in(visitor), &known, now) {
        NextStep::LogIn => Next::LogIn,
        NextStep::Finish => Next::Finish,
        NextStep::Refuse(reason) => Next::Refuse(Refusal::Unanswerable(reason)),
        NextStep::Consent(asked) => {
            let remembered = request.scope.filtered(|it| !asked.contains(it.as_str()));
            Next::Consent { asked, remembered }
        }
    })
}

/// The request behind `handle`, if it waits for this browser and its client may
/// still ask and still has the redirect URI.
pub(super) async fn find(
    engine: &Engine,
    handle: &str,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Result<Resumed, Gone>, StoreError> {
    let parts = &engine.parts;
    let Some(digest) = parts.handles.digest(HandleKind::AuthorizationRequest, handle) else {
        return Ok(Err(Gone::Unknown));
    };
    let mut waiting = match authorization_requests::find(&parts.store, &digest, now).await? {
        Found::Waiting(waiting) => *waiting,
        Found::Answered => return Ok(Err(Gone::Answered)),
        Found::Nothing => return Ok(Err(Gone::Unknown)),
    };
    if waiting.browser != browser_digest(engine, visitor) {
        return Ok(Err(Gone::Unknown));
    }
    let Ok(client_id) = ClientId::try_from(waiting.client_id.clone()) else {
        return Ok(Err(Gone::Unknown));
    };
    let client = engine.client(&client_id, now).await?.filter(|it| it.is_active);
    let Some(client) = client else { return Ok(Err(Gone::Unknown)) };
    let registered = &client.client.settings.redirect_uris;
    let trusted = TrustedRedirectUri::matching(registered, &waiting.request.redirect_uri);
    let Some(redirect_uri) = trusted else { return Ok(Err(Gone::Unknown)) };
    // What was taken away while the person thought is not asked for, nor granted.
    let catalogue = engine.catalogue(now).await?;
    let allowed = &client.client.settings.scopes;
    waiting.request.scope = waiting
        .request
        .scope
        .filtered(|it| allowed.contains(it.as_str()) && catalogue.has_scope(it));
    Ok(Ok(Resumed { digest, waiting, client, redirect_uri }))
}

pub(super) fn log_in_step(resumed: &Resumed) -> Step {
    Step::LogIn(Box::new(LogInView {
        client: ClientView::of(&resumed.client, resumed.redirect_uri.clone()),
        login_hint: resumed.waiting.request.login_hint.clone(),
    }))
}

pub(super) async fn consent_step(
    engine: &Engine,
    resumed: &Resumed,
    person: &SignedInPerson,
    (asked, remembered): (&Scope, &Scope),
    now: Timestamp,
) -> Result<Step, StoreError> {
    let catalogue = engine.catalogue(now).await?;
    Ok(Step::Consent(Box::new(ConsentView {
        client: ClientView::of(&resumed.client, resumed.redirect_uri.clone()),
        user_id: person.user_id,
        asked: scope_views(asked, &catalogue),
        remembered: scope_views(remembered, &catalogue),
        nothing_ticked: false,
    })))
}

/// Issues the code for a request that needs no question.
async fn finish(
    engine: &Engine,
    resumed: Resumed,
    person: &SignedInPerson,
    now: Timestamp,
) -> Result<Step, StoreError> {
    let request = &resumed.waiting.request;
    let code = NewCode::new(engine, request, person, request.scope.clone(), now);
    let session_id = person.session_id;
    let not_issued = engine
        .parts
        .store
        .write(async |tx| {
            if !code.has_ground(tx, silent_ground(&resumed.client), now).await? {
                return Ok(Some(log_in_step(&resumed)));
            }
            if !answer(tx, &resumed, Answer::Approved, session_id, now).await? {
                return Ok(Some(Step::Gone(Gone::Answered)));
            }
            code.insert(tx, now).await?;
            Ok(None)
        })
        .await?;
    match not_issued {
        Some(step) => Ok(step),
        None => Ok(Step::Answered(code.response(engine, &resumed.channel(), now).await?)),
    }
}

/// Answers the request once, and what it was read from if that was pushed; says whether this
/// call did.
pub(super) async fn answer(
    tx: &Tx,
    resumed: &Resumed,
    answer: Answer,
    session_id: Id<BrowserSession>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let is_first = push::spend(tx, &resumed.waiting.request, now).await?;
    let digest = &resumed.digest;
    Ok(is_first && authorization_requests::answer(tx, digest, answer, session_id, now).await?)
}

/// Tells the client why its request, good when it came, is refused now.
pub(super) async fn refuse(
    engine: &Engine,
    resumed: &Resumed,
    visitor: &Visitor,
    refusal: Refusal,
    now: Timestamp,
) -> Result<Step, StoreError> {
    record::refused(engine, &resumed.client, visitor, &Why::of(refusal), now);
    Ok(Step::Answered(resumed.channel().error(engine, refusal, now).await?))
}
