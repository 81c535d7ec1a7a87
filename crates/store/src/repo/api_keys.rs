//! Keys of the management API: kept as digests, found by them.

use domain::{ApiKey, HandleDigest, Id, Timestamp};
use sea_orm::{ActiveValue::Set, EntityTrait as _, QueryFilter as _, prelude::*, sea_query::Expr};

use super::{
    keyset::{self, Position, SortKey, SortedBy},
    page::{Page, PageRequest},
};
use crate::{
    StoreError, Tx, column,
    entity::api_key::{ActiveModel, Column, Entity, Model},
    store::{Connected as _, Read},
};

/// A key with who made it.
#[derive(Debug, Clone)]
pub struct ApiKeyRecord {
    /// The key.
    pub key: ApiKey,
    /// Who made it.
    pub created_by: String,
}

impl ApiKeyRecord {
    /// Where the key stands in the list, which has the newest first.
    #[must_use]
    pub const fn position(&self) -> Position<ApiKey> {
        Position { key: SortKey::IdAlone, id: self.key.id }
    }
}

/// Adds a key.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(
    tx: &Tx,
    key: &ApiKey,
    digest: &HandleDigest,
    created_by: &str,
) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(key.id.as_uuid()),
        digest: Set(digest.as_bytes().to_vec()),
        name: Set(key.name.clone()),
        permissions: Set(column::words(key.permissions.iter().map(|it| it.as_str()))),
        created_by: Set(created_by.to_owned()),
        created_at: Set(key.created_at.as_millis()),
        expires_at: Set(key.expires_at.map(Timestamp::as_millis)),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// The key with this digest, unless it was revoked; it may have expired.
///
/// # Errors
///
/// When the database fails.
pub async fn find_by_digest(
    db: &impl Read,
    digest: &HandleDigest,
) -> Result<Option<ApiKey>, StoreError> {
    let row = Entity::find()
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .filter(Column::RevokedAt.is_null())
        .one(db.conn())
        .await?;
    Ok(row.map(from_row).transpose()?.map(|record| record.key))
}

/// The key `id`, unless it was revoked.
///
/// # Errors
///
/// When the database fails.
pub async fn find(db: &impl Read, id: Id<ApiKey>) -> Result<Option<ApiKeyRecord>, StoreError> {
    let row =
        Entity::find_by_id(id.as_uuid()).filter(Column::RevokedAt.is_null()).one(db.conn()).await?;
    row.map(from_row).transpose()
}

/// The keys that were not revoked, the newest first.
///
/// # Errors
///
/// When the database fails.
pub async fn list(
    db: &impl Read,
    page: &PageRequest<Position<ApiKey>>,
) -> Result<Page<ApiKeyRecord>, StoreError> {
    let query = Entity::find().filter(Column::RevokedAt.is_null());
    let sorted = SortedBy { key: None, descending: true };
    let rows = keyset::from_position(query, Column::Id, sorted, page).all(db.conn()).await?;
    let records = rows.into_iter().map(from_row).collect::<Result<_, _>>()?;
    Ok(page.page(records))
}

/// How many keys were not revoked, counted no further than `most`.
///
/// # Errors
///
/// When the database fails.
pub async fn count(db: &impl Read, most: u64) -> Result<u64, StoreError> {
    let query = Entity::find().filter(Column::RevokedAt.is_null());
    keyset::count_up_to(db, query, Column::Id, most).await
}

/// Revokes a key; says whether this call did.
///
/// # Errors
///
/// When the database fails.
pub async fn revoke(tx: &Tx, id: Id<ApiKey>, now: Timestamp) -> Result<bool, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now.as_millis()))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Writes down when a key was last used.
///
/// # Errors
///
/// When the database fails.
pub async fn touch(tx: &Tx, id: Id<ApiKey>, now: Timestamp) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(now.as_millis()))
        .filter(Column::Id.eq(id.as_uuid()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

fn from_row(row: Model) -> Result<ApiKeyRecord, StoreError> {
    Ok(ApiKeyRecord {
        key: ApiKey {
            id: Id::from_uuid(row.id),
            name: row.name,
            permissions: column::parse_words("api_key.permissions", &row.permissions)?,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_millis),
            last_used_at: row.last_used_at.map(Timestamp::from_millis),
        },
        created_by: row.created_by,
    })
}
