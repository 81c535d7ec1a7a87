//! Changing an API.

use domain::{Permission, Resource, audit::Action};
use serde_json::json;
use store::repo::resources;

use super::{
    ResourceView, UpdateResource,
    list::view_of,
    register::{check_format, check_lines},
};
use crate::{
    Call, Problem, Service,
    transaction::{Event, changed_names, expect_version, require_written},
    validation,
};

/// Changes an API; tokens that were issued before keep their form.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::ResourcesWrite`],
/// [`Problem::NotFound`], [`Problem::Stale`], [`Problem::Invalid`].
pub async fn update(
    service: &Service,
    call: &Call,
    mut command: UpdateResource,
) -> Result<ResourceView, Problem> {
    call.require(Permission::ResourcesWrite)?;
    validation::trim([&mut command.name, &mut command.description].into_iter().flatten());
    let now = service.parts.clock.now();
    let mut faults = validation::faults(&command);
    let token_format = command.token_format.as_deref().map(|it| check_format(it, &mut faults));
    faults.extend(check_lines(command.name.as_deref(), command.description.as_deref()));
    validation::refuse(faults)?;
    service
        .write(async |tx| {
            let old = resources::find(tx, command.id).await?.ok_or(Problem::NotFound("API"))?;
            let version = expect_version(Some(command.version), old.version)?;
            let new = Resource {
                name: command.name.unwrap_or_else(|| old.name.clone()),
                description: command.description.unwrap_or_else(|| old.description.clone()),
                token_format: token_format.unwrap_or(old.token_format),
                updated_at: now,
                version: version + 1,
                ..old.clone()
            };
            let names = changed_names(&[
                ("name", old.name != new.name),
                ("description", old.description != new.description),
                ("token_format", old.token_format != new.token_format),
            ]);
            if names.is_empty() {
                return Ok(view_of(tx, old).await?);
            }
            require_written(resources::update(tx, &new, version).await?, version)?;
            tx.invalidate_caches();
            let details = json!({ "fields": names });
            let (action, target) = (Action::ResourceUpdated, super::target(&new));
            service.record(tx, Event { call, action, now, target, details }).await?;
            Ok(view_of(tx, new).await?)
        })
        .await
}
