//! JWTs that were revoked one by one, until they expire.

use domain::{Client, Id, Timestamp};
use sea_orm::{
    ActiveValue::Set, EntityTrait as _, QueryFilter as _, QuerySelect as _, prelude::*,
    sea_query::OnConflict,
};

use crate::{
    StoreError, Tx,
    entity::revoked_token::{ActiveModel, Column, Entity},
    store::{Connected as _, Read},
};

/// A JWT to revoke.
#[derive(Debug, Clone, Copy)]
pub struct Revocation<'a> {
    /// Identifies the row; made as an identifier of its own.
    pub id: Uuid,
    /// The token's name.
    pub jti: &'a str,
    /// Who held it.
    pub client_id: Id<Client>,
    /// When it expires; the row is of no use after.
    pub expires_at: Timestamp,
}

/// Revokes a JWT; one that is revoked already stays so.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(
    tx: &Tx,
    revocation: &Revocation<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.invalidate_caches();
    let row = ActiveModel {
        id: Set(revocation.id),
        jti: Set(revocation.jti.to_owned()),
        client_id: Set(revocation.client_id.as_uuid()),
        expires_at: Set(revocation.expires_at.as_millis()),
        revoked_at: Set(now.as_millis()),
    };
    let on_conflict = OnConflict::column(Column::Jti).do_nothing().to_owned();
    Entity::insert(row).on_conflict(on_conflict).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// Whether the JWT named `jti` was revoked by itself.
///
/// # Errors
///
/// When the database fails.
pub async fn contains(db: &impl Read, jti: &str) -> Result<bool, StoreError> {
    Ok(Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Jti.eq(jti))
        .into_tuple::<Uuid>()
        .one(db.conn())
        .await?
        .is_some())
}
