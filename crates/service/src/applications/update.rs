//! Changing an application.

use domain::{Application, ApplicationStatus, FieldError, Id, Permission, audit::Action};
use serde_json::json;
use store::repo::applications;

use super::{
    ApplicationView, UpdateApplication,
    register::{check_links, check_owner, check_texts},
    view::view,
};
use crate::{
    ApplicationScope, Call, Patch, Problem, Service,
    transaction::{Event, changed_names, expect_version, require_written},
    validation,
};

/// Changes an application; disabling it makes its tokens worthless at once.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AppsWrite`], [`Problem::NotFound`],
/// [`Problem::Stale`], [`Problem::Invalid`] naming every field that breaks a rule.
pub async fn update(
    service: &Service,
    call: &Call,
    command: UpdateApplication,
) -> Result<ApplicationView, Problem> {
    call.require(Permission::AppsWrite)?;
    let now = service.parts.clock.now();
    let command = trimmed(command);
    let (status, mut faults) = check(call, &command);
    service
        .write(async |tx| {
            let mut record = applications::find(tx, command.id, call.owner_seen())
                .await?
                .ok_or(Problem::NotFound("application"))?;
            faults.extend(check_owner(tx, call, command.owner.value().copied()).await?);
            validation::refuse(faults)?;
            let old = record.application.clone();
            let version = expect_version(Some(command.version), old.version)?;
            let new = changed(&old, command, status);
            let names = changed_fields(&old, &new);
            if !names.is_empty() {
                let new = Application { updated_at: now, version: version + 1, ..new };
                require_written(applications::update(tx, &new, version).await?, version)?;
                tx.invalidate_caches();
                let details = json!({ "fields": names, "status": new.status });
                let (action, target) = (Action::ApplicationUpdated, (&new).into());
                service.record(tx, Event { call, action, now, target, details }).await?;
                record.application = new;
            }
            Ok(view(tx, record).await?)
        })
        .await
}

/// Enables or disables an application.
///
/// # Errors
///
/// As [`update`].
pub async fn set_status(
    service: &Service,
    call: &Call,
    id: Id<Application>,
    status: ApplicationStatus,
    version: Option<i64>,
) -> Result<ApplicationView, Problem> {
    call.require(Permission::AppsWrite)?;
    let current = applications::find(&service.parts.store, id, call.owner_seen())
        .await?
        .ok_or(Problem::NotFound("application"))?;
    let version = expect_version(version, current.application.version)?;
    let status = Some(status.as_str().to_owned());
    update(service, call, UpdateApplication { status, ..UpdateApplication::of(id, version) }).await
}

fn trimmed(mut command: UpdateApplication) -> UpdateApplication {
    validation::trim([&mut command.name, &mut command.description].into_iter().flatten());
    for uri in [&mut command.client_uri, &mut command.policy_uri, &mut command.tos_uri] {
        if let Patch::Set(text) = uri {
            let text = text.trim().to_owned();
            *uri = if text.is_empty() { Patch::Clear } else { Patch::Set(text) };
        }
    }
    command
}

fn check(call: &Call, command: &UpdateApplication) -> (Option<ApplicationStatus>, Vec<FieldError>) {
    let mut faults = validation::faults(command);
    faults.extend(check_texts(command.name.as_deref(), command.description.as_deref()));
    faults.extend(check_links([
        ("client_uri", command.client_uri.value().map(String::as_str)),
        ("policy_uri", command.policy_uri.value().map(String::as_str)),
        ("tos_uri", command.tos_uri.value().map(String::as_str)),
    ]));
    let status = command.status.as_deref().and_then(|text| {
        let parsed = text.trim().parse().ok();
        if parsed.is_none() {
            let detail = "Choose active or disabled.";
            faults.push(FieldError::of("status", "unknown-status", detail));
        }
        parsed
    });
    if command.owner == Patch::Clear && call.applications != ApplicationScope::All {
        let detail = "Only an administrator can leave an application without an owner.";
        faults.push(FieldError::of("owner", "not-yours", detail));
    }
    (status, faults)
}

fn changed(
    old: &Application,
    command: UpdateApplication,
    status: Option<ApplicationStatus>,
) -> Application {
    let old = old.clone();
    Application {
        name: command.name.unwrap_or(old.name),
        description: command.description.unwrap_or(old.description),
        status: status.unwrap_or(old.status),
        owner: command.owner.apply(old.owner),
        client_uri: command.client_uri.apply(old.client_uri),
        policy_uri: command.policy_uri.apply(old.policy_uri),
        tos_uri: command.tos_uri.apply(old.tos_uri),
        ..old
    }
}

fn changed_fields(old: &Application, new: &Application) -> Vec<&'static str> {
    changed_names(&[
        ("name", old.name != new.name),
        ("description", old.description != new.description),
        ("status", old.status != new.status),
        ("owner", old.owner != new.owner),
        ("client_uri", old.client_uri != new.client_uri),
        ("policy_uri", old.policy_uri != new.policy_uri),
        ("tos_uri", old.tos_uri != new.tos_uri),
    ])
}
