//! A person answers the consent page.

use domain::{Timestamp, audit::Action, built_in_scope};
use protocol::Scope;
use store::{
    StoreError,
    repo::{audit, authorization_codes::Ground, authorization_requests::Answer, consents},
};

use super::{
    Gone, Refusal, SignedInPerson, Step, Visitor,
    issue_code::NewCode,
    record,
    resume::{Next, Resumed, answer, consent_step, find, log_in_step, next, refuse},
};
use crate::Engine;

/// Which button was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// This authorization only.
    Once,
    /// Remembered until it is withdrawn.
    Always,
    /// No.
    Deny,
}

/// What a person answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Which button was pressed.
    pub choice: Choice,
    /// The names of the scopes that were ticked. Only those that were asked for
    /// count: the list of what can be granted is the server's.
    pub ticked: Vec<String>,
}

/// Answers the request behind `handle` as the person decided.
///
/// A form that is sent twice gets one code.
///
/// # Errors
///
/// When the database fails.
pub async fn decide_consent(
    engine: &Engine,
    handle: &str,
    visitor: &Visitor,
    decision: &Decision,
) -> Result<Step, StoreError> {
    let now = engine.now();
    let resumed = match find(engine, handle, visitor, now).await? {
        Ok(resumed) => resumed,
        Err(gone) => return Ok(Step::Gone(gone)),
    };
    let Some(person) = &visitor.signed_in else { return Ok(log_in_step(&resumed)) };
    let (asked, remembered) = match next(engine, &resumed, visitor, now).await? {
        Next::LogIn => return Ok(log_in_step(&resumed)),
        Next::Refuse(refusal) => return refuse(engine, &resumed, visitor, refusal, now).await,
        Next::Consent { asked, remembered } => (asked, remembered),
        // Approved in another window meanwhile: the answer still counts.
        Next::Finish => (Scope::default(), resumed.waiting.request.scope.clone()),
    };
    let who = Answering { resumed: &resumed, visitor, person };
    if decision.choice == Choice::Deny {
        return deny(engine, &who, now).await;
    }
    let approved = approved(&asked, &decision.ticked);
    let granted: Scope = resumed
        .waiting
        .request
        .scope
        .filtered(|it| approved.contains(it.as_str()) || remembered.contains(it.as_str()));
    if granted.is_empty() {
        let step = consent_step(engine, &resumed, person, (&asked, &remembered), now).await?;
        return Ok(with_reproach(step));
    }
    let is_always = decision.choice == Choice::Always;
    approve(engine, &who, (granted, is_always), now).await
}

/// Whose answer to what.
struct Answering<'a> {
    resumed: &'a Resumed,
    visitor: &'a Visitor,
    person: &'a SignedInPerson,
}

/// What was asked and ticked, and what cannot be unticked: a locked box is not sent.
pub(crate) fn approved(asked: &Scope, ticked: &[String]) -> Scope {
    asked.filtered(|token| {
        let is_required = built_in_scope(token.as_str()).is_some_and(|it| it.required);
        is_required || ticked.iter().any(|it| it == token.as_str())
    })
}

fn with_reproach(step: Step) -> Step {
    match step {
        Step::Consent(mut view) => {
            view.nothing_ticked = true;
            Step::Consent(view)
        }
        Step::LogIn(_) | Step::Answered(_) | Step::Gone(_) => step,
    }
}

async fn approve(
    engine: &Engine,
    who: &Answering<'_>,
    (granted, is_always): (Scope, bool),
    now: Timestamp,
) -> Result<Step, StoreError> {
    let Answering { resumed, visitor, person } = who;
    let request = &resumed.waiting.request;
    let code = NewCode::new(engine, request, person, granted.clone(), now);
    let scope = granted.to_string();
    let what = (Action::ConsentGranted, scope.as_str());
    let mut event = record::decided(engine, &resumed.client, (visitor, person), what, now);
    event.details.insert("remembered".to_owned(), is_always.into());
    let entropy = &*engine.parts.entropy;
    let not_issued = engine
        .parts
        .store
        .write(async |tx| {
            if !code.has_ground(tx, Ground::Session, now).await? {
                return Ok(Some(log_in_step(resumed)));
            }
            if !answer(tx, resumed, Answer::Approved, person.session_id, now).await? {
                return Ok(Some(Step::Gone(Gone::Answered)));
            }
            if is_always {
                let (user, client) = (person.user_id, request.client_id);
                consents::grow(tx, user, client, &granted, (now, entropy)).await?;
            }
            code.insert(tx, now).await?;
            audit::record(tx, &event).await?;
            Ok(None)
        })
        .await?;
    match not_issued {
        Some(step) => Ok(step),
        None => Ok(Step::Answered(code.response(engine, &resumed.channel(), now).await?)),
    }
}

async fn deny(engine: &Engine, who: &Answering<'_>, now: Timestamp) -> Result<Step, StoreError> {
    let Answering { resumed, visitor, person } = who;
    let scope = resumed.waiting.request.scope.to_string();
    let what = (Action::ConsentDenied, scope.as_str());
    let event = record::decided(engine, &resumed.client, (visitor, person), what, now);
    let won = engine
        .parts
        .store
        .write(async |tx| {
            if !answer(tx, resumed, Answer::Denied, person.session_id, now).await? {
                return Ok(false);
            }
            audit::record(tx, &event).await?;
            Ok(true)
        })
        .await?;
    if !won {
        return Ok(Step::Gone(Gone::Answered));
    }
    Ok(Step::Answered(resumed.channel().error(engine, Refusal::Denied, now).await?))
}
