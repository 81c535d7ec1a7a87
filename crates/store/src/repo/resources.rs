//! APIs and their scopes, as operators see and change them.

use std::collections::HashMap;

use domain::{Id, Resource, ScopeDefinition, searchable};
use sea_orm::{
    ActiveValue::Set,
    Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    prelude::*,
    sea_query::{Expr, ExprTrait as _},
};

use super::{
    catalogue::{resource_from_row, scope_from_row},
    keyset::{self, Position, SortKey, SortedBy},
    page::{Page, PageRequest},
    text_match::{contains, has_word, lower},
};
use crate::{
    StoreError, Tx,
    entity::{
        application, client,
        resource::{ActiveModel, Column, Entity, Model},
        scope,
    },
    store::{Connected as _, Read},
};

/// Where an API stands in the list, which is sorted by name.
#[must_use]
pub fn position(resource: &Resource) -> Position<Resource> {
    Position { key: SortKey::Text(searchable(&resource.name)), id: resource.id }
}

/// Adds an API and its scopes.
///
/// # Errors
///
/// When the database fails, or a name is taken.
pub async fn insert(tx: &Tx, resource: &Resource) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(resource.id.as_uuid()),
        identifier: Set(resource.identifier.clone()),
        name: Set(resource.name.clone()),
        name_canonical: Set(searchable(&resource.name)),
        description: Set(resource.description.clone()),
        token_format: Set(resource.token_format.as_str().to_owned()),
        created_at: Set(resource.created_at.as_millis()),
        updated_at: Set(resource.updated_at.as_millis()),
        version: Set(resource.version),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    for (position, scope) in (0_i64..).zip(&resource.scopes) {
        insert_scope(tx, resource.id, scope, position).await?;
    }
    Ok(())
}

/// Writes what may change about an API, unless someone changed it since
/// `version`; says whether it did. The new version is that of `resource`.
///
/// # Errors
///
/// When the database fails.
pub async fn update(tx: &Tx, resource: &Resource, version: i64) -> Result<bool, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::Name, Expr::value(resource.name.clone()))
        .col_expr(Column::NameCanonical, Expr::value(searchable(&resource.name)))
        .col_expr(Column::Description, Expr::value(resource.description.clone()))
        .col_expr(Column::TokenFormat, Expr::value(resource.token_format.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(resource.updated_at.as_millis()))
        .col_expr(Column::Version, Expr::value(resource.version))
        .filter(Column::Id.eq(resource.id.as_uuid()))
        .filter(Column::Version.eq(version))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Deletes an API and its scopes, unless someone changed it since `version`;
/// says whether it did.
///
/// # Errors
///
/// When the database fails.
pub async fn remove(tx: &Tx, id: Id<Resource>, version: i64) -> Result<bool, StoreError> {
    let done = Entity::delete_many()
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::Version.eq(version))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// The API `id` with its scopes.
///
/// # Errors
///
/// When the database fails.
pub async fn find(db: &impl Read, id: Id<Resource>) -> Result<Option<Resource>, StoreError> {
    let Some(row) = Entity::find_by_id(id.as_uuid()).one(db.conn()).await? else {
        return Ok(None);
    };
    Ok(with_scopes(db, vec![row]).await?.pop())
}

/// Makes this transaction wait for every other that lets clients ask for a scope of the API,
/// or takes one away; those that come later wait for this one.
///
/// # Errors
///
/// When the database fails.
pub async fn lock(tx: &Tx, id: Id<Resource>) -> Result<(), StoreError> {
    let query = Entity::find_by_id(id.as_uuid()).select_only().column(Column::Id);
    query.lock_exclusive().into_tuple::<Uuid>().one(tx.conn()).await?;
    Ok(())
}

/// Whether an API has this identifier.
///
/// # Errors
///
/// When the database fails.
pub async fn identifier_is_taken(db: &impl Read, identifier: &str) -> Result<bool, StoreError> {
    let found = Entity::find().filter(Column::Identifier.eq(identifier)).one(db.conn()).await?;
    Ok(found.is_some())
}

/// Those of `names` that are scopes of some API.
///
/// # Errors
///
/// When the database fails.
pub async fn taken_scopes(db: &impl Read, names: &[&str]) -> Result<Vec<String>, StoreError> {
    let rows = scope::Entity::find()
        .filter(scope::Column::Name.is_in(names.iter().copied()))
        .all(db.conn())
        .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// The APIs whose name or identifier holds `text`, by name.
///
/// # Errors
///
/// When the database fails.
pub async fn list(
    db: &impl Read,
    text: Option<&str>,
    page: &PageRequest<Position<Resource>>,
) -> Result<Page<Resource>, StoreError> {
    let query = Entity::find().filter(condition(text));
    let sorted = SortedBy { key: Some(Column::NameCanonical.into_expr()), descending: false };
    let rows = keyset::from_position(query, Column::Id, sorted, page).all(db.conn()).await?;
    Ok(page.page(with_scopes(db, rows).await?))
}

/// How many APIs there are whose name or identifier holds `text`, counted no further than `most`.
///
/// # Errors
///
/// When the database fails.
pub async fn count(db: &impl Read, text: Option<&str>, most: u64) -> Result<u64, StoreError> {
    keyset::count_up_to(db, Entity::find().filter(condition(text)), Column::Id, most).await
}

/// Adds a scope to an API, in place `position` of its list.
///
/// # Errors
///
/// When the database fails, or the name is taken.
pub async fn insert_scope(
    tx: &Tx,
    resource: Id<Resource>,
    scope: &ScopeDefinition,
    position: i64,
) -> Result<(), StoreError> {
    let row = scope::ActiveModel {
        id: Set(scope.id.as_uuid()),
        resource_id: Set(resource.as_uuid()),
        name: Set(scope.name.as_str().to_owned()),
        display_name: Set(scope.display_name.clone()),
        description: Set(scope.description.clone()),
        is_default: Set(scope.default),
        position: Set(position),
    };
    scope::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// Writes what may change about a scope of `resource`; says whether there is one.
///
/// # Errors
///
/// When the database fails.
pub async fn update_scope(
    tx: &Tx,
    resource: Id<Resource>,
    scope: &ScopeDefinition,
) -> Result<bool, StoreError> {
    let done = scope::Entity::update_many()
        .col_expr(scope::Column::DisplayName, Expr::value(scope.display_name.clone()))
        .col_expr(scope::Column::Description, Expr::value(scope.description.clone()))
        .col_expr(scope::Column::IsDefault, Expr::value(scope.default))
        .filter(scope::Column::Id.eq(scope.id.as_uuid()))
        .filter(scope::Column::ResourceId.eq(resource.as_uuid()))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Deletes a scope of `resource`; says whether there was one.
///
/// # Errors
///
/// When the database fails.
pub async fn remove_scope(
    tx: &Tx,
    resource: Id<Resource>,
    scope: Id<ScopeDefinition>,
) -> Result<bool, StoreError> {
    let done = scope::Entity::delete_many()
        .filter(scope::Column::Id.eq(scope.as_uuid()))
        .filter(scope::Column::ResourceId.eq(resource.as_uuid()))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Up to `limit` clients of applications that exist which may ask for one of
/// `names`, each with all that it may ask for.
///
/// # Errors
///
/// When the database fails.
pub async fn clients_that_may_ask(
    db: &impl Read,
    names: &[&str],
    limit: u64,
) -> Result<Vec<(Id<domain::Client>, protocol::Scope)>, StoreError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let any = names
        .iter()
        .fold(Condition::any(), |any, name| any.add(has_word(client::Column::Scopes, name)));
    let rows: Vec<(Uuid, String)> = client::Entity::find()
        .select_only()
        .columns([client::Column::Id, client::Column::Scopes])
        .filter(any)
        .filter(client::Column::ApplicationId.in_subquery(existing_applications()))
        .order_by_asc(client::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db.conn())
        .await?;
    rows.into_iter()
        .map(|(id, scopes)| {
            Ok((Id::from_uuid(id), crate::column::convert("client.scopes", scopes)?))
        })
        .collect()
}

/// How many clients may ask for each combination of scopes that any may ask for.
///
/// # Errors
///
/// When the database fails.
pub async fn scope_combinations(db: &impl Read) -> Result<Vec<(protocol::Scope, u64)>, StoreError> {
    let rows: Vec<(String, i64)> = client::Entity::find()
        .select_only()
        .column(client::Column::Scopes)
        .column_as(client::Column::Id.count(), "clients")
        .filter(client::Column::ApplicationId.in_subquery(existing_applications()))
        .group_by(client::Column::Scopes)
        .into_tuple()
        .all(db.conn())
        .await?;
    rows.into_iter()
        .map(|(scopes, count)| {
            let scopes = crate::column::convert("client.scopes", scopes)?;
            Ok((scopes, u64::try_from(count).unwrap_or_default()))
        })
        .collect()
}

fn existing_applications() -> sea_orm::sea_query::SelectStatement {
    sea_orm::QueryTrait::into_query(
        application::Entity::find()
            .select_only()
            .column(application::Column::Id)
            .filter(application::Column::DeletedAt.is_null()),
    )
}

fn condition(text: Option<&str>) -> Condition {
    Condition::all().add_option(text.map(|text| {
        contains(Column::NameCanonical.into_expr(), &searchable(text))
            .or(contains(lower(Column::Identifier), &text.trim().to_ascii_lowercase()))
    }))
}

async fn with_scopes(db: &impl Read, rows: Vec<Model>) -> Result<Vec<Resource>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let scopes = scope::Entity::find()
        .filter(scope::Column::ResourceId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(scope::Column::Position)
        .order_by_asc(scope::Column::Id)
        .all(db.conn())
        .await?;
    let mut by_resource: HashMap<Uuid, Vec<ScopeDefinition>> = HashMap::new();
    for row in scopes {
        by_resource.entry(row.resource_id).or_default().push(scope_from_row(row)?);
    }
    rows.into_iter()
        .map(|row| {
            let scopes = by_resource.remove(&row.id).unwrap_or_default();
            resource_from_row(row, scopes)
        })
        .collect()
}
