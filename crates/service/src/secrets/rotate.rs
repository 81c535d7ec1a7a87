//! Replacing a secret.

use std::time::Duration;

use domain::{Client, ClientSecret, Id, Permission, Timestamp, audit::Action};
use serde_json::json;
use store::{Tx, repo::client_secrets};

use super::{
    RotateSecret, RotatedSecret, SecretPath,
    generate::{
        Wanted, check_end, check_label, find_secret_holder, new_secret, require_room,
        secret_details,
    },
};
use crate::{Call, Problem, Service, transaction::Event, validation};

/// Replaces a secret by a new one; the old one goes on working for as long as
/// was asked, and not longer than it would have.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::SecretsWrite`] or a permission
/// that the client has, [`Problem::NotFound`], [`Problem::Invalid`], and
/// [`Problem::Conflict`] for a client that keeps no secret or would have too many, and for
/// a secret that has ended.
pub async fn rotate(
    service: &Service,
    call: &Call,
    mut command: RotateSecret,
) -> Result<RotatedSecret, Problem> {
    call.require(Permission::SecretsWrite)?;
    let now = service.parts.clock.now();
    validation::trim(&mut command.label);
    let mut faults = validation::faults(&command);
    faults.extend(command.label.as_deref().and_then(check_label));
    faults.extend(check_end(command.expires_at, now));
    validation::refuse(faults)?;
    let SecretPath { application_id, environment, secret_id } = command.path;
    service
        .write(async |tx| {
            let (application, client) =
                find_secret_holder(tx, call, application_id, environment).await?;
            // Read now that nobody else rotates it: an end that another rotation gave has come.
            let now = service.parts.clock.now();
            let mut previous = find_secret(tx, &client, secret_id).await?;
            if !previous.is_live(now) {
                let detail = "This secret has ended already. Generate a new one.".to_owned();
                return Err(Problem::Conflict { code: "secret-ended", detail });
            }
            let end = now.plus(Duration::from_hours(command.overlap_hours.into()));
            previous.expires_at = Some(previous.expires_at.map_or(end, |it| it.min(end)));
            let others = client.secrets.iter().filter(|it| it.id != previous.id);
            require_room(others.chain([&previous]), now)?;
            let version = previous.version;
            previous.version = version + 1;
            if !client_secrets::update(tx, client.id, &previous, version).await? {
                // Somebody revokes it at this very moment.
                return Err(Problem::NotFound("secret"));
            }
            let label = command.label.as_deref().unwrap_or(&previous.label).to_owned();
            let wanted = Wanted { label, expires_at: command.expires_at };
            let (kept, secret) = new_secret(service, tx, call, &client, (wanted, now)).await?;
            let mut details = secret_details(&client, &kept);
            if let Some(details) = details.as_object_mut() {
                details.insert("previous_secret".to_owned(), json!(previous.id));
                details.insert("overlap_hours".to_owned(), json!(command.overlap_hours));
            }
            let (action, target) = (Action::SecretRotated, (&application).into());
            service.record(tx, Event { call, action, now, target, details }).await?;
            Ok(RotatedSecret { secret, previous })
        })
        .await
}

/// The secret of this very client; that of another does not exist here.
pub(super) async fn find_secret(
    tx: &Tx,
    client: &Client,
    id: Id<ClientSecret>,
) -> Result<ClientSecret, Problem> {
    client_secrets::find(tx, client.id, id).await?.ok_or(Problem::NotFound("secret"))
}

/// Whether the secret was used within a day before `now`.
pub(super) fn was_used_lately(secret: &ClientSecret, now: Timestamp) -> bool {
    let day = Duration::from_hours(24);
    secret.last_used_at.is_some_and(|at| now.since(at) < day)
}
