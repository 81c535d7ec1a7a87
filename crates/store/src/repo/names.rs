//! Things as other things' lists name them.

use std::collections::HashMap;

use domain::{Application, Client, Environment, Id, User};
use sea_orm::{EntityTrait as _, QueryFilter as _, QuerySelect as _, prelude::*};

use crate::{
    StoreError, column,
    entity::{account, application, client},
    store::Read,
};

/// An application as other things' lists name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationName {
    /// Identifies it.
    pub id: Id<Application>,
    /// What people call it.
    pub name: String,
}

/// A client as other things' lists name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientName {
    /// Its application.
    pub application: ApplicationName,
    /// Its environment.
    pub environment: Environment,
    /// The identifier it sends.
    pub client_id: String,
}

/// A person as other things' lists name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserName {
    /// Identifies the account.
    pub id: Id<User>,
    /// What the person is called; the user name where that is empty.
    pub name: String,
    /// What the person signs in with.
    pub username: String,
}

impl From<&User> for UserName {
    fn from(user: &User) -> Self {
        Self { id: user.id, name: user.shown_name().to_owned(), username: user.username.clone() }
    }
}

/// The names of these clients, deleted applications' too.
///
/// # Errors
///
/// When the database fails.
pub async fn of_clients(
    db: &impl Read,
    ids: impl IntoIterator<Item = Id<Client>>,
) -> Result<HashMap<Id<Client>, ClientName>, StoreError> {
    let ids: Vec<Uuid> = ids.into_iter().map(Id::as_uuid).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let clients: Vec<(Uuid, Uuid, String, String)> = client::Entity::find()
        .select_only()
        .columns([
            client::Column::Id,
            client::Column::ApplicationId,
            client::Column::Environment,
            client::Column::ClientId,
        ])
        .filter(client::Column::Id.is_in(ids))
        .into_tuple()
        .all(db.conn())
        .await?;
    let names = of_applications(db, clients.iter().map(|it| it.1)).await?;
    let mut found = HashMap::new();
    for (id, application, environment, client_id) in clients {
        let Some(name) = names.get(&application) else { continue };
        let environment = column::parse("client.environment", &environment)?;
        found.insert(
            Id::from_uuid(id),
            ClientName { application: name.clone(), environment, client_id },
        );
    }
    Ok(found)
}

async fn of_applications(
    db: &impl Read,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, ApplicationName>, StoreError> {
    let rows: Vec<(Uuid, String)> = application::Entity::find()
        .select_only()
        .columns([application::Column::Id, application::Column::Name])
        .filter(application::Column::Id.is_in(ids))
        .into_tuple()
        .all(db.conn())
        .await?;
    let named = |(id, name)| (id, ApplicationName { id: Id::from_uuid(id), name });
    Ok(rows.into_iter().map(named).collect())
}

/// The names of these people.
///
/// # Errors
///
/// When the database fails.
pub async fn of_users(
    db: &impl Read,
    ids: impl IntoIterator<Item = Id<User>>,
) -> Result<HashMap<Id<User>, UserName>, StoreError> {
    let ids: Vec<Uuid> = ids.into_iter().map(Id::as_uuid).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String, String)> = account::Entity::find()
        .select_only()
        .columns([account::Column::Id, account::Column::Name, account::Column::Username])
        .filter(account::Column::Id.is_in(ids))
        .into_tuple()
        .all(db.conn())
        .await?;
    let named = |(id, name, username): (Uuid, String, String)| {
        let id = Id::from_uuid(id);
        let name = if name.is_empty() { username.clone() } else { name };
        (id, UserName { id, name, username })
    };
    Ok(rows.into_iter().map(named).collect())
}
