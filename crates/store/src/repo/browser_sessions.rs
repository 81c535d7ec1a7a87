//! The sessions behind browser cookies, found by the digest of their handle.

use std::{collections::HashMap, hash::BuildHasher};

use domain::{BrowserSession, HandleDigest, Id, SessionKind, Timestamp, User, UserStatus};
use sea_orm::{
    ActiveValue::Set, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationDef, prelude::*, sea_query::Expr,
};

use super::credentials;
use crate::{
    StoreError, Tx, column,
    entity::{
        account,
        browser_session::{ActiveModel, Column, Entity, Model},
    },
    store::{Connected as _, Read},
};

/// A session that has not ended, and whose it is.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// The session.
    pub session: BrowserSession,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// Who is signed in, if anyone.
    pub user: Option<User>,
}

/// From where a session is used.
#[derive(Debug, Clone, Default)]
pub struct SeenFrom {
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// The address it came from.
    pub address: Option<String>,
}

/// Begins a session.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(
    tx: &Tx,
    digest: &HandleDigest,
    session: &BrowserSession,
    from: &SeenFrom,
) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(session.id.as_uuid()),
        digest: Set(digest.as_bytes().to_vec()),
        kind: Set(session.kind.as_str().to_owned()),
        user_id: Set(session.user_id.map(Id::as_uuid)),
        state: Set(column::to_json("browser_session.state", &session.state)?),
        user_agent: Set(from.user_agent.clone()),
        address: Set(from.address.clone()),
        created_at: Set(session.created_at.as_millis()),
        last_seen_at: Set(session.created_at.as_millis()),
        idle_expires_at: Set(session.idle_expires_at.as_millis()),
        expires_at: Set(session.expires_at.as_millis()),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// The session of this kind behind `digest`, unless it ended or its person is locked.
///
/// One statement, so that a cold cookie costs one.
///
/// # Errors
///
/// When the database fails.
pub async fn find(
    db: &impl Read,
    kind: SessionKind,
    digest: &HandleDigest,
    now: Timestamp,
) -> Result<Option<LiveSession>, StoreError> {
    let whose: RelationDef =
        Entity::belongs_to(account::Entity).from(Column::UserId).to(account::Column::Id).into();
    let found = Entity::find()
        .join(JoinType::LeftJoin, whose)
        .select_also(account::Entity)
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .filter(Column::Kind.eq(kind.as_str()))
        .filter(Column::IdleExpiresAt.gt(now.as_millis()))
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .one(db.conn())
        .await?;
    let Some((row, account)) = found else { return Ok(None) };
    let last_seen_at = Timestamp::from_millis(row.last_seen_at);
    let user = account.map(credentials::user).transpose()?;
    let session = from_row(&row, kind)?;
    let is_open = match &user {
        Some(user) => user.status == UserStatus::Active,
        None => session.user_id.is_none(),
    };
    Ok(is_open.then_some(LiveSession { session, last_seen_at, user }))
}

/// Replaces what the session middleware keeps, and with it whose session it is;
/// says whether the session was still there.
///
/// # Errors
///
/// When the database fails.
pub async fn update_state(
    tx: &Tx,
    digest: &HandleDigest,
    user_id: Option<Id<User>>,
    state: &HashMap<String, String, impl BuildHasher>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(column::to_json("browser_session.state", &state)?))
        .col_expr(Column::UserId, Expr::value(user_id.map(Id::as_uuid)))
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .filter(Column::IdleExpiresAt.gt(now.as_millis()))
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Notes that the session is used, unless that was noted after `noted_before`.
///
/// # Errors
///
/// When the database fails.
pub async fn touch(
    tx: &Tx,
    digest: &HandleDigest,
    now: Timestamp,
    idle_expires_at: Timestamp,
    noted_before: Timestamp,
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(now.as_millis()))
        .col_expr(Column::IdleExpiresAt, Expr::value(idle_expires_at.as_millis()))
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .filter(Column::LastSeenAt.lte(noted_before.as_millis()))
        .filter(Column::IdleExpiresAt.gt(now.as_millis()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// Ends the session behind `digest`; says whether there was one.
///
/// # Errors
///
/// When the database fails.
pub async fn remove(tx: &Tx, digest: &HandleDigest) -> Result<bool, StoreError> {
    tx.invalidate_caches();
    let done = Entity::delete_many()
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected > 0)
}

/// Ends the session `id`; says whether there was one.
///
/// # Errors
///
/// When the database fails.
pub async fn remove_by_id(tx: &Tx, id: Id<BrowserSession>) -> Result<bool, StoreError> {
    tx.invalidate_caches();
    let done = Entity::delete_many().filter(Column::Id.eq(id.as_uuid())).exec(tx.conn()).await?;
    Ok(done.rows_affected > 0)
}

/// Ends every session of a person, of both kinds; says how many.
///
/// # Errors
///
/// When the database fails.
pub async fn remove_all_of(tx: &Tx, user_id: Id<User>) -> Result<u64, StoreError> {
    tx.invalidate_caches();
    let done =
        Entity::delete_many().filter(Column::UserId.eq(user_id.as_uuid())).exec(tx.conn()).await?;
    Ok(done.rows_affected)
}

/// Ends the longest unused sessions of a person beyond the first `keep`.
///
/// # Errors
///
/// When the database fails.
pub async fn trim(
    tx: &Tx,
    user_id: Id<User>,
    kind: SessionKind,
    keep: u64,
) -> Result<(), StoreError> {
    let surplus: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::UserId.eq(user_id.as_uuid()))
        .filter(Column::Kind.eq(kind.as_str()))
        .order_by_desc(Column::LastSeenAt)
        .order_by_desc(Column::Id)
        .offset(keep)
        .limit(1000)
        .into_tuple()
        .all(tx.conn())
        .await?;
    if !surplus.is_empty() {
        tx.invalidate_caches();
        Entity::delete_many().filter(Column::Id.is_in(surplus)).exec(tx.conn()).await?;
    }
    Ok(())
}

fn from_row(row: &Model, kind: SessionKind) -> Result<BrowserSession, StoreError> {
    Ok(BrowserSession {
        id: Id::from_uuid(row.id),
        kind,
        user_id: row.user_id.map(Id::from_uuid),
        state: column::from_json("browser_session.state", &row.state)?,
        created_at: Timestamp::from_millis(row.created_at),
        idle_expires_at: Timestamp::from_millis(row.idle_expires_at),
        expires_at: Timestamp::from_millis(row.expires_at),
    })
}

#[cfg(test)]
mod tests;
