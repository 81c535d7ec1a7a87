//! Deleting an application.

use domain::{Application, Id, Permission, audit::Action};
use serde_json::json;
use store::repo::{
    applications,
    issued::{self, IssuedFilter, Which},
};

use crate::{
    Call, Problem, Service,
    clients::require_permissions_of,
    transaction::{Event, expect_version, require_written},
};

/// Deletes an application; what was issued to it and approved for it ends.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AppsWrite`], [`Problem::NotFound`],
/// [`Problem::Stale`].
pub async fn remove(
    service: &Service,
    call: &Call,
    id: Id<Application>,
    version: Option<i64>,
) -> Result<(), Problem> {
    call.require(Permission::AppsWrite)?;
    let now = service.parts.clock.now();
    service
        .write(async |tx| {
            let application = applications::find(tx, id, call.owner_seen())
                .await?
                .ok_or(Problem::NotFound("application"))?
                .application;
            for client in &application.clients {
                require_permissions_of(call, &client.settings.scopes)?;
            }
            let version = expect_version(version, application.version)?;
            require_written(applications::remove(tx, id, version, now).await?, version)?;
            tx.invalidate_caches();
            let filter = IssuedFilter { application: Some(id), ..IssuedFilter::default() };
            let grants = Which { id: None, filter: &filter, owner_seen: None };
            let ended = issued::revoke_live_grants(tx, &grants, now).await?;
            let consents = Which { id: None, filter: &filter, owner_seen: None };
            issued::remove_consents(tx, &consents).await?;
            let details = json!({ "ended_grants": ended });
            let (action, target) = (Action::ApplicationRemoved, (&application).into());
            service.record(tx, Event { call, action, now, target, details }).await
        })
        .await
}
