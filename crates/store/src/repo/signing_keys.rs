//! Signing keys: published, promoted and retired by guarded statements.

use domain::{Id, KeyState, SigningKey, Timestamp};
use sea_orm::{
    ActiveValue::Set, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, prelude::*,
    sea_query::Expr,
};

use crate::{
    StoreError, Tx, column,
    entity::{
        audit_head,
        signing_key::{ActiveModel, Column, Entity, Model},
    },
    store::{Connected as _, Read},
};

/// Makes this transaction wait for every other that changes keys, on any node.
///
/// Changes of keys are audited in the chain, so they queue for its head anyway;
/// this only has them do so before they look.
///
/// # Errors
///
/// When the database fails.
pub async fn lock(tx: &Tx) -> Result<(), StoreError> {
    audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Sequence, Expr::col(audit_head::Column::Sequence))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// Every key, retired ones included, the oldest first.
///
/// # Errors
///
/// When the database fails.
pub async fn list(db: &impl Read) -> Result<Vec<SigningKey>, StoreError> {
    let rows = Entity::find().order_by_asc(Column::Id).all(db.conn()).await?;
    rows.into_iter().map(from_row).collect()
}

/// Every key that the JWK Set shows, the oldest first.
///
/// # Errors
///
/// When the database fails.
pub async fn list_published(db: &impl Read) -> Result<Vec<SigningKey>, StoreError> {
    let states = KeyState::ALL.into_iter().filter(|it| it.is_published()).map(KeyState::as_str);
    let rows = Entity::find()
        .filter(Column::State.is_in(states))
        .order_by_asc(Column::Id)
        .all(db.conn())
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// Every key of which a half is left, the oldest first: those that the JWK Set shows, and
/// retired ones that still tell whom an ID token is about.
///
/// # Errors
///
/// When the database fails.
pub async fn list_kept(db: &impl Read) -> Result<Vec<SigningKey>, StoreError> {
    let rows = Entity::find()
        .filter(
            Condition::any()
                .add(Column::State.ne(KeyState::Retired.as_str()))
                .add(Column::SealedPublic.is_not_null()),
        )
        .order_by_asc(Column::Id)
        .all(db.conn())
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// Stores a key.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(tx: &Tx, key: &SigningKey) -> Result<(), StoreError> {
    tx.invalidate_caches();
    let row = ActiveModel {
        id: Set(key.id.as_uuid()),
        kid: Set(key.kid.clone()),
        algorithm: Set(key.algorithm.clone()),
        state: Set(key.state.as_str().to_owned()),
        sealed_private: Set(key.sealed_private.clone()),
        sealed_public: Set(key.sealed_public.clone()),
        created_at: Set(key.created_at.as_millis()),
        activated_at: Set(key.activated_at.map(Timestamp::as_millis)),
        retired_at: Set(key.retired_at.map(Timestamp::as_millis)),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// Makes a pending key sign; says whether it was pending.
///
/// # Errors
///
/// When the database fails.
pub async fn promote(tx: &Tx, id: Id<SigningKey>, now: Timestamp) -> Result<bool, StoreError> {
    tx.invalidate_caches();
    let promoted = Entity::update_many()
        .col_expr(Column::State, Expr::value(KeyState::Active.as_str()))
        .col_expr(Column::ActivatedAt, Expr::value(now.as_millis()))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::State.eq(KeyState::Pending.as_str()))
        .exec(tx.conn())
        .await?;
    Ok(promoted.rows_affected == 1)
}

/// Makes the active key only verify; says whether it was active.
///
/// # Errors
///
/// When the database fails.
pub async fn demote(tx: &Tx, id: Id<SigningKey>, now: Timestamp) -> Result<bool, StoreError> {
    tx.invalidate_caches();
    let demoted = Entity::update_many()
        .col_expr(Column::State, Expr::value(KeyState::Retiring.as_str()))
        .col_expr(Column::RetiredAt, Expr::value(now.as_millis()))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::State.eq(KeyState::Active.as_str()))
        .exec(tx.conn())
        .await?;
    Ok(demoted.rows_affected == 1)
}

/// Takes a key out of the JWK Set and erases its private half; says whether it was in there.
///
/// # Errors
///
/// When the database fails.
pub async fn retire(tx: &Tx, id: Id<SigningKey>, now: Timestamp) -> Result<bool, StoreError> {
    tx.invalidate_caches();
    let retired = Entity::update_many()
        .col_expr(Column::State, Expr::value(KeyState::Retired.as_str()))
        .col_expr(Column::SealedPrivate, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::RetiredAt, Expr::value(now.as_millis()))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::State.ne(KeyState::Retired.as_str()))
        .exec(tx.conn())
        .await?;
    Ok(retired.rows_affected == 1)
}

/// Erases the public half of a retired key as well: nothing that it signed counts any more.
///
/// # Errors
///
/// When the database fails.
pub async fn forget(tx: &Tx, id: Id<SigningKey>) -> Result<(), StoreError> {
    tx.invalidate_caches();
    Entity::update_many()
        .col_expr(Column::SealedPublic, Expr::value(None::<Vec<u8>>))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::State.eq(KeyState::Retired.as_str()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// A part of a key that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// What signs.
    Private,
    /// What verifies.
    Public,
}

impl Half {
    /// The column that holds it.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::Private => "sealed_private",
            Self::Public => "sealed_public",
        }
    }
}

/// Replaces a sealed half if it still is `before`; says whether it was.
///
/// # Errors
///
/// When the database fails.
pub async fn reseal(
    tx: &Tx,
    (id, half): (Id<SigningKey>, Half),
    before: &[u8],
    after: Vec<u8>,
) -> Result<bool, StoreError> {
    let column = match half {
        Half::Private => Column::SealedPrivate,
        Half::Public => Column::SealedPublic,
    };
    let resealed = Entity::update_many()
        .col_expr(column, Expr::value(after))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(column.eq(before.to_vec()))
        .exec(tx.conn())
        .await?;
    Ok(resealed.rows_affected == 1)
}

fn from_row(row: Model) -> Result<SigningKey, StoreError> {
    Ok(SigningKey {
        id: Id::from_uuid(row.id),
        kid: row.kid,
        algorithm: row.algorithm,
        state: column::parse("signing_key.state", &row.state)?,
        sealed_private: row.sealed_private,
        sealed_public: row.sealed_public,
        created_at: Timestamp::from_millis(row.created_at),
        activated_at: row.activated_at.map(Timestamp::from_millis),
        retired_at: row.retired_at.map(Timestamp::from_millis),
    })
}
