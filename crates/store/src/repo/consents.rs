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

/// How often a list that others change at the same moment is read again.
const ATTEMPTS: usize = 8;

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
/// The update names the list it read, so two approvals at the same moment are
/// both kept.
///
/// # Errors
///
/// When the database fails, or others change the list without end.
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
    let on_conflict =
        OnConflict::columns([Column::UserId, Column::ClientId]).do_nothing().to_owned();
    let inserted =
        Entity::insert(row).on_conflict(on_conflict).exec_without_returning(tx.conn()).await?;
    if inserted == 1 {
        return Ok(());
    }
    for _ in 0..ATTEMPTS {
        let known = scope_of(tx, user_id, client_id).await?;
        if scope.is_subset_of(&known) {
            return Ok(());
        }
        let merged: Scope = known.iter().chain(scope.iter()).cloned().collect();
        let done = Entity::update_many()
            .col_expr(Column::Scope, Expr::value(merged.to_string()))
            .col_expr(Column::UpdatedAt, Expr::value(now.as_millis()))
            .filter(Column::UserId.eq(user_id.as_uuid()))
            .filter(Column::ClientId.eq(client_id.as_uuid()))
            .filter(Column::Scope.eq(known.to_string()))
            .exec(tx.conn())
            .await?;
        if done.rows_affected == 1 {
            return Ok(());
        }
    }
    Err(StoreError::Corrupt("consent.scope"))
}

#[cfg(test)]
mod tests;
