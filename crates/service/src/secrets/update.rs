//! Giving a secret another label or end.

use domain::{ClientSecret, Permission, audit::Action};
use serde_json::json;
use store::repo::client_secrets;

use super::{
    SecretPath, UpdateSecret,
    generate::{check_end, check_label, find_secret_holder, secret_details},
    rotate::find_secret,
};
use crate::{
    Call, Patch, Problem, Service,
    transaction::{Event, changed_names, expect_version, require_written},
    validation,
};

/// Gives a secret another label or end; one that has ended stays ended.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::SecretsWrite`] or a permission
/// that the client has, [`Problem::NotFound`], [`Problem::Stale`], [`Problem::Invalid`],
/// and [`Problem::Conflict`] for a client that keeps no secret or a secret that has ended.
pub async fn update(
    service: &Service,
    call: &Call,
    mut command: UpdateSecret,
) -> Result<ClientSecret, Problem> {
    call.require(Permission::SecretsWrite)?;
    let now = service.parts.clock.now();
    validation::trim(&mut command.label);
    let mut faults = validation::faults(&command);
    faults.extend(command.label.as_deref().and_then(check_label));
    faults.extend(check_end(command.expires_at.value().copied(), now));
    validation::refuse(faults)?;
    let SecretPath { application_id, environment, secret_id } = command.path;
    let end: Patch<_> = command.expires_at;
    service
        .write(async |tx| {
            let (application, client) =
                find_secret_holder(tx, call, application_id, environment).await?;
            let old = find_secret(tx, &client, secret_id).await?;
            expect_version(Some(command.version), old.version)?;
            if !old.is_live(now) {
                let detail = "This secret has ended. Generate another one.".to_owned();
                return Err(Problem::Conflict { code: "secret-ended", detail });
            }
            let mut secret = old.clone();
            if let Some(label) = &command.label {
                label.clone_into(&mut secret.label);
            }
            secret.expires_at = end.apply(old.expires_at);
            let names = changed_names(&[
                ("label", secret.label != old.label),
                ("expires_at", secret.expires_at != old.expires_at),
            ]);
            if names.is_empty() {
                return Ok(secret);
            }
            secret.version = old.version + 1;
            let written = client_secrets::update(tx, client.id, &secret, old.version).await?;
            require_written(written, old.version)?;
            tx.invalidate_caches();
            let mut details = secret_details(&client, &secret);
            if let Some(details) = details.as_object_mut() {
                details.insert("fields".to_owned(), json!(names));
            }
            let (action, target) = (Action::ClientUpdated, (&application).into());
            service.record(tx, Event { call, action, now, target, details }).await?;
            Ok(secret)
        })
        .await
}
