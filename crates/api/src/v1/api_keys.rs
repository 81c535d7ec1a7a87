//! Keys for this API: list, make, revoke.

use actix_web::web::Data;
use domain::{ApiKey, Permission};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::{
    Service,
    api_keys::{self, CreateApiKey},
};
use utoipa::ToSchema;

use crate::{
    answer::{self, Answer, Created},
    input::Input,
    operation::{Operation, Shape, Tag},
    problem::ApiProblem,
    schema::{self, Timestamp},
};

/// A key for this API.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct ApiKeyJson {
    /// Identifies the key.
    #[schema(examples("apk_01k9xw3v5n8qj2m4r6t7p0abcd"))]
    id: String,
    /// What its maker called it.
    name: String,
    /// The value; only in the answer to the call that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    api_key: Option<String>,
    /// What it may do.
    #[schema(value_type = Vec<schema::Permission>)]
    permissions: Vec<&'static str>,
    /// Who made it; not in the answer to the call that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    created_by: Option<String>,
    /// When it was made.
    #[schema(value_type = Timestamp)]
    created_at: Timestamp,
    /// When it stops working, if ever.
    #[schema(required, value_type = Option<Timestamp>)]
    expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(required, value_type = Option<Timestamp>)]
    last_used_at: Option<Timestamp>,
}

impl ApiKeyJson {
    fn of(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            api_key: None,
            permissions: key.permissions.iter().map(|it| it.as_str()).collect(),
            created_by: None,
            created_at: key.created_at.into(),
            expires_at: key.expires_at.map(Timestamp),
            last_used_at: key.last_used_at.map(Timestamp),
        }
    }
}

/// A key to make.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateApiKey)]
pub(crate) struct CreateApiKeyBody {
    /// What to call it.
    #[schema(required, min_length = 1, max_length = 100)]
    #[serde(default)]
    name: String,
    /// What it may do; nothing that its maker may not.
    #[schema(required, value_type = Vec<schema::Permission>, min_items = 1)]
    #[serde(default)]
    permissions: Vec<String>,
    /// When it stops working; never, when left out.
    #[schema(value_type = Option<Timestamp>)]
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

fn example() -> Value {
    json!({
        "id": "apk_01k9xw3v5n8qj2m4r6t7p0abcd",
        "name": "deploy",
        "permissions": ["apps:read", "apps:write"],
        "created_by": "Alice Example",
        "created_at": "2026-11-18T11:06:40.123Z",
        "expires_at": "2027-02-16T00:00:00Z",
        "last_used_at": null
    })
}

fn shown_example() -> Value {
    let mut key = example();
    if let Some(key) = key.as_object_mut() {
        key.remove("created_by");
        let value = "cs_api_1EXAMPLEexampleEXAMPLEexampleEXAMPLEexamplexx_000000";
        key.insert("api_key".to_owned(), json!(value));
    }
    key
}

fn create_example() -> Value {
    json!({
        "name": "deploy",
        "permissions": ["apps:read", "apps:write"],
        "expires_at": "2027-02-16T00:00:00Z"
    })
}

const NO_PAGE: &str =
    "The control center has no page of API keys; the command line makes them too.";

/// `GET /api-keys`.
pub(crate) const LIST: Operation = Operation::list(
    "listApiKeys",
    Tag::ApiKeys,
    Permission::AdminsRead,
    Shape::of::<ApiKeyJson>(example),
)
.says("List API keys", "Lists the keys that were not revoked, never their values.")
.api_only(NO_PAGE);

/// `POST /api-keys`.
pub(crate) const CREATE: Operation = Operation::create(
    "createApiKey",
    Tag::ApiKeys,
    Permission::AdminsWrite,
    Shape::of::<ApiKeyJson>(shown_example),
)
.says(
    "Make an API key",
    "Makes a key with some of the permissions that the caller has. `api_key` is in this answer alone: the server keeps a digest. Writes `api_key.created` to the audit log.",
)
.takes(Shape::of::<CreateApiKeyBody>(create_example))
.api_only(NO_PAGE);

/// `DELETE /api-keys/{key_id}`.
pub(crate) const REVOKE: Operation =
    Operation::remove("revokeApiKey", Tag::ApiKeys, Permission::AdminsWrite)
        .says(
            "Revoke an API key",
            "The key stops working at once, for good. Writes `api_key.revoked` to the audit log.",
        )
        .api_only(NO_PAGE);

/// Lists keys.
pub(crate) async fn list(service: Data<Service>, input: Input) -> Answer {
    let listing = api_keys::list(&service, &input.call, input.query.page()?)
        .await
        .map_err(ApiProblem::of_query)?;
    Ok(answer::listing(&input, listing, |view| ApiKeyJson {
        created_by: Some(view.created_by),
        ..ApiKeyJson::of(&view.key)
    }))
}

/// Makes a key.
pub(crate) async fn create(service: Data<Service>, input: Input) -> Answer {
    let CreateApiKeyBody { name, permissions, expires_at } = input.body()?;
    let expires_at = expires_at.map(|it| it.0);
    let command = CreateApiKey { name, permissions, expires_at };
    let shown = api_keys::create(&service, &input.call, command).await?;
    let api_key = Some(shown.text.expose_secret().to_owned());
    let json = ApiKeyJson { api_key, ..ApiKeyJson::of(&shown.key) };
    let created = Created::at(&input, &format!("/api-keys/{}", shown.key.id));
    Ok(created.holds_secret(true).json(&json))
}

/// Revokes a key.
pub(crate) async fn revoke(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<ApiKey>("key_id", "API key")?;
    api_keys::revoke(&service, &input.call, id).await?;
    Ok(answer::nothing())
}
