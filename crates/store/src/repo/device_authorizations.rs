//! Requests of devices: answered once by a person, redeemed once by the device.

mod poll;

use domain::{DeviceAuthorization, Grant, HandleDigest, Id, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    Condition, EntityTrait as _, QueryFilter as _,
    prelude::*,
    sea_query::{Expr, OnConflict},
};

pub use poll::{Polled, poll, release};

use super::authorization_requests::Answer;
use crate::{
    StoreError, Tx, column,
    entity::device_authorization::{ActiveModel, Column, Entity, Model},
    store::{Connected as _, Read},
};

/// What the two codes of a request are found by.
#[derive(Debug, Clone, Copy)]
pub struct Codes<'a> {
    /// The digest of the code that the device polls with.
    pub device: &'a HandleDigest,
    /// The authentication code of the one that the person types.
    pub user: &'a [u8; 32],
}

/// Keeps a request until a person answers it; says whether it did. It does not while
/// another request has the same user code.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(
    tx: &Tx,
    asked: &DeviceAuthorization,
    codes: Codes<'_>,
    interval_seconds: u32,
) -> Result<bool, StoreError> {
    let row = ActiveModel {
        // It makes one grant, so the grant's identifier serves both.
        id: Set(asked.grant_id.as_uuid()),
        digest: Set(codes.device.as_bytes().to_vec()),
        user_code: Set(codes.user.to_vec()),
        client_id: Set(asked.client_id.as_uuid()),
        user_id: Set(None),
        session_id: Set(None),
        scope: Set(asked.scope.to_string()),
        resources: Set(column::words(&asked.resources)),
        auth_time: Set(None),
        amr: Set(None),
        address: Set(asked.address.map(|it| it.to_string())),
        interval_seconds: Set(interval_seconds.into()),
        polled_at: Set(None),
        outcome: Set(None),
        created_at: Set(asked.created_at.as_millis()),
        expires_at: Set(asked.expires_at.as_millis()),
        answered_at: Set(None),
        redeemed_at: Set(None),
    };
    let taken = OnConflict::column(Column::UserCode).do_nothing().to_owned();
    let inserted = Entity::insert(row).on_conflict(taken).exec_without_returning(tx.conn()).await?;
    Ok(inserted == 1)
}

/// The request with this user code, if it waits for an answer at `now`.
///
/// # Errors
///
/// When the database fails.
pub async fn find_waiting(
    db: &impl Read,
    user_code: &[u8; 32],
    now: Timestamp,
) -> Result<Option<DeviceAuthorization>, StoreError> {
    Entity::find().filter(waits(user_code, now)).one(db.conn()).await?.map(from_row).transpose()
}

/// Approves the request with this user code, as `grant` says; says whether this call did.
///
/// # Errors
///
/// When the database fails.
pub async fn approve(
    tx: &Tx,
    user_code: &[u8; 32],
    grant: &Grant,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::Outcome, Expr::value(Answer::Approved.as_str()))
        .col_expr(Column::AnsweredAt, Expr::value(now.as_millis()))
        .col_expr(Column::UserId, Expr::value(grant.user_id.as_uuid()))
        .col_expr(Column::SessionId, Expr::value(grant.session_id.map(Id::as_uuid)))
        .col_expr(Column::Scope, Expr::value(grant.scope.to_string()))
        .col_expr(Column::AuthTime, Expr::value(grant.auth_time.as_millis()))
        .col_expr(Column::Amr, Expr::value(column::words(&grant.amr)))
        .filter(waits(user_code, now))
        .filter(Column::Id.eq(grant.id.as_uuid()))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Denies the request with this user code; says whether this call did.
///
/// # Errors
///
/// When the database fails.
pub async fn deny(tx: &Tx, user_code: &[u8; 32], now: Timestamp) -> Result<bool, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::Outcome, Expr::value(Answer::Denied.as_str()))
        .col_expr(Column::AnsweredAt, Expr::value(now.as_millis()))
        .filter(waits(user_code, now))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

fn waits(user_code: &[u8; 32], now: Timestamp) -> Condition {
    Condition::all()
        .add(Column::UserCode.eq(user_code.to_vec()))
        .add(Column::AnsweredAt.is_null())
        .add(Column::ExpiresAt.gt(now.as_millis()))
}

fn from_row(row: Model) -> Result<DeviceAuthorization, StoreError> {
    Ok(DeviceAuthorization {
        grant_id: Id::from_uuid(row.id),
        client_id: Id::from_uuid(row.client_id),
        scope: column::convert("device_authorization.scope", row.scope)?,
        resources: column::texts(&row.resources),
        address: row.address.as_deref().and_then(|it| it.parse().ok()),
        created_at: Timestamp::from_millis(row.created_at),
        expires_at: Timestamp::from_millis(row.expires_at),
    })
}

#[cfg(test)]
mod tests;
