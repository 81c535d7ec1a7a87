//! Listing the secrets of a client.

use domain::{Application, ClientSecret, Environment, Id};

use crate::{Call, Problem, Service, clients};

/// The secrets of a client that were not revoked, the newest first.
///
/// # Errors
///
/// [`Problem::Forbidden`] without `apps:read`, [`Problem::NotFound`].
pub async fn list(
    service: &Service,
    call: &Call,
    application_id: Id<Application>,
    environment: Environment,
) -> Result<Vec<ClientSecret>, Problem> {
    Ok(clients::get(service, call, application_id, environment).await?.secrets)
}
