//! Changing a client.

use domain::{
    Client, ClientKeys, ClientSettings, FieldError, Permission, Timestamp, audit::Action,
};
use serde_json::{Value, json};
use store::{
    Tx,
    repo::{client_secrets, clients},
};

use super::{
    Catalogue, Subject, UpdateClient, UpdatedClient,
    changes::{ChangedSettings, change_settings},
    find, require_permissions_of,
};
use crate::{
    Call, Problem, Service,
    transaction::{Event, changed_names, client_details, expect_version, require_written},
    validation,
};

/// Changes the settings of a client.
///
/// A client that no longer uses a secret loses those it has.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AppsWrite`] or a permission that
/// the client has, [`Problem::NotFound`], [`Problem::Stale`], [`Problem::Invalid`]
/// naming every field that breaks a rule.
pub async fn update(
    service: &Service,
    call: &Call,
    command: UpdateClient,
) -> Result<UpdatedClient, Problem> {
    update_as_read(service, call, command, |_| Vec::new()).await
}

/// As [`update`], where what was read came back whole: `compare` finds the faults of members
/// that cannot be set and are not what the client has.
///
/// # Errors
///
/// As [`update`].
pub async fn update_as_read(
    service: &Service,
    call: &Call,
    command: UpdateClient,
    compare: impl FnOnce(&Client) -> Vec<FieldError>,
) -> Result<UpdatedClient, Problem> {
    call.require(Permission::AppsWrite)?;
    let now = service.parts.clock.now();
    service
        .write(async |tx| {
            let (application, mut client) =
                find(tx, call, command.application_id, command.environment).await?;
            require_permissions_of(call, &client.settings.scopes)?;
            let version = expect_version(Some(command.version), client.version)?;
            let catalogue = Catalogue::hold(tx).await?;
            let subject = Subject {
                call,
                catalogue: &catalogue,
                application_type: application.application_type,
                environment: command.environment,
            };
            let changed = judged(
                change_settings(subject, &client.settings, &command.changes),
                compare(&client),
            )?;
            let names = changed_fields(&client.settings, &changed.settings);
            let mut revoked_secrets = 0;
            if !names.is_empty() {
                client.settings = changed.settings;
                client.updated_at = now;
                client.version = version + 1;
                require_written(clients::update(tx, &client, version).await?, version)?;
                revoked_secrets = drop_unused_secrets(tx, &mut client, now).await?;
                tx.invalidate_caches();
                let mut details = client_details(&client);
                details.insert("fields".to_owned(), json!(names));
                let event = Event {
                    call,
                    action: Action::ClientUpdated,
                    now,
                    target: (&application).into(),
                    details: Value::Object(details),
                };
                service.record(tx, event).await?;
            }
            let has_secret = client.secrets.iter().any(|secret| secret.is_live(now));
            Ok(UpdatedClient {
                needs_secret: client.keeps_secret() && !has_secret,
                code_grant_turned_on: changed.code_grant_turned_on,
                revoked_secrets,
                client,
            })
        })
        .await
}

/// The changed settings, unless there is any fault in them or beside them.
fn judged(
    changed: Result<ChangedSettings, Vec<FieldError>>,
    beside: Vec<FieldError>,
) -> Result<ChangedSettings, Problem> {
    match changed {
        Ok(changed) => validation::refuse(beside).map(|()| changed),
        Err(mut faults) => {
            faults.extend(beside);
            Err(Problem::Invalid(faults))
        }
    }
}

/// A secret that the client does not use must not come to life again by a later change.
async fn drop_unused_secrets(tx: &Tx, client: &mut Client, now: Timestamp) -> Result<u64, Problem> {
    if client.keeps_secret() || client.secrets.is_empty() {
        return Ok(0);
    }
    client.secrets.clear();
    Ok(client_secrets::revoke_all(tx, client.id, now).await?)
}

/// The names of the fields that differ.
macro_rules! differing {
    ($old:ident, $new:ident: $($field:ident)*) => {
        changed_names(&[$((stringify!($field), $old.$field != $new.$field),)*])
    };
}

fn changed_fields(old: &ClientSettings, new: &ClientSettings) -> Vec<&'static str> {
    let changed = |part: fn(&ClientKeys) -> Option<&str>| {
        old.keys.as_ref().and_then(part) != new.keys.as_ref().and_then(part)
    };
    let mut names = differing!(old, new:
        redirect_uris
        post_logout_redirect_uris
        grant_types
        scopes
        default_scopes
        token_endpoint_auth_method
        require_pkce
        skip_consent
        dpop_bound_access_tokens
        access_token_lifetime_seconds
        id_token_lifetime_seconds
        refresh_mode
        refresh_token_idle_seconds
        refresh_token_absolute_seconds
        id_token_signed_response_alg
        response_modes
        authorization_signed_response_alg
        require_pushed_authorization_requests
        request_object_signing_alg
        require_signed_request_object
        token_endpoint_auth_signing_alg
        accept_endpoint_audience
    );
    names.extend(changed_names(&[
        ("jwks", changed(ClientKeys::jwks)),
        ("jwks_uri", changed(ClientKeys::jwks_uri)),
    ]));
    names
}
