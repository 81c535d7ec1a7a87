//! Deleting an API.

use domain::{Id, Permission, Resource, audit::Action};
use serde_json::json;
use store::{
    Tx,
    repo::{names, resources},
};

use crate::{
    Call, Problem, Service,
    transaction::{Event, expect_version, require_written},
};

/// So many users of a thing are named when it cannot be deleted because of them.
const NAMED: usize = 5;
/// So many users are looked at.
const MAX_USES: u64 = 1000;

/// Deletes an API that no client may ask for.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::ResourcesWrite`],
/// [`Problem::NotFound`], [`Problem::Stale`], [`Problem::Conflict`] while it is in use.
pub async fn remove(
    service: &Service,
    call: &Call,
    id: Id<Resource>,
    version: Option<i64>,
) -> Result<(), Problem> {
    call.require(Permission::ResourcesWrite)?;
    let now = service.parts.clock.now();
    service
        .write(async |tx| {
            // Locked before the look at who uses it, so that nobody begins to in between.
            resources::lock(tx, id).await?;
            let resource = resources::find(tx, id).await?.ok_or(Problem::NotFound("API"))?;
            let version = expect_version(version, resource.version)?;
            let scopes: Vec<&str> = resource.scopes.iter().map(|it| it.name.as_str()).collect();
            require_unused(tx, call, &scopes).await?;
            require_written(resources::remove(tx, id, version).await?, version)?;
            tx.invalidate_caches();
            let details = json!({ "scopes": scopes });
            let (action, target) = (Action::ResourceRemoved, super::target(&resource));
            service.record(tx, Event { call, action, now, target, details }).await
        })
        .await
}

/// Refuses while a client may ask for one of `scopes`, and says which.
pub(super) async fn require_unused(tx: &Tx, call: &Call, scopes: &[&str]) -> Result<(), Problem> {
    let users = resources::clients_that_may_ask(tx, scopes, MAX_USES).await?;
    if users.is_empty() {
        return Ok(());
    }
    let may_see = call.has(Permission::AppsRead) && call.owner_seen().is_none();
    let shown = if may_see {
        names::of_clients(tx, users.iter().take(NAMED).map(|(id, _)| *id)).await?
    } else {
        std::collections::HashMap::new()
    };
    let mut names: Vec<String> = shown
        .into_values()
        .map(|client| format!("{} ({})", client.application.name, client.environment))
        .collect();
    names.sort();
    let who = match (names.as_slice(), users.len()) {
        ([], count) => format!("{count} clients"),
        (names, count) if count > names.len() => {
            format!("{} and {} more", names.join(", "), count - names.len())
        }
        (names, _) => names.join(", "),
    };
    let detail = format!("Still in use by {who}. Take the scope from them first.");
    Err(Problem::Conflict { code: "in-use", detail })
}
