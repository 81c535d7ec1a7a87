//! Generating a secret.

use domain::{
    Application, Client, ClientSecret, Environment, FieldError, HandleKind, Id, Permission,
    Timestamp, audit::Action,
};
use serde_json::{Value, json};
use store::{Tx, repo::client_secrets};

use super::{GenerateSecret, ShownSecret};
use crate::{
    Call, Problem, Service,
    clients::{self, require_permissions_of},
    transaction::{Event, client_details},
    validation,
};

/// The most secrets of a client that work at the same time.
const MAX_SECRETS: usize = 10;

/// Generates one more secret for a client; its value is in this answer alone.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::SecretsWrite`] or a permission
/// that the client has, [`Problem::NotFound`], [`Problem::Invalid`], and
/// [`Problem::Conflict`] for a client that keeps no secret or has too many.
pub async fn generate(
    service: &Service,
    call: &Call,
    mut command: GenerateSecret,
) -> Result<ShownSecret, Problem> {
    call.require(Permission::SecretsWrite)?;
    let now = service.parts.clock.now();
    validation::trim([&mut command.label]);
    let mut faults = validation::faults(&command);
    faults.extend(check_label(&command.label));
    faults.extend(check_end(command.expires_at, now));
    validation::refuse(faults)?;
    service
        .write(async |tx| {
            let (application, client) =
                find_secret_holder(tx, call, command.application_id, command.environment).await?;
            require_room(&client.secrets, now)?;
            let wanted = Wanted { label: command.label, expires_at: command.expires_at };
            let (kept, shown) = new_secret(service, tx, call, &client, (wanted, now)).await?;
            let details = secret_details(&client, &kept);
            let action = Action::SecretGenerated;
            let target = (&application).into();
            service.record(tx, Event { call, action, now, target, details }).await?;
            Ok(shown)
        })
        .await
}

/// Refuses one more secret beside those of `secrets` that work.
pub(super) fn require_room<'a>(
    secrets: impl IntoIterator<Item = &'a ClientSecret>,
    now: Timestamp,
) -> Result<(), Problem> {
    if secrets.into_iter().filter(|it| it.is_live(now)).count() < MAX_SECRETS {
        return Ok(());
    }
    let detail = format!("A client has at most {MAX_SECRETS} secrets. Revoke one first.");
    Err(Problem::Conflict { code: "too-many-secrets", detail })
}

/// What a new secret is to be.
pub(crate) struct Wanted {
    pub(crate) label: String,
    pub(crate) expires_at: Option<Timestamp>,
}

/// Makes and keeps a secret; what is kept does not tell what is shown.
pub(crate) async fn new_secret(
    service: &Service,
    tx: &Tx,
    call: &Call,
    client: &Client,
    (wanted, now): (Wanted, Timestamp),
) -> Result<(ClientSecret, ShownSecret), Problem> {
    let entropy = &*service.parts.entropy;
    let kind = match client.environment {
        Environment::Production => HandleKind::ProductionSecret,
        Environment::Sandbox => HandleKind::SandboxSecret,
    };
    let (handle, digest) = service.parts.handles.issue(kind, entropy);
    let kept = ClientSecret {
        id: Id::new(now, entropy),
        label: wanted.label,
        hint: format!("cs_{}_…{}", kind.prefix(), handle.hint()),
        digest,
        created_by: call.actor.name.clone(),
        created_at: now,
        expires_at: wanted.expires_at,
        last_used_at: None,
        last_used_from: None,
        version: 1,
    };
    client_secrets::insert(tx, client.id, &kept).await?;
    tx.invalidate_caches();
    let shown = ShownSecret {
        id: kept.id,
        label: kept.label.clone(),
        hint: kept.hint.clone(),
        client_secret: handle.into(),
        created_at: now,
        expires_at: kept.expires_at,
    };
    Ok((kept, shown))
}

/// The application and its client, if the caller may change the client's secrets. Nobody else
/// gives the client a secret, or replaces one, until the transaction ends.
pub(super) async fn find_secret_holder(
    tx: &Tx,
    call: &Call,
    application_id: Id<Application>,
    environment: Environment,
) -> Result<(Application, Client), Problem> {
    client_secrets::lock_client(tx, application_id, environment).await?;
    let (application, client) = clients::find(tx, call, application_id, environment).await?;
    require_permissions_of(call, &client.settings.scopes)?;
    if !client.keeps_secret() {
        let detail = "This client does not prove itself with a secret.".to_owned();
        return Err(Problem::Conflict { code: "no-secret", detail });
    }
    Ok((application, client))
}

/// Which secret of which client an event is about.
pub(crate) fn secret_details(client: &Client, secret: &ClientSecret) -> Value {
    let mut details = client_details(client);
    details.insert("secret".to_owned(), json!(secret.id));
    Value::Object(details)
}

pub(super) fn check_label(label: &str) -> Option<FieldError> {
    validation::line_fault("label", label)
}

pub(super) fn check_end(end: Option<Timestamp>, now: Timestamp) -> Option<FieldError> {
    let is_past = end.is_some_and(|end| end <= now);
    is_past.then(|| FieldError::of("expires_at", "in-past", "Choose a time in the future."))
}
