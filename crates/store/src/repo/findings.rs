//! What an administrator should look at.

use domain::{Client, ClientSecret, Id, Timestamp, User};
use protocol::ClientAuthMethod;
use sea_orm::{
    Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _,
    prelude::*,
    sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement},
};

use super::{names::ApplicationName, registered_clients::secret_from_row};
use crate::{
    StoreError,
    entity::{application, client, client_secret},
    store::Read,
};

/// The secrets that end between `from` and `until`, the first to end first, with whose they are.
///
/// Not those that a newer one outlives: they were replaced, and end as they should.
///
/// # Errors
///
/// When the database fails.
pub async fn ending_secrets(
    db: &impl Read,
    owner_seen: Option<Id<User>>,
    (from, until): (Timestamp, Timestamp),
    limit: u64,
) -> Result<Vec<(Id<Client>, ClientSecret)>, StoreError> {
    use client_secret::Column;
    let clients = client::Entity::find()
        .select_only()
        .column(client::Column::Id)
        .filter(client::Column::ApplicationId.in_subquery(existing(owner_seen)))
        .into_query();
    let newer = Alias::new("newer");
    let of_newer = |column: Column| Expr::col((newer.clone(), column));
    let of_this = |column: Column| (client_secret::Entity, column);
    let outlives = of_newer(Column::ExpiresAt)
        .is_null()
        .or(of_newer(Column::ExpiresAt).gt(Expr::col(of_this(Column::ExpiresAt))));
    let replacement = Query::select()
        .expr(Expr::value(1))
        .from_as(client_secret::Entity, newer.clone())
        .and_where(of_newer(Column::ClientId).equals(of_this(Column::ClientId)))
        .and_where(of_newer(Column::CreatedAt).gt(Expr::col(of_this(Column::CreatedAt))))
        .and_where(of_newer(Column::RevokedAt).is_null())
        .and_where(outlives)
        .to_owned();
    let rows = client_secret::Entity::find()
        .filter(Expr::exists(replacement).not())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gte(from.as_millis()))
        .filter(Column::ExpiresAt.lt(until.as_millis()))
        .filter(Column::ClientId.in_subquery(clients))
        .order_by_asc(Column::ExpiresAt)
        .limit(limit)
        .all(db.conn())
        .await?;
    rows.into_iter().map(|row| Ok((Id::from_uuid(row.client_id), secret_from_row(row)?))).collect()
}

/// Clients that need a secret to use their grants and have none that works.
///
/// # Errors
///
/// When the database fails.
pub async fn without_secret(
    db: &impl Read,
    owner_seen: Option<Id<User>>,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Id<Client>>, StoreError> {
    use client_secret::Column;
    let live = Query::select()
        .expr(Expr::value(1))
        .from(client_secret::Entity)
        .and_where(
            Expr::col((client_secret::Entity, Column::ClientId))
                .equals((client::Entity, client::Column::Id)),
        )
        .and_where(Column::RevokedAt.is_null())
        .and_where(Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now.as_millis())))
        .to_owned();
    let methods = ClientAuthMethod::ALL.into_iter().filter(|it| it.needs_secret());
    let with_secret: Vec<_> = methods.map(ClientAuthMethod::as_str).collect();
    let condition = Condition::all()
        .add(client::Column::TokenEndpointAuthMethod.is_in(with_secret))
        .add(client::Column::GrantTypes.ne(""))
        .add(Expr::exists(live).not());
    clients(db, owner_seen, condition, limit).await
}

/// Clients that may use no grant.
///
/// # Errors
///
/// When the database fails.
pub async fn without_grant(
    db: &impl Read,
    owner_seen: Option<Id<User>>,
    limit: u64,
) -> Result<Vec<Id<Client>>, StoreError> {
    let condition = Condition::all().add(client::Column::GrantTypes.eq(""));
    clients(db, owner_seen, condition, limit).await
}

/// Applications that nobody answers for.
///
/// # Errors
///
/// When the database fails.
pub async fn without_owner(db: &impl Read, limit: u64) -> Result<Vec<ApplicationName>, StoreError> {
    let rows: Vec<(Uuid, String)> = application::Entity::find()
        .select_only()
        .columns([application::Column::Id, application::Column::Name])
        .filter(application::Column::DeletedAt.is_null())
        .filter(application::Column::OwnerId.is_null())
        .order_by_asc(application::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db.conn())
        .await?;
    let named = |(id, name)| ApplicationName { id: Id::from_uuid(id), name };
    Ok(rows.into_iter().map(named).collect())
}

async fn clients(
    db: &impl Read,
    owner_seen: Option<Id<User>>,
    condition: Condition,
    limit: u64,
) -> Result<Vec<Id<Client>>, StoreError> {
    let ids: Vec<Uuid> = client::Entity::find()
        .select_only()
        .column(client::Column::Id)
        .filter(condition)
        .filter(client::Column::ApplicationId.in_subquery(existing(owner_seen)))
        .order_by_asc(client::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db.conn())
        .await?;
    Ok(ids.into_iter().map(Id::from_uuid).collect())
}

fn existing(owner_seen: Option<Id<User>>) -> SelectStatement {
    application::Entity::find()
        .select_only()
        .column(application::Column::Id)
        .filter(application::Column::DeletedAt.is_null())
        .filter(
            Condition::all()
                .add_option(owner_seen.map(|it| application::Column::OwnerId.eq(it.as_uuid()))),
        )
        .into_query()
}
