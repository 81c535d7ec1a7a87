//! Revoking an API key.

use domain::{ApiKey, Id, Permission, audit::Action};
use serde_json::json;
use store::repo::api_keys;

use super::require_whole_reach;
use crate::{
    Call, Problem, Service,
    transaction::{Event, Target},
};

/// Revokes an API key at once.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AdminsWrite`], [`Problem::NotFound`].
pub async fn revoke(service: &Service, call: &Call, id: Id<ApiKey>) -> Result<(), Problem> {
    call.require(Permission::AdminsWrite)?;
    require_whole_reach(call)?;
    let now = service.parts.clock.now();
    service
        .write(async |tx| {
            let record = api_keys::find(tx, id).await?.ok_or(Problem::NotFound("API key"))?;
            if !api_keys::revoke(tx, id, now).await? {
                return Err(Problem::NotFound("API key"));
            }
            tx.invalidate_caches();
            let target = Target { id: id.to_string(), name: record.key.name };
            let action = Action::ApiKeyRevoked;
            let details = json!({});
            service.record(tx, Event { call, action, now, target, details }).await
        })
        .await
}
