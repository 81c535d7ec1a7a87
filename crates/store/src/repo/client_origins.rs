//! The origins whose scripts call for clients.

use domain::{ApplicationStatus, Client};
use sea_orm::{
    ActiveValue::Set,
    EntityTrait as _, QueryFilter as _,
    prelude::*,
    sea_query::{Expr, ExprTrait as _, Query},
};

use crate::{
    StoreError, Tx,
    entity::{
        application, client,
        client_origin::{ActiveModel, Column, Entity},
    },
    store::{Connected as _, Read},
};

/// Keeps the origins of `client` as they are now.
///
/// # Errors
///
/// When the database fails.
pub(super) async fn put(tx: &Tx, client: &Client) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::ClientId.eq(client.id.as_uuid())).exec(tx.conn()).await?;
    let rows = client
        .origins()
        .into_iter()
        .map(|origin| ActiveModel { client_id: Set(client.id.as_uuid()), origin: Set(origin) });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        Entity::insert_many(rows).exec_without_returning(tx.conn()).await?;
    }
    Ok(())
}

/// Whether scripts of `origin` call for a client whose application is active.
///
/// # Errors
///
/// When the database fails.
pub async fn is_known(db: &impl Read, origin: &str) -> Result<bool, StoreError> {
    let active = Query::select()
        .column((client::Entity, client::Column::Id))
        .from(client::Entity)
        .inner_join(
            application::Entity,
            Expr::col((client::Entity, client::Column::ApplicationId))
                .equals((application::Entity, application::Column::Id)),
        )
        .and_where(
            Expr::col((application::Entity, application::Column::Status))
                .eq(ApplicationStatus::Active.as_str()),
        )
        .and_where(Expr::col((application::Entity, application::Column::DeletedAt)).is_null())
        .to_owned();
    let found = Entity::find()
        .filter(Column::Origin.eq(origin))
        .filter(Column::ClientId.in_subquery(active))
        .one(db.conn())
        .await?;
    Ok(found.is_some())
}
