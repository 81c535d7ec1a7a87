//! Adding, changing and retiring scopes.

use domain::{Id, Permission, Resource, ScopeDefinition, Timestamp, audit::Action};
use serde_json::json;
use store::{Tx, repo::resources};

use super::{
    AddScope, RemoveScope, UpdateScope,
    register::{MAX_SCOPES, SCOPE_TAKEN, check_scope, scope_fault, too_many_scopes},
    remove::require_unused,
};
use crate::{
    Call, Problem, Service,
    transaction::{Event, expect_version, require_written},
    validation,
};

/// Adds a scope to an API.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::ResourcesWrite`],
/// [`Problem::NotFound`], [`Problem::Invalid`] naming every field that breaks a
/// rule, or the name when it is taken.
pub async fn add_scope(
    service: &Service,
    call: &Call,
    mut command: AddScope,
) -> Result<Resource, Problem> {
    call.require(Permission::ResourcesWrite)?;
    command.scope.trim();
    let now = service.parts.clock.now();
    let mut faults = validation::faults(&command.scope);
    let checked = check_scope(service, &command.scope, "#", now);
    faults.extend(checked.as_ref().err().cloned());
    validation::refuse(faults)?;
    let scope = checked.map_err(|fault| Problem::Invalid(vec![fault]))?;
    let added = service
        .write(async |tx| {
            let mut resource = find(tx, command.resource_id).await?;
            if !resources::taken_scopes(tx, &[scope.name.as_str()]).await?.is_empty() {
                return Err(scope_taken());
            }
            if resource.scopes.len() >= MAX_SCOPES {
                return Err(Problem::Invalid(vec![too_many_scopes()]));
            }
            let position = i64::try_from(resource.scopes.len()).unwrap_or(i64::MAX);
            resources::insert_scope(tx, resource.id, &scope, position).await?;
            resource.scopes.push(scope.clone());
            let version = resource.version;
            touch(service, tx, call, (resource, version, now), ("added", &scope)).await
        })
        .await;
    match added {
        Err(Problem::Unavailable(error)) if error.is_unique_violation() => Err(scope_taken()),
        added => added,
    }
}

/// Changes what a scope is called and whether new clients get it.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::ResourcesWrite`],
/// [`Problem::NotFound`], [`Problem::Stale`], [`Problem::Invalid`].
pub async fn update_scope(
    service: &Service,
    call: &Call,
    mut command: UpdateScope,
) -> Result<Resource, Problem> {
    call.require(Permission::ResourcesWrite)?;
    validation::trim([&mut command.display_name, &mut command.description].into_iter().flatten());
    let now = service.parts.clock.now();
    let mut faults = validation::faults(&command);
    for (field, text) in
        [("display_name", &command.display_name), ("description", &command.description)]
    {
        faults.extend(text.as_deref().and_then(|text| validation::line_fault(field, text)));
    }
    validation::refuse(faults)?;
    service
        .write(async |tx| {
            let mut resource = find(tx, command.resource_id).await?;
            let version = expect_version(Some(command.version), resource.version)?;
            let scope = resource
                .scopes
                .iter_mut()
                .find(|scope| scope.id == command.scope_id)
                .ok_or(Problem::NotFound("scope"))?;
            let old = scope.clone();
            scope.display_name = command.display_name.unwrap_or_else(|| old.display_name.clone());
            scope.description = command.description.unwrap_or_else(|| old.description.clone());
            scope.default = command.default.unwrap_or(old.default);
            if *scope == old {
                return Ok(resource);
            }
            let scope = scope.clone();
            resources::update_scope(tx, resource.id, &scope).await?;
            touch(service, tx, call, (resource, version, now), ("updated", &scope)).await
        })
        .await
}

/// Retires a scope that no client may ask for.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::ResourcesWrite`],
/// [`Problem::NotFound`], [`Problem::Stale`], [`Problem::Conflict`] while it is in use.
pub async fn remove_scope(
    service: &Service,
    call: &Call,
    command: RemoveScope,
) -> Result<Resource, Problem> {
    call.require(Permission::ResourcesWrite)?;
    let now = service.parts.clock.now();
    service
        .write(async |tx| {
            let mut resource = find(tx, command.resource_id).await?;
            let version = expect_version(Some(command.version), resource.version)?;
            let at = resource.scopes.iter().position(|scope| scope.id == command.scope_id);
            let scope = resource.scopes.remove(at.ok_or(Problem::NotFound("scope"))?);
            require_unused(tx, call, &[scope.name.as_str()]).await?;
            resources::remove_scope(tx, resource.id, scope.id).await?;
            touch(service, tx, call, (resource, version, now), ("removed", &scope)).await
        })
        .await
}

/// The API, of which nobody else changes a scope, or begins to use one, in the meantime.
async fn find(tx: &Tx, id: Id<Resource>) -> Result<Resource, Problem> {
    resources::lock(tx, id).await?;
    resources::find(tx, id).await?.ok_or(Problem::NotFound("API"))
}

fn scope_taken() -> Problem {
    Problem::Invalid(vec![scope_fault("#", "taken", SCOPE_TAKEN)])
}

/// A change of its scopes is a change of the API.
async fn touch(
    service: &Service,
    tx: &Tx,
    call: &Call,
    (resource, version, now): (Resource, i64, Timestamp),
    (what, scope): (&str, &ScopeDefinition),
) -> Result<Resource, Problem> {
    let resource = Resource { updated_at: now, version: version + 1, ..resource };
    require_written(resources::update(tx, &resource, version).await?, version)?;
    tx.invalidate_caches();
    let details = json!({ "fields": ["scopes"], what: [scope.name.as_str()] });
    let (action, target) = (Action::ResourceUpdated, super::target(&resource));
    service.record(tx, Event { call, action, now, target, details }).await?;
    Ok(resource)
}
