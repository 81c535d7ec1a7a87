//! Secrets of clients: kept as digests, found by them.

use domain::{Application, Client, ClientSecret, Environment, Id, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    EntityTrait as _, QueryFilter as _, QuerySelect as _,
    prelude::*,
    sea_query::{Expr, LockType},
};

use super::registered_clients::secret_from_row;
use crate::{
    StoreError, Tx,
    entity::{
        client,
        client_secret::{ActiveModel, Column, Entity},
    },
    store::{Connected as _, Read},
};

/// Makes this transaction wait for every other that changes the client of `environment` or,
/// by this lock, its secrets, so that it judges those that are there. Tokens are issued meanwhile.
///
/// # Errors
///
/// When the database fails.
pub async fn lock_client(
    tx: &Tx,
    application: Id<Application>,
    environment: Environment,
) -> Result<(), StoreError> {
    client::Entity::find()
        .select_only()
        .column(client::Column::Id)
        .filter(client::Column::ApplicationId.eq(application.as_uuid()))
        .filter(client::Column::Environment.eq(environment.as_str()))
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<Uuid>()
        .one(tx.conn())
        .await?;
    Ok(())
}

/// Adds a secret.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(tx: &Tx, client: Id<Client>, secret: &ClientSecret) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(secret.id.as_uuid()),
        client_id: Set(client.as_uuid()),
        label: Set(secret.label.clone()),
        hint: Set(secret.hint.clone()),
        digest: Set(secret.digest.as_bytes().to_vec()),
        created_by: Set(secret.created_by.clone()),
        created_at: Set(secret.created_at.as_millis()),
        expires_at: Set(secret.expires_at.map(Timestamp::as_millis)),
        last_used_at: Set(None),
        last_used_from: Set(None),
        revoked_at: Set(None),
        version: Set(secret.version),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// The secret `id` of `client`, unless it was revoked.
///
/// # Errors
///
/// When the database fails.
pub async fn find(
    db: &impl Read,
    client: Id<Client>,
    id: Id<ClientSecret>,
) -> Result<Option<ClientSecret>, StoreError> {
    let row = Entity::find_by_id(id.as_uuid())
        .filter(Column::ClientId.eq(client.as_uuid()))
        .filter(Column::RevokedAt.is_null())
        .one(db.conn())
        .await?;
    row.map(secret_from_row).transpose()
}

/// Whose the secret `id` is, revoked or not.
///
/// # Errors
///
/// When the database fails.
pub async fn client_of(
    db: &impl Read,
    id: Id<ClientSecret>,
) -> Result<Option<Id<Client>>, StoreError> {
    let row = Entity::find_by_id(id.as_uuid()).one(db.conn()).await?;
    Ok(row.map(|row| Id::from_uuid(row.client_id)))
}

/// Writes the label and the end of a secret, unless it was revoked or someone changed it
/// since `version`; says whether it did.
///
/// # Errors
///
/// When the database fails.
pub async fn update(
    tx: &Tx,
    client: Id<Client>,
    secret: &ClientSecret,
    version: i64,
) -> Result<bool, StoreError> {
    let end = secret.expires_at.map(Timestamp::as_millis);
    let done = Entity::update_many()
        .col_expr(Column::Label, Expr::value(secret.label.clone()))
        .col_expr(Column::ExpiresAt, Expr::value(end))
        .col_expr(Column::Version, Expr::value(secret.version))
        .filter(Column::Id.eq(secret.id.as_uuid()))
        .filter(Column::Version.eq(version))
        .filter(Column::ClientId.eq(client.as_uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Revokes a secret; says whether this call did.
///
/// # Errors
///
/// When the database fails.
pub async fn revoke(
    tx: &Tx,
    client: Id<Client>,
    id: Id<ClientSecret>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now.as_millis()))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::ClientId.eq(client.as_uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Revokes every secret of `client`; says how many.
///
/// # Errors
///
/// When the database fails.
pub async fn revoke_all(tx: &Tx, client: Id<Client>, now: Timestamp) -> Result<u64, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now.as_millis()))
        .filter(Column::ClientId.eq(client.as_uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected)
}
