//! What people approved for good.

use domain::{Client, Consent, Entropy, Id, Timestamp, User};
use protocol::Scope;
use sea_orm::{
    ActiveValue::Set,
    EntityTrait as _, QueryFilter as _, QuerySelect as _,
    prelude::*,
    sea_query::{Expr, OnConflict},
};

use crate::{
    StoreError, Tx, column,
    entity::consent::{ActiveModel, Column, Entity},
    store::{Connected as _, Read},
};

/// What this person approved for this client; nothing when they were never asked.
///
/// # Errors
///
/// When the database fails.
pub async fn scope_of(
    db: &impl Read,
    user_id: Id<User>,
    client_id: Id<Client>,
) -> Result<Scope, StoreError> {
    let text: Option<String> = Entity::find()
        .select_only()
        .column(Column::Scope)
        .filter(Column::UserId.eq(user_id.as_uuid()))
        .filter(Column::ClientId.eq(client_id.as_uuid()))
        .into_tuple()
        .one(db.conn())
        .await?;
    text.map_or_else(|| Ok(Scope::default()), |text| column::convert("consent.scope", text))
}

/// Adds `scope` to what this person approved for this client.
///
/// The first statement also locks the row, so approvals at the same moment are all
/// kept, and a withdrawal comes either before or after.
///
/// # Errors
///
/// When the database fails.
pub async fn grow(
    tx: &Tx,
    user_id: Id<User>,
    client_id: Id<Client>,
    scope: &Scope,
    when: (Timestamp, &dyn Entropy),
) -> Result<(), StoreError> {
    let (now, entropy) = when;
    let row = ActiveModel {
        id: Set(Id::<Consent>::new(now, entropy).as_uuid()),
        user_id: Set(user_id.as_uuid()),
        client_id: Set(client_id.as_uuid()),
        scope: Set(scope.to_string()),
        created_at: Set(now.as_millis()),
        updated_at: Set(now.as_millis()),
    };
    let lock_what_is_there = OnConflict::columns([Column::UserId, Column::ClientId])
        .value(Column::Scope, Expr::col((Entity, Column::Scope)))
        .to_owned();
    let row =
        Entity::insert(row).on_conflict(lock_what_is_there).exec_with_returning(tx.conn()).await?;
    let known: Scope = column::convert("consent.scope", row.scope)?;
    if scope.is_subset_of(&known) {
        return Ok(());
    }
    let merged: Scope = known.iter().chain(scope.iter()).cloned().collect();
    Entity::update_many()
        .col_expr(Column::Scope, Expr::value(merged.to_string()))
        .col_expr(Column::UpdatedAt, Expr::value(now.as_millis()))
        .filter(Column::Id.eq(row.id))
        .exec(tx.conn())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
