//! Every API with its scopes: what a scope opens, and how its tokens look.

use std::collections::HashMap;

use domain::{Id, Resource, ScopeDefinition, Timestamp};
use sea_orm::{
    EntityTrait as _, QueryOrder as _, QuerySelect as _, Select, prelude::*, sea_query::LockType,
};

use crate::{
    StoreError, Tx, column,
    entity::{resource, scope},
    store::Read,
};

/// Every API with its scopes, in the order they were registered.
///
/// # Errors
///
/// When the database fails.
pub async fn load(db: &impl Read) -> Result<Vec<Resource>, StoreError> {
    read(db, resource::Entity::find()).await
}

/// As [`load`]; what it gives stays until the transaction ends.
///
/// Whoever takes an API or a scope away waits, and then finds who was allowed it here; and
/// this waits for whoever is taking one away, and then does not give it.
///
/// # Errors
///
/// When the database fails.
pub async fn hold(tx: &Tx) -> Result<Vec<Resource>, StoreError> {
    read(tx, resource::Entity::find().lock(LockType::KeyShare)).await
}

/// The APIs first and the scopes by a later statement, so none is read that was taken away
/// while the first one waited.
async fn read(
    db: &impl Read,
    resources: Select<resource::Entity>,
) -> Result<Vec<Resource>, StoreError> {
    let resources = resources.order_by_asc(resource::Column::Id).all(db.conn()).await?;
    let scopes = scope::Entity::find()
        .order_by_asc(scope::Column::Position)
        .order_by_asc(scope::Column::Id)
        .all(db.conn())
        .await?;
    let mut by_resource: HashMap<Uuid, Vec<ScopeDefinition>> = HashMap::new();
    for row in scopes {
        by_resource.entry(row.resource_id).or_default().push(scope_from_row(row)?);
    }
    resources
        .into_iter()
        .map(|row| {
            let scopes = by_resource.remove(&row.id).unwrap_or_default();
            resource_from_row(row, scopes)
        })
        .collect()
}

/// Reads a row of `resource`.
pub(crate) fn resource_from_row(
    row: resource::Model,
    scopes: Vec<ScopeDefinition>,
) -> Result<Resource, StoreError> {
    Ok(Resource {
        id: Id::from_uuid(row.id),
        identifier: row.identifier,
        name: row.name,
        description: row.description,
        token_format: column::parse("resource.token_format", &row.token_format)?,
        scopes,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
        version: row.version,
    })
}

/// Reads a row of `scope`.
pub(crate) fn scope_from_row(row: scope::Model) -> Result<ScopeDefinition, StoreError> {
    Ok(ScopeDefinition {
        id: Id::from_uuid(row.id),
        name: column::convert("scope.name", row.name)?,
        display_name: row.display_name,
        description: row.description,
        default: row.is_default,
    })
}
