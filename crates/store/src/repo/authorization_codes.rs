//! Authorization codes: issued once, redeemed once.

use domain::{Client, CodeGrant, Grant, HandleDigest, Id, Timestamp};
use protocol::{CodeChallenge, JwkThumbprint, Scope};
use sea_orm::{
    ActiveValue::Set,
    Condition, EntityTrait as _, JoinType, QueryFilter as _, QuerySelect as _, RelationDef,
    prelude::*,
    sea_query::{Expr, LockType},
};

use super::grants::session_is_live;
use crate::{
    StoreError, Tx, column,
    entity::{
        authorization_code::{ActiveModel, Column, Entity, Model},
        browser_session, consent,
    },
    store::Connected as _,
};

/// What a token request must bring beside the code.
#[derive(Debug, Clone, Copy)]
pub struct Bindings<'a> {
    /// Who redeems.
    pub client_id: Id<Client>,
    /// The redirect URI, if the request names it.
    pub redirect_uri: Option<&'a str>,
    /// The challenge that the request's verifier answers, if it has one.
    pub code_challenge: Option<&'a CodeChallenge>,
    /// The key that the request proves to hold, if it proves one.
    pub dpop_jkt: Option<&'a JwkThumbprint>,
}

/// Why a code may be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The person approves now, or the client needs no approval.
    Session,
    /// The person approved before.
    RememberedConsent,
}

/// What became of an attempt to redeem.
#[derive(Debug)]
pub enum Redeemed {
    /// It was redeemed now, by this attempt alone.
    Now(Box<CodeGrant>),
    /// No code has this digest.
    Unknown,
    /// The code is another client's, or was asked for with another redirect URI
    /// or challenge. It was neither spent nor revoked.
    Unbound(Box<Grant>),
    /// The code expired unused.
    Expired(Box<Grant>),
    /// Everything fits, but the code was redeemed before: a replay.
    Already(Box<Grant>),
}

/// Stores a code that was issued.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(
    tx: &Tx,
    code: &CodeGrant,
    digest: &HandleDigest,
    now: Timestamp,
) -> Result<(), StoreError> {
    let grant = &code.grant;
    let row = ActiveModel {
        // A code makes one grant, so the grant's identifier serves both.
        id: Set(grant.id.as_uuid()),
        digest: Set(digest.as_bytes().to_vec()),
        grant_id: Set(grant.id.as_uuid()),
        client_id: Set(grant.client_id.as_uuid()),
        user_id: Set(grant.user_id.as_uuid()),
        session_id: Set(grant.session_id.map(Id::as_uuid)),
        scope: Set(grant.scope.to_string()),
        resources: Set(column::words(&grant.resources)),
        auth_time: Set(grant.auth_time.as_millis()),
        amr: Set(column::words(&grant.amr)),
        redirect_uri: Set(code.redirect_uri.clone()),
        redirect_uri_was_sent: Set(code.redirect_uri_was_sent),
        code_challenge: Set(code.code_challenge.as_ref().map(|it| it.as_str().to_owned())),
        dpop_jkt: Set(code.dpop_jkt.as_ref().map(|it| it.as_str().to_owned())),
        nonce: Set(code.nonce.clone()),
        created_at: Set(now.as_millis()),
        expires_at: Set(code.expires_at.as_millis()),
        redeemed_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// Whether that on which a code for `grant` rests is there: the session in which it is
/// issued and, when nobody is asked, the approval.
///
/// Both stay until the transaction is over. So whoever ends them, and then the codes,
/// did so before this code is stored, or finds it.
///
/// # Errors
///
/// When the database fails.
pub async fn has_ground(
    tx: &Tx,
    grant: &Grant,
    ground: Ground,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let session = browser_session::Entity::find()
        .select_only()
        .filter(browser_session::Column::Id.eq(grant.session_id.map(Id::as_uuid)))
        .filter(browser_session::Column::UserId.eq(grant.user_id.as_uuid()))
        .filter(session_is_live(now))
        .lock(LockType::KeyShare);
    if ground == Ground::Session || grant.scope.is_empty() {
        let session = session.column(browser_session::Column::Id).into_tuple::<Uuid>();
        return Ok(session.one(tx.conn()).await?.is_some());
    }
    // One statement for both, which locks both.
    let approved = session
        .join(JoinType::InnerJoin, to_consent())
        .filter(consent::Column::ClientId.eq(grant.client_id.as_uuid()))
        .column(consent::Column::Scope)
        .into_tuple::<String>();
    let Some(approved) = approved.one(tx.conn()).await? else { return Ok(false) };
    let approved: Scope = column::convert("consent.scope", approved)?;
    Ok(grant.scope.is_subset_of(&approved))
}

/// From a session to what its person approved.
fn to_consent() -> RelationDef {
    browser_session::Entity::belongs_to(consent::Entity)
        .from(browser_session::Column::UserId)
        .to(consent::Column::UserId)
        .into()
}

/// Redeems the code if no one has, whatever else runs at the same moment.
///
/// The one conditional `UPDATE` holds every binding and decides; why it did not
/// match is looked up after it, never before.
///
/// # Errors
///
/// When the database fails.
pub async fn redeem(
    tx: &Tx,
    digest: &HandleDigest,
    bindings: &Bindings<'_>,
    now: Timestamp,
) -> Result<Redeemed, StoreError> {
    let won = Entity::update_many()
        .col_expr(Column::RedeemedAt, Expr::value(now.as_millis()))
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .filter(Column::RedeemedAt.is_null())
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .filter(bound(bindings))
        .exec_with_returning(tx.conn())
        .await?
        .pop();
    match won {
        Some(row) => Ok(Redeemed::Now(Box::new(from_row(row)?))),
        None => why_not(tx, digest, bindings).await,
    }
}

/// Takes back a redemption of the same transaction, which nobody else has seen.
///
/// # Errors
///
/// When the database fails.
pub async fn release(tx: &Tx, digest: &HandleDigest) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::RedeemedAt, Expr::value(Option::<i64>::None))
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

async fn why_not(
    tx: &Tx,
    digest: &HandleDigest,
    bindings: &Bindings<'_>,
) -> Result<Redeemed, StoreError> {
    let row =
        Entity::find().filter(Column::Digest.eq(digest.as_bytes().to_vec())).one(tx.conn()).await?;
    let Some(row) = row else { return Ok(Redeemed::Unknown) };
    let fits = is_bound(&row, bindings);
    let redeemed = row.redeemed_at.is_some();
    let grant = Box::new(from_row(row)?.grant);
    Ok(match (fits, redeemed) {
        (false, _) => Redeemed::Unbound(grant),
        (true, true) => Redeemed::Already(grant),
        (true, false) => Redeemed::Expired(grant),
    })
}

/// The bindings as the database compares them: byte for byte.
fn bound(bindings: &Bindings<'_>) -> Condition {
    let redirect_uri = match bindings.redirect_uri {
        Some(uri) => Column::RedirectUri.eq(uri),
        None => Column::RedirectUriWasSent.eq(false),
    };
    let challenge = match bindings.code_challenge {
        Some(challenge) => Column::CodeChallenge.eq(challenge.as_str()),
        None => Column::CodeChallenge.is_null(),
    };
    let key = Condition::any()
        .add(Column::DpopJkt.is_null())
        .add_option(bindings.dpop_jkt.map(|it| Column::DpopJkt.eq(it.as_str())));
    Condition::all()
        .add(Column::ClientId.eq(bindings.client_id.as_uuid()))
        .add(redirect_uri)
        .add(challenge)
        .add(key)
}

/// The same bindings once more, to tell a replay from a theft.
fn is_bound(row: &Model, bindings: &Bindings<'_>) -> bool {
    let redirect_uri = match bindings.redirect_uri {
        Some(uri) => row.redirect_uri == uri,
        None => !row.redirect_uri_was_sent,
    };
    let challenge =
        row.code_challenge.as_deref() == bindings.code_challenge.map(CodeChallenge::as_str);
    let proven = bindings.dpop_jkt.map(JwkThumbprint::as_str);
    let key = row.dpop_jkt.is_none() || row.dpop_jkt.as_deref() == proven;
    row.client_id == bindings.client_id.as_uuid() && redirect_uri && challenge && key
}

fn from_row(row: Model) -> Result<CodeGrant, StoreError> {
    let challenge = row.code_challenge.map(|it| column::convert("code_challenge", it));
    Ok(CodeGrant {
        grant: Grant {
            id: Id::from_uuid(row.grant_id),
            client_id: Id::from_uuid(row.client_id),
            user_id: Id::from_uuid(row.user_id),
            session_id: row.session_id.map(Id::from_uuid),
            scope: column::convert("authorization_code.scope", row.scope)?,
            resources: column::texts(&row.resources),
            auth_time: Timestamp::from_millis(row.auth_time),
            amr: column::texts(&row.amr),
            created_at: Timestamp::from_millis(row.redeemed_at.unwrap_or(row.created_at)),
            revoked_at: None,
        },
        redirect_uri: row.redirect_uri,
        redirect_uri_was_sent: row.redirect_uri_was_sent,
        code_challenge: challenge.transpose()?,
        dpop_jkt: column::convert_if("authorization_code.dpop_jkt", row.dpop_jkt)?,
        nonce: row.nonce,
        expires_at: Timestamp::from_millis(row.expires_at),
    })
}

#[cfg(test)]
mod tests;
