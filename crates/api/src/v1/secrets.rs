//! Client secrets: list, generate, rename, rotate, revoke.

use actix_web::web::Data;
use domain::{Application, ClientSecret, Permission};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::{
    Patch, Service,
    secrets::{self, GenerateSecret, RotateSecret, SecretPath, ShownSecret, UpdateSecret},
};
use utoipa::ToSchema;

use crate::{
    answer::{self, Answer, Created},
    input::Input,
    operation::{Operation, Shape, Tag},
    problem::ApiProblem,
    schema::{Timestamp, patch, present},
};

/// A client secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClientSecret)]
pub(crate) struct SecretJson {
    /// Identifies the secret.
    #[schema(examples("sec_01k9xw3v5n8qj2m4r6t7p0abcd"))]
    id: String,
    /// What its maker called it; may be empty.
    label: String,
    /// The start and the last four characters, to recognise it by.
    hint: String,
    /// The value; only in the answer to the call that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    client_secret: Option<String>,
    /// When it was made.
    #[schema(value_type = Timestamp)]
    created_at: Timestamp,
    /// When it stops working, if ever.
    #[schema(required, value_type = Option<Timestamp>)]
    expires_at: Option<Timestamp>,
    /// When it last proved its client, to the minute.
    #[schema(required, value_type = Option<Timestamp>)]
    last_used_at: Option<Timestamp>,
}

impl SecretJson {
    pub(crate) fn of(secret: &ClientSecret) -> Self {
        Self {
            id: secret.id.to_string(),
            label: secret.label.clone(),
            hint: secret.hint.clone(),
            client_secret: None,
            created_at: secret.created_at.into(),
            expires_at: secret.expires_at.map(Timestamp),
            last_used_at: secret.last_used_at.map(Timestamp),
        }
    }

    fn shown(secret: &ShownSecret) -> Self {
        Self {
            id: secret.id.to_string(),
            label: secret.label.clone(),
            hint: secret.hint.clone(),
            client_secret: Some(secret.client_secret.expose_secret().to_owned()),
            created_at: secret.created_at.into(),
            expires_at: secret.expires_at.map(Timestamp),
            last_used_at: None,
        }
    }

    /// Adds the value, if `secret` is this one.
    pub(crate) fn show(&mut self, secret: &ShownSecret) {
        if self.id == secret.id.to_string() {
            self.client_secret = Some(secret.client_secret.expose_secret().to_owned());
        }
    }
}

/// The secrets of a client.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClientSecrets)]
pub(crate) struct SecretsJson {
    /// Those that were not revoked, the newest first.
    data: Vec<SecretJson>,
}

/// A secret to generate.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateClientSecret)]
pub(crate) struct CreateSecretBody {
    /// What to call it.
    #[schema(required = false, max_length = 100)]
    #[serde(default)]
    label: String,
    /// When it stops working; never, when left out.
    #[schema(value_type = Option<Timestamp>)]
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// In hours: as long as the page of the control center proposes.
const fn a_day() -> u32 {
    24
}

/// A secret to replace.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RotateClientSecret)]
pub(crate) struct RotateSecretBody {
    /// How long the old one goes on working; a day, when left out. With 0 it ends at once.
    #[schema(required = false, minimum = 0, maximum = 168, default = 24)]
    #[serde(default = "a_day")]
    overlap_hours: u32,
    /// What to call the new one; the old one's label when left out.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 100)]
    label: Option<String>,
    /// When the new one stops working; never, when left out.
    #[schema(value_type = Option<Timestamp>)]
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// A merge patch of a secret.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateClientSecret)]
pub(crate) struct UpdateSecretBody {
    /// What to call it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 100)]
    label: Option<String>,
    /// When it stops working; `null` for never.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Timestamp>)]
    expires_at: Patch<Timestamp>,
}

pub(crate) fn example() -> Value {
    json!({
        "id": "sec_01k9xw3v5n8qj2m4r6t7p0abcd",
        "label": "deploy",
        "hint": "cs_sbx_…Q8gh",
        "created_at": "2026-11-18T11:06:40.123Z",
        "expires_at": null,
        "last_used_at": null
    })
}

pub(crate) fn shown_example() -> Value {
    let mut secret = example();
    if let Some(secret) = secret.as_object_mut() {
        let value = "cs_sbx_1EXAMPLEexampleEXAMPLEexampleEXAMPLEexamplexx_000000";
        secret.insert("client_secret".to_owned(), json!(value));
    }
    secret
}

const SECRET: Shape = Shape::of::<SecretJson>(example);
const SHOWN: Shape = Shape::of::<SecretJson>(shown_example);

/// `GET …/secrets`.
pub(crate) const LIST: Operation = Operation::read(
    "listClientSecrets",
    Tag::Secrets,
    Permission::AppsRead,
    Shape::of::<SecretsJson>(|| json!({ "data": [example()] })),
)
.says(
    "List the secrets of a client",
    "Lists the secrets that were not revoked, never their values.",
);

/// `POST …/secrets`.
pub(crate) const CREATE: Operation =
    Operation::create("createClientSecret", Tag::Secrets, Permission::SecretsWrite, SHOWN)
        .says(
            "Generate a client secret",
            "Generates one more secret; those there are go on working. `client_secret` is in this answer alone: the server keeps a digest. Writes `secret.generated` to the audit log.",
        )
        .takes(Shape::of::<CreateSecretBody>(|| json!({ "label": "deploy", "expires_at": "2027-11-18T00:00:00Z" })))
        .conflicts(&["no-secret", "too-many-secrets"]);

/// `GET …/secrets/{secret_id}`.
pub(crate) const GET: Operation =
    Operation::read("getClientSecret", Tag::Secrets, Permission::AppsRead, SECRET)
        .says("Show a client secret", "Shows what is known of a secret, never its value.")
        .versioned();

/// `PATCH …/secrets/{secret_id}`.
pub(crate) const UPDATE: Operation =
    Operation::read("updateClientSecret", Tag::Secrets, Permission::SecretsWrite, SECRET)
        .says(
            "Rename a client secret or set its end",
            "Changes the label or the end of a secret; never its value.",
        )
        .takes(Shape::of::<UpdateSecretBody>(
            || json!({ "label": "old deploy", "expires_at": null }),
        ))
        .guarded()
        .versioned()
        .conflicts(&["no-secret", "secret-ended"])
        .api_only("The control center replaces and revokes secrets; it does not rename them.");

/// `DELETE …/secrets/{secret_id}`.
pub(crate) const REVOKE: Operation =
    Operation::remove("revokeClientSecret", Tag::Secrets, Permission::SecretsWrite).says(
        "Revoke a client secret",
        "The secret stops working at once, for good. Tokens that were issued go on. Writes `secret.revoked` to the audit log.",
    );

/// `POST …/secrets/{secret_id}/rotate`.
pub(crate) const ROTATE: Operation =
    Operation::create("rotateClientSecret", Tag::Secrets, Permission::SecretsWrite, SHOWN)
        .says(
            "Replace a client secret",
            "Generates a new secret and gives the old one an end, `overlap_hours` from now. `client_secret` is in this answer alone. Writes `secret.rotated` to the audit log.",
        )
        .takes(Shape::of::<RotateSecretBody>(|| json!({ "overlap_hours": 24 })))
        .conflicts(&["no-secret", "secret-ended", "too-many-secrets"]);

fn path(input: &Input) -> Result<SecretPath, ApiProblem> {
    Ok(SecretPath {
        application_id: input.id("application_id", "application")?,
        environment: input.environment()?,
        secret_id: input.id("secret_id", "client secret")?,
    })
}

fn address(path: &SecretPath) -> String {
    let SecretPath { application_id, environment, secret_id } = path;
    format!("/applications/{application_id}/clients/{environment}/secrets/{secret_id}")
}

/// Lists secrets.
pub(crate) async fn list(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<Application>("application_id", "application")?;
    let secrets = secrets::list(&service, &input.call, id, input.environment()?).await?;
    Ok(answer::ok(&SecretsJson { data: secrets.iter().map(SecretJson::of).collect() }))
}

/// Generates a secret.
pub(crate) async fn create(service: Data<Service>, input: Input) -> Answer {
    let application_id = input.id::<Application>("application_id", "application")?;
    let environment = input.environment()?;
    let CreateSecretBody { label, expires_at } = input.body()?;
    let expires_at = expires_at.map(|it| it.0);
    let command = GenerateSecret { application_id, environment, label, expires_at };
    let secret = secrets::generate(&service, &input.call, command).await?;
    let path = SecretPath { application_id, environment, secret_id: secret.id };
    Ok(Created::at(&input, &address(&path)).holds_secret(true).json(&SecretJson::shown(&secret)))
}

/// Shows a secret.
pub(crate) async fn get(service: Data<Service>, input: Input) -> Answer {
    let SecretPath { application_id, environment, secret_id } = path(&input)?;
    let secrets = secrets::list(&service, &input.call, application_id, environment).await?;
    let secret = secrets.iter().find(|it| it.id == secret_id);
    let secret = secret.ok_or_else(|| ApiProblem::not_found("client secret"))?;
    Ok(answer::versioned(&input, secret.version, &SecretJson::of(secret)))
}

/// Renames a secret or sets its end.
pub(crate) async fn update(service: Data<Service>, input: Input) -> Answer {
    let path = path(&input)?;
    let version = input.version()?;
    let UpdateSecretBody { label, expires_at } = input.body()?;
    let expires_at = match expires_at {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Clear,
        Patch::Set(at) => Patch::Set(at.0),
    };
    let command = UpdateSecret { path, version, label, expires_at };
    let secret = secrets::update(&service, &input.call, command).await?;
    Ok(answer::versioned(&input, secret.version, &SecretJson::of(&secret)))
}

/// Revokes a secret.
pub(crate) async fn revoke(service: Data<Service>, input: Input) -> Answer {
    secrets::revoke(&service, &input.call, path(&input)?).await?;
    Ok(answer::nothing())
}

/// Replaces a secret.
pub(crate) async fn rotate(service: Data<Service>, input: Input) -> Answer {
    let path = path(&input)?;
    let RotateSecretBody { overlap_hours, label, expires_at } = input.body()?;
    let expires_at = expires_at.map(|it| it.0);
    let command = RotateSecret { path, overlap_hours, label, expires_at };
    let secret = secrets::rotate(&service, &input.call, command).await?.secret;
    let new = SecretPath { secret_id: secret.id, ..path };
    Ok(Created::at(&input, &address(&new)).holds_secret(true).json(&SecretJson::shown(&secret)))
}
