//! Reading one client.

use domain::{Application, Client, Environment, Id, Permission};
use store::{Read, repo::applications};

use crate::{Call, Problem, Service};

/// The client of an application in one environment, with its secrets.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AppsRead`], [`Problem::NotFound`].
pub async fn get(
    service: &Service,
    call: &Call,
    application_id: Id<Application>,
    environment: Environment,
) -> Result<Client, Problem> {
    call.require(Permission::AppsRead)?;
    let (_, client) = find(&service.parts.store, call, application_id, environment).await?;
    Ok(client)
}

/// The application and its client, if the caller may see them.
pub(crate) async fn find(
    db: &impl Read,
    call: &Call,
    application_id: Id<Application>,
    environment: Environment,
) -> Result<(Application, Client), Problem> {
    let record = applications::find(db, application_id, call.owner_seen())
        .await?
        .ok_or(Problem::NotFound("application"))?;
    let mut application = record.application;
    let at = application.clients.iter().position(|client| client.environment == environment);
    let client = at.map(|at| application.clients.swap_remove(at));
    Ok((application, client.ok_or(Problem::NotFound("client"))?))
}
