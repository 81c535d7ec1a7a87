//! Answers to writes that may be repeated.

use domain::{Entropy, Id, Identified, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    EntityTrait as _, QueryFilter as _,
    prelude::*,
    sea_query::{Expr, OnConflict},
};

use crate::{
    StoreError, Tx,
    entity::idempotency_record::{ActiveModel, Column, Entity, Model},
    store::{Connected as _, Read},
};

const STARTED: &str = "started";
const CARRIED_OUT: &str = "carried_out";
const DONE: &str = "done";
const WITHOUT_SECRET: &str = "without_secret";

/// A request that may be repeated, and its answer once there is one.
#[derive(Debug, Clone)]
pub struct Record {
    /// Identifies the record.
    pub id: Id<Record>,
    /// What the request was, digested.
    pub request_hash: Vec<u8>,
    /// What the act was done to, once it was.
    pub carried_out: Option<String>,
    /// Its answer.
    pub answer: Option<Answer>,
    /// When the record ends.
    pub expires_at: Timestamp,
}

impl Identified for Record {
    const PREFIX: &'static str = "idm";
}

/// A kept answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, if there was one that may be kept.
    pub body: Option<String>,
    /// The `Location`, if there was one.
    pub location: Option<String>,
    /// Whether a secret was left out of what is kept.
    pub held_secret: bool,
}

/// A request to begin with.
#[derive(Debug, Clone, Copy)]
pub struct Begin<'a> {
    /// Who sends it.
    pub caller: &'a str,
    /// The key they chose.
    pub key: &'a str,
    /// What it is, digested.
    pub request_hash: &'a [u8],
    /// When it is given up if it gets no answer.
    pub expires_at: Timestamp,
}

/// Begins a request; `None` when the key is taken and not yet expired.
///
/// The unique index decides, so of any number at once one begins.
///
/// # Errors
///
/// When the database fails.
pub async fn begin(
    tx: &Tx,
    begin: &Begin<'_>,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Option<Record>, StoreError> {
    Entity::delete_many()
        .filter(Column::Caller.eq(begin.caller))
        .filter(Column::IdempotencyKey.eq(begin.key))
        .filter(Column::ExpiresAt.lte(now.as_millis()))
        .exec(tx.conn())
        .await?;
    let id = Id::<Record>::new(now, entropy);
    let row = ActiveModel {
        id: Set(id.as_uuid()),
        caller: Set(begin.caller.to_owned()),
        idempotency_key: Set(begin.key.to_owned()),
        request_hash: Set(begin.request_hash.to_vec()),
        state: Set(STARTED.to_owned()),
        status: Set(None),
        body: Set(None),
        location: Set(None),
        target: Set(None),
        created_at: Set(now.as_millis()),
        expires_at: Set(begin.expires_at.as_millis()),
    };
    let taken =
        OnConflict::columns([Column::Caller, Column::IdempotencyKey]).do_nothing().to_owned();
    let inserted = Entity::insert(row).on_conflict(taken).exec_without_returning(tx.conn()).await?;
    let record = Record {
        id,
        request_hash: begin.request_hash.to_vec(),
        carried_out: None,
        answer: None,
        expires_at: begin.expires_at,
    };
    Ok((inserted == 1).then_some(record))
}

/// The request that `caller` sent with `key`.
///
/// # Errors
///
/// When the database fails.
pub async fn find(db: &impl Read, caller: &str, key: &str) -> Result<Option<Record>, StoreError> {
    let row = Entity::find()
        .filter(Column::Caller.eq(caller))
        .filter(Column::IdempotencyKey.eq(key))
        .one(db.conn())
        .await?;
    row.map(from_row).transpose()
}

/// Says in the transaction of the act itself that it was carried out, on `target`; until
/// `expires_at` it is not begun again. `false` when the record was given up meanwhile.
///
/// # Errors
///
/// When the database fails.
pub async fn carry_out(
    tx: &Tx,
    id: Id<Record>,
    target: &str,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(CARRIED_OUT))
        .col_expr(Column::Target, Expr::value(target))
        .col_expr(Column::ExpiresAt, Expr::value(expires_at.as_millis()))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::State.is_in([STARTED, CARRIED_OUT]))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Keeps the answer until `expires_at`.
///
/// # Errors
///
/// When the database fails.
pub async fn finish(
    tx: &Tx,
    id: Id<Record>,
    answer: &Answer,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let state = if answer.held_secret { WITHOUT_SECRET } else { DONE };
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::Status, Expr::value(i64::from(answer.status)))
        .col_expr(Column::Body, Expr::value(answer.body.clone()))
        .col_expr(Column::Location, Expr::value(answer.location.clone()))
        .col_expr(Column::ExpiresAt, Expr::value(expires_at.as_millis()))
        .filter(Column::Id.eq(id.as_uuid()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// Forgets a request that was not carried out, so that its key is free again. Where its
/// commit is still under way, this waits for the outcome.
///
/// # Errors
///
/// When the database fails.
pub async fn remove(tx: &Tx, id: Id<Record>) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::State.eq(STARTED))
        .exec(tx.conn())
        .await?;
    Ok(())
}

fn from_row(row: Model) -> Result<Record, StoreError> {
    let answer = match (row.state.as_str(), row.status) {
        (DONE | WITHOUT_SECRET, Some(status)) => Some(Answer {
            status: u16::try_from(status)
                .map_err(|_reason| StoreError::Corrupt("idempotency_record.status"))?,
            body: row.body,
            location: row.location,
            held_secret: row.state == WITHOUT_SECRET,
        }),
        _ => None,
    };
    Ok(Record {
        id: Id::from_uuid(row.id),
        request_hash: row.request_hash,
        carried_out: row.target,
        answer,
        expires_at: Timestamp::from_millis(row.expires_at),
    })
}
