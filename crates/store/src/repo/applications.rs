//! Applications, with their clients and the clients' secrets.

mod filter;

use std::collections::HashMap;

use domain::{
    Application, ApplicationStatus, ApplicationType, Client, ClientSecret, Environment, Id,
    Timestamp, User, searchable,
};
use protocol::GrantType;
use sea_orm::{
    ActiveValue::Set,
    EntityTrait as _, QueryFilter as _, QueryOrder as _,
    prelude::*,
    sea_query::{Expr, ExprTrait as _},
};

use super::{
    keyset::{self, Position, SortKey, SortedBy},
    names::ApplicationName,
    page::{Page, PageRequest},
    registered_clients::{client_from_row, secrets_of},
};
use crate::{
    StoreError, Tx, column,
    entity::{
        application::{ActiveModel, Column, Entity, Model},
        client,
    },
    store::{Connected as _, Read},
};

/// Which applications are wanted; an empty filter wants all that are not deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApplicationFilter {
    /// Found in the name or a redirect URI, or the identifier of it or of a client; case and
    /// accents do not count.
    pub text: Option<String>,
    /// Found in a redirect URI; case does not count.
    pub redirect_uri_contains: Option<String>,
    /// Only this kind.
    pub application_type: Option<ApplicationType>,
    /// Only those with a client that may use this grant.
    pub grant_type: Option<GrantType>,
    /// Only those with a client that may ask for this scope.
    pub scope: Option<String>,
    /// Only this status.
    pub status: Option<ApplicationStatus>,
    /// Only those with a client in this environment.
    pub environment: Option<Environment>,
    /// Only those of this person.
    pub owner: Option<Id<User>>,
    /// Only those that keep a secret, or only those that do not.
    pub confidential: Option<bool>,
    /// Only those that asked for no token since then.
    pub unused_since: Option<Timestamp>,
}

/// What applications are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ApplicationSort {
    /// The name.
    #[default]
    Name,
    /// When it was registered.
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// When it last asked for a token.
    LastUsedAt,
}

/// An application with what is kept beside it.
#[derive(Debug, Clone)]
pub struct ApplicationRecord {
    /// The application with its clients, and their secrets that were not revoked.
    pub application: Application,
    /// When each of its clients last asked for a token, to the minute.
    pub last_used: Vec<(Environment, Timestamp)>,
}

impl ApplicationRecord {
    /// Where the application stands in a list that is sorted by `sort`.
    #[must_use]
    pub fn position(&self, sort: ApplicationSort) -> Position<Application> {
        let last_used = self.last_used.iter().map(|(_, at)| at.as_millis()).max();
        let key = match sort {
            ApplicationSort::Name => SortKey::Text(searchable(&self.application.name)),
            ApplicationSort::CreatedAt => SortKey::Number(self.application.created_at.as_millis()),
            ApplicationSort::UpdatedAt => SortKey::Number(self.application.updated_at.as_millis()),
            ApplicationSort::LastUsedAt => SortKey::Number(last_used.unwrap_or_default()),
        };
        Position { key, id: self.application.id }
    }
}

/// Adds an application; its clients are added by themselves.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(tx: &Tx, application: &Application) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(application.id.as_uuid()),
        name: Set(application.name.clone()),
        name_canonical: Set(searchable(&application.name)),
        description: Set(application.description.clone()),
        application_type: Set(application.application_type.as_str().to_owned()),
        status: Set(application.status.as_str().to_owned()),
        owner_id: Set(application.owner.map(Id::as_uuid)),
        client_uri: Set(application.client_uri.clone()),
        policy_uri: Set(application.policy_uri.clone()),
        tos_uri: Set(application.tos_uri.clone()),
        created_at: Set(application.created_at.as_millis()),
        updated_at: Set(application.updated_at.as_millis()),
        deleted_at: Set(None),
        version: Set(application.version),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// Writes what may change about `application`, unless someone changed it since
/// `version`; says whether it did. The new version is that of `application`.
///
/// # Errors
///
/// When the database fails.
pub async fn update(tx: &Tx, application: &Application, version: i64) -> Result<bool, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::Name, Expr::value(application.name.clone()))
        .col_expr(Column::NameCanonical, Expr::value(searchable(&application.name)))
        .col_expr(Column::Description, Expr::value(application.description.clone()))
        .col_expr(Column::Status, Expr::value(application.status.as_str()))
        .col_expr(Column::OwnerId, Expr::value(application.owner.map(Id::as_uuid)))
        .col_expr(Column::ClientUri, Expr::value(application.client_uri.clone()))
        .col_expr(Column::PolicyUri, Expr::value(application.policy_uri.clone()))
        .col_expr(Column::TosUri, Expr::value(application.tos_uri.clone()))
        .col_expr(Column::UpdatedAt, Expr::value(application.updated_at.as_millis()))
        .col_expr(Column::Version, Expr::value(application.version))
        .filter(Column::Id.eq(application.id.as_uuid()))
        .filter(Column::Version.eq(version))
        .filter(Column::DeletedAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Marks an application as deleted, unless someone changed it since `version`;
/// says whether it did.
///
/// # Errors
///
/// When the database fails.
pub async fn remove(
    tx: &Tx,
    id: Id<Application>,
    version: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::DeletedAt, Expr::value(now.as_millis()))
        .col_expr(Column::UpdatedAt, Expr::value(now.as_millis()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::Version.eq(version))
        .filter(Column::DeletedAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// The application `id`, if it is not deleted and `owner_seen` may see it.
///
/// # Errors
///
/// When the database fails.
pub async fn find(
    db: &impl Read,
    id: Id<Application>,
    owner_seen: Option<Id<User>>,
) -> Result<Option<ApplicationRecord>, StoreError> {
    let row =
        Entity::find_by_id(id.as_uuid()).filter(filter::visible(owner_seen)).one(db.conn()).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(records(db, vec![row]).await?.pop())
}

/// The applications that `filter` wants and `owner_seen` may see.
///
/// # Errors
///
/// When the database fails.
pub async fn list(
    db: &impl Read,
    filter: &ApplicationFilter,
    owner_seen: Option<Id<User>>,
    sort: (ApplicationSort, bool),
    page: &PageRequest<Position<Application>>,
) -> Result<Page<ApplicationRecord>, StoreError> {
    let query = Entity::find().filter(filter::condition(filter, owner_seen));
    let (by, descending) = sort;
    let sorted = SortedBy { key: Some(filter::sort_key(by)), descending };
    let rows = keyset::from_position(query, Column::Id, sorted, page).all(db.conn()).await?;
    Ok(page.page(records(db, rows).await?))
}

/// How many applications `filter` wants and `owner_seen` may see, counted no further than `most`.
///
/// # Errors
///
/// When the database fails.
pub async fn count(
    db: &impl Read,
    filter: &ApplicationFilter,
    owner_seen: Option<Id<User>>,
    most: u64,
) -> Result<u64, StoreError> {
    let query = Entity::find().filter(filter::condition(filter, owner_seen));
    keyset::count_up_to(db, query, Column::Id, most).await
}

/// The names of the first `limit` applications that `filter` wants and `owner_seen` may see.
///
/// # Errors
///
/// When the database fails.
pub async fn names(
    db: &impl Read,
    filter: &ApplicationFilter,
    owner_seen: Option<Id<User>>,
    limit: u64,
) -> Result<Vec<ApplicationName>, StoreError> {
    use sea_orm::QuerySelect as _;
    let rows: Vec<(Uuid, String)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Name])
        .filter(filter::condition(filter, owner_seen))
        .order_by_asc(Column::NameCanonical)
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db.conn())
        .await?;
    let named = |(id, name)| ApplicationName { id: Id::from_uuid(id), name };
    Ok(rows.into_iter().map(named).collect())
}

/// Whether any client was ever issued anything.
///
/// # Errors
///
/// When the database fails.
pub async fn was_any_used(db: &impl Read) -> Result<bool, StoreError> {
    let used = client::Entity::find().filter(client::Column::LastUsedAt.is_not_null());
    Ok(used.one(db.conn()).await?.is_some())
}

async fn records(db: &impl Read, rows: Vec<Model>) -> Result<Vec<ApplicationRecord>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let clients = client::Entity::find()
        .filter(client::Column::ApplicationId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(client::Column::Environment)
        .all(db.conn())
        .await?;
    let ids: Vec<Uuid> = clients.iter().map(|row| row.id).collect();
    let mut secrets = secrets_of(db, &ids).await?;
    let mut by_application: HashMap<Uuid, Vec<client::Model>> = HashMap::new();
    for row in clients {
        by_application.entry(row.application_id).or_default().push(row);
    }
    rows.into_iter()
        .map(|row| {
            let clients = by_application.remove(&row.id).unwrap_or_default();
            record(row, clients, &mut secrets)
        })
        .collect()
}

fn record(
    row: Model,
    client_rows: Vec<client::Model>,
    secrets: &mut HashMap<Uuid, Vec<ClientSecret>>,
) -> Result<ApplicationRecord, StoreError> {
    let mut clients: Vec<Client> = Vec::with_capacity(client_rows.len());
    let mut last_used = Vec::new();
    for client_row in client_rows {
        let used = client_row.last_used_at.map(Timestamp::from_millis);
        let of_client = secrets.remove(&client_row.id).unwrap_or_default();
        let client = client_from_row(client_row, of_client)?;
        last_used.extend(used.map(|at| (client.environment, at)));
        clients.push(client);
    }
    let application = Application {
        id: Id::from_uuid(row.id),
        name: row.name,
        description: row.description,
        application_type: column::parse("application.application_type", &row.application_type)?,
        status: column::parse("application.status", &row.status)?,
        owner: row.owner_id.map(Id::from_uuid),
        client_uri: row.client_uri,
        policy_uri: row.policy_uri,
        tos_uri: row.tos_uri,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
        version: row.version,
        clients,
    };
    Ok(ApplicationRecord { application, last_used })
}
