//! A device asks whether it was approved.

use std::time::Duration;

use domain::{Client, Grant, HandleDigest, Id, Timestamp};
use sea_orm::{
    Condition, EntityTrait as _, QueryFilter as _,
    prelude::*,
    sea_query::{Expr, ExprTrait as _},
};

use super::Answer;
use crate::{
    StoreError, Tx, column,
    entity::device_authorization::{Column, Entity, Model},
    store::Connected as _,
};

/// How much longer a device waits each time it came too soon, [RFC 8628 section 3.5].
///
/// [RFC 8628 section 3.5]: https://www.rfc-editor.org/rfc/rfc8628#section-3.5
const SLOWER_BY_SECONDS: i64 = 5;
/// How much too soon a poll may come: some clients poll by a ticker, and not every request
/// takes as long as the one before.
const TOLERANCE: Duration = Duration::from_secs(1);

/// What a poll came to.
#[derive(Debug)]
pub enum Polled {
    /// It was approved, and is redeemed now, by this poll alone.
    Now(Box<Grant>),
    /// Nobody has answered yet.
    Pending,
    /// Nobody has answered yet, and the poll came too soon: the next has to wait longer.
    TooSoon,
    /// The person said no.
    Denied,
    /// Nobody answered in time, or the device did not come for the answer.
    Expired,
    /// No request has this code.
    Unknown,
    /// The code is another client's.
    Unbound,
    /// The code was redeemed before: a replay.
    Already(Box<Grant>),
}

/// Redeems the code if it was approved and no one has; otherwise says why not, and counts
/// the poll while the request waits.
///
/// Conditional `UPDATE`s decide, whatever else runs at the same moment on whatever node.
///
/// # Errors
///
/// When the database fails.
pub async fn poll(
    tx: &Tx,
    digest: &HandleDigest,
    client_id: Id<Client>,
    now: Timestamp,
) -> Result<Polled, StoreError> {
    let bound = || {
        Condition::all()
            .add(Column::Digest.eq(digest.as_bytes().to_vec()))
            .add(Column::ClientId.eq(client_id.as_uuid()))
            .add(Column::ExpiresAt.gt(now.as_millis()))
    };
    let won = Entity::update_many()
        .col_expr(Column::RedeemedAt, Expr::value(now.as_millis()))
        .filter(bound())
        .filter(Column::Outcome.eq(Answer::Approved.as_str()))
        .filter(Column::RedeemedAt.is_null())
        .exec_with_returning(tx.conn())
        .await?
        .pop();
    if let Some(row) = won {
        return Ok(Polled::Now(Box::new(grant(row)?)));
    }
    let waits = || bound().add(Column::AnsweredAt.is_null());
    let counted = Entity::update_many()
        .col_expr(Column::PolledAt, Expr::value(now.as_millis()))
        .filter(waits())
        .filter(is_due(now))
        .exec(tx.conn())
        .await?;
    if counted.rows_affected == 1 {
        return Ok(Polled::Pending);
    }
    let slowed = Entity::update_many()
        .col_expr(Column::PolledAt, Expr::value(now.as_millis()))
        .col_expr(
            Column::IntervalSeconds,
            Expr::col(Column::IntervalSeconds).add(SLOWER_BY_SECONDS),
        )
        .filter(waits())
        .exec(tx.conn())
        .await?;
    if slowed.rows_affected == 1 {
        return Ok(Polled::TooSoon);
    }
    why_not(tx, digest, client_id, now).await
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

fn is_due(now: Timestamp) -> Condition {
    let pause = Expr::col(Column::IntervalSeconds).mul(1000_i64);
    let latest = now.plus(TOLERANCE).as_millis();
    Condition::any()
        .add(Column::PolledAt.is_null())
        .add(Expr::col(Column::PolledAt).add(pause).lte(latest))
}

async fn why_not(
    tx: &Tx,
    digest: &HandleDigest,
    client_id: Id<Client>,
    now: Timestamp,
) -> Result<Polled, StoreError> {
    let row =
        Entity::find().filter(Column::Digest.eq(digest.as_bytes().to_vec())).one(tx.conn()).await?;
    let Some(row) = row else { return Ok(Polled::Unknown) };
    if row.client_id != client_id.as_uuid() {
        return Ok(Polled::Unbound);
    }
    if row.redeemed_at.is_some() {
        return Ok(Polled::Already(Box::new(grant(row)?)));
    }
    let outcome = row.outcome.as_deref();
    if outcome == Some(Answer::Denied.as_str()) {
        return Ok(Polled::Denied);
    }
    // Approved since the first statement looked: the next poll gets it.
    let comes_next = outcome == Some(Answer::Approved.as_str()) && row.expires_at > now.as_millis();
    Ok(if comes_next { Polled::Pending } else { Polled::Expired })
}

/// The grant that an approved row stands for.
fn grant(row: Model) -> Result<Grant, StoreError> {
    let (Some(user), Some(auth_time), Some(amr)) = (row.user_id, row.auth_time, row.amr) else {
        return Err(StoreError::Corrupt("device_authorization.user_id"));
    };
    Ok(Grant {
        id: Id::from_uuid(row.id),
        client_id: Id::from_uuid(row.client_id),
        user_id: Id::from_uuid(user),
        session_id: row.session_id.map(Id::from_uuid),
        scope: column::convert("device_authorization.scope", row.scope)?,
        resources: column::texts(&row.resources),
        auth_time: Timestamp::from_millis(auth_time),
        amr: column::texts(&amr),
        created_at: Timestamp::from_millis(row.redeemed_at.unwrap_or(row.created_at)),
        revoked_at: None,
    })
}
