//! Authorization requests that wait for a person, found by the digest of their handle.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use domain::{
    BrowserSession, Entropy, HandleDigest, Id, Identified, Timestamp,
    authorization::AuthorizationRequest,
};
use protocol::{CodeChallenge, Prompt, PromptSet, Scope};
use sea_orm::{ActiveValue::Set, EntityTrait as _, QueryFilter as _, prelude::*, sea_query::Expr};
use serde::{Deserialize, Serialize};

use crate::{
    StoreError, Tx, column,
    entity::authorization_request::{ActiveModel, Column, Entity, Model},
    store::{Connected as _, Read},
};

/// A request that waits, with what it is bound to.
#[derive(Debug, Clone)]
pub struct WaitingRequest {
    /// The request.
    pub request: AuthorizationRequest,
    /// The identifier that the client sent.
    pub client_id: String,
    /// The digest of the cookie of the browser it came from.
    pub browser: [u8; 32],
    /// When it can no longer be answered.
    pub expires_at: Timestamp,
}

impl Identified for WaitingRequest {
    const PREFIX: &'static str = "req";
}

/// What a handle leads to.
#[derive(Debug, Clone)]
pub enum Found {
    /// A request that can be answered.
    Waiting(Box<WaitingRequest>),
    /// A request that was answered.
    Answered,
    /// No request, or none any more.
    Nothing,
}

/// How a request was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A code was issued.
    Approved,
    /// The person said no.
    Denied,
}

impl Answer {
    /// The answer as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Denied => "denied",
        }
    }
}

/// Where the request is.
const COLUMN: &str = "authorization_request.request";

/// The request as its column holds it.
#[derive(Serialize, Deserialize)]
struct Document {
    client_id: String,
    browser: String,
    redirect_uri: String,
    redirect_uri_was_sent: bool,
    response_mode: String,
    state: Option<String>,
    scope: Scope,
    resources: Vec<String>,
    code_challenge: Option<String>,
    dpop_jkt: Option<String>,
    nonce: Option<String>,
    prompt: String,
    max_age_seconds: Option<u64>,
    login_hint: Option<String>,
    hinted_user: Option<Uuid>,
    session_id: Option<Uuid>,
    pushed: Option<String>,
}

/// Keeps a request until a person answers it.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(
    tx: &Tx,
    digest: &HandleDigest,
    waiting: &WaitingRequest,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    let request = &waiting.request;
    let row = ActiveModel {
        id: Set(Id::<WaitingRequest>::new(request.created_at, entropy).as_uuid()),
        digest: Set(digest.as_bytes().to_vec()),
        client_id: Set(request.client_id.as_uuid()),
        request: Set(column::to_json(COLUMN, &document(waiting))?),
        session_id: Set(None),
        outcome: Set(None),
        created_at: Set(request.created_at.as_millis()),
        expires_at: Set(waiting.expires_at.as_millis()),
        answered_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// What `digest` leads to at `now`.
///
/// # Errors
///
/// When the database fails.
pub async fn find(
    db: &impl Read,
    digest: &HandleDigest,
    now: Timestamp,
) -> Result<Found, StoreError> {
    let row = Entity::find()
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .one(db.conn())
        .await?;
    match row {
        None => Ok(Found::Nothing),
        Some(row) if row.answered_at.is_some() => Ok(Found::Answered),
        Some(row) => from_row(&row).map(Box::new).map(Found::Waiting),
    }
}

/// Answers the request behind `digest`; says whether this call did.
///
/// One conditional `UPDATE` decides, so a form that is sent twice gets one code.
///
/// # Errors
///
/// When the database fails.
pub async fn answer(
    tx: &Tx,
    digest: &HandleDigest,
    answer: Answer,
    session_id: Id<BrowserSession>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::AnsweredAt, Expr::value(now.as_millis()))
        .col_expr(Column::Outcome, Expr::value(answer.as_str().to_owned()))
        .col_expr(Column::SessionId, Expr::value(Some(session_id.as_uuid())))
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .filter(Column::AnsweredAt.is_null())
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

fn document(waiting: &WaitingRequest) -> Document {
    let request = &waiting.request;
    let prompts = Prompt::ALL.into_iter().filter(|it| request.prompt.has(*it));
    Document {
        client_id: waiting.client_id.clone(),
        browser: Base64UrlUnpadded::encode_string(&waiting.browser),
        redirect_uri: request.redirect_uri.clone(),
        redirect_uri_was_sent: request.redirect_uri_was_sent,
        response_mode: request.response_mode.as_str().to_owned(),
        state: request.state.clone(),
        scope: request.scope.clone(),
        resources: request.resources.clone(),
        code_challenge: request.code_challenge.as_ref().map(|it| it.as_str().to_owned()),
        dpop_jkt: request.dpop_jkt.as_ref().map(|it| it.as_str().to_owned()),
        nonce: request.nonce.clone(),
        prompt: column::words(prompts.map(Prompt::as_str)),
        max_age_seconds: request.max_age.map(|age| age.as_secs()),
        login_hint: request.login_hint.clone(),
        hinted_user: request.hinted_user.map(Id::as_uuid),
        session_id: request.session_id.map(Id::as_uuid),
        pushed: request.pushed.map(|it| Base64UrlUnpadded::encode_string(it.as_bytes())),
    }
}

fn from_row(row: &Model) -> Result<WaitingRequest, StoreError> {
    let document: Document = column::from_json(COLUMN, &row.request)?;
    let challenge = document.code_challenge.map(CodeChallenge::try_from).transpose();
    let request = AuthorizationRequest {
        client_id: Id::from_uuid(row.client_id),
        redirect_uri: document.redirect_uri,
        redirect_uri_was_sent: document.redirect_uri_was_sent,
        response_mode: column::parse(COLUMN, &document.response_mode)?,
        state: document.state,
        scope: document.scope,
        resources: document.resources,
        code_challenge: challenge.map_err(|_reason| StoreError::Corrupt(COLUMN))?,
        dpop_jkt: column::convert_if(COLUMN, document.dpop_jkt)?,
        nonce: document.nonce,
        prompt: PromptSet::parse(&document.prompt)
            .map_err(|_reason| StoreError::Corrupt(COLUMN))?,
        max_age: document.max_age_seconds.map(Duration::from_secs),
        login_hint: document.login_hint,
        hinted_user: document.hinted_user.map(Id::from_uuid),
        session_id: document.session_id.map(Id::from_uuid),
        pushed: document.pushed.map(|it| digest(&it)).transpose()?,
        created_at: Timestamp::from_millis(row.created_at),
    };
    Ok(WaitingRequest {
        request,
        client_id: document.client_id,
        browser: *digest(&document.browser)?.as_bytes(),
        expires_at: Timestamp::from_millis(row.expires_at),
    })
}

fn digest(text: &str) -> Result<HandleDigest, StoreError> {
    let bytes = Base64UrlUnpadded::decode_vec(text);
    column::digest(COLUMN, &bytes.map_err(|_reason| StoreError::Corrupt(COLUMN))?)
}

#[cfg(test)]
mod tests;
