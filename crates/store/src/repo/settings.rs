//! Platform settings, each a JSON document with a version.

use domain::{GrantSwitches, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    EntityTrait as _, QueryFilter as _,
    prelude::*,
    sea_query::{Expr, OnConflict},
};

use crate::{
    StoreError, Tx, column,
    entity::setting::{ActiveModel, Column, Entity},
    store::{Connected as _, Read},
};

/// The name of the switches of the grant types.
const GRANTS: &str = "grants";
/// The name of the text that tells a wrong master key.
const MASTER_KEY_CHECK: &str = "master_key_check";

/// The global switch of each grant type, and how often it was changed; all are
/// on until someone turns one off.
///
/// # Errors
///
/// When the database fails.
pub async fn grant_switches(db: &impl Read) -> Result<(GrantSwitches, i64), StoreError> {
    match Entity::find_by_id(GRANTS).one(db.conn()).await? {
        Some(row) => Ok((column::from_json("setting.value", &row.value)?, row.version)),
        None => Ok((GrantSwitches::default(), 0)),
    }
}

/// Writes the switches, unless someone changed them since `version`; says whether it did.
///
/// # Errors
///
/// When the database fails.
pub async fn put_grant_switches(
    tx: &Tx,
    switches: &GrantSwitches,
    version: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let value = column::to_json("setting.value", switches)?;
    put(tx, GRANTS, value, version, now).await
}

/// The text that tells a wrong master key, and how often it was changed.
///
/// # Errors
///
/// When the database fails.
pub async fn master_key_check(db: &impl Read) -> Result<Option<(String, i64)>, StoreError> {
    let row = Entity::find_by_id(MASTER_KEY_CHECK).one(db.conn()).await?;
    Ok(row.map(|row| (row.value, row.version)))
}

/// Writes that text, unless someone changed it since `version`; says whether it did.
///
/// # Errors
///
/// When the database fails.
pub async fn put_master_key_check(
    tx: &Tx,
    text: &str,
    version: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    put(tx, MASTER_KEY_CHECK, text.to_owned(), version, now).await
}

/// Writes a setting; version 0 says that nobody did before.
async fn put(
    tx: &Tx,
    name: &str,
    value: String,
    version: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if version == 0 {
        let row = ActiveModel {
            name: Set(name.to_owned()),
            value: Set(value),
            updated_at: Set(now.as_millis()),
            version: Set(1),
        };
        let taken = OnConflict::column(Column::Name).do_nothing().to_owned();
        let inserted =
            Entity::insert(row).on_conflict(taken).exec_without_returning(tx.conn()).await?;
        return Ok(inserted == 1);
    }
    let done = Entity::update_many()
        .col_expr(Column::Value, Expr::value(value))
        .col_expr(Column::UpdatedAt, Expr::value(now.as_millis()))
        .col_expr(Column::Version, Expr::value(version + 1))
        .filter(Column::Name.eq(name))
        .filter(Column::Version.eq(version))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}
