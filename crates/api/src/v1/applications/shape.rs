//! How applications are written and asked for.

use domain::{Application, Id, User};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::{
    Patch,
    applications::{ApplicationView, RegisterApplication, UpdateApplication},
    secrets::ShownSecret,
};
use utoipa::ToSchema;

use crate::{
    schema::{self, Timestamp, patch, present},
    v1::{
        clients::{
            settings::client_settings,
            shape::{self as client, ClientJson},
        },
        shared::id_text,
    },
};

/// What a developer registered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Application)]
pub(crate) struct ApplicationJson {
    /// Identifies the application.
    #[schema(examples("app_01k9xw3v5n8qj2m4r6t7p0abcd"))]
    id: String,
    /// What people see on the consent page.
    name: String,
    /// A sentence about it; may be empty.
    description: String,
    /// What kind of program it is.
    #[schema(value_type = schema::ApplicationType)]
    r#type: &'static str,
    /// Whether it may ask for tokens.
    #[schema(value_type = schema::ApplicationStatus)]
    status: &'static str,
    /// The person who answers for it.
    #[schema(required, examples("usr_01k9xw3v5n8qj2m4r6t7p0abcd"))]
    owner: Option<String>,
    /// Its home page.
    #[schema(required, format = "uri")]
    client_uri: Option<String>,
    /// Its privacy policy.
    #[schema(required, format = "uri")]
    policy_uri: Option<String>,
    /// Its terms.
    #[schema(required, format = "uri")]
    tos_uri: Option<String>,
    /// When it was registered.
    #[schema(value_type = Timestamp)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = Timestamp)]
    updated_at: Timestamp,
    /// When one of its clients last asked for a token, to the minute.
    #[schema(required, value_type = Option<Timestamp>)]
    last_used_at: Option<Timestamp>,
    /// Its clients, one an environment.
    clients: Vec<ClientJson>,
}

impl ApplicationJson {
    pub(crate) fn of(view: &ApplicationView) -> Self {
        let application = &view.application;
        Self {
            id: application.id.to_string(),
            name: application.name.clone(),
            description: application.description.clone(),
            r#type: application.application_type.as_str(),
            status: application.status.as_str(),
            owner: id_text(application.owner),
            client_uri: application.client_uri.clone(),
            policy_uri: application.policy_uri.clone(),
            tos_uri: application.tos_uri.clone(),
            created_at: application.created_at.into(),
            updated_at: application.updated_at.into(),
            last_used_at: view.last_used_at().map(Timestamp),
            clients: application.clients.iter().map(ClientJson::of).collect(),
        }
    }

    /// With the value of the secret that was just made.
    pub(crate) fn showing(mut self, secret: Option<ShownSecret>) -> Self {
        if let Some(secret) = secret {
            for client in &mut self.clients {
                client.show(&secret);
            }
        }
        self
    }
}

client_settings! {
    /// An application to register, with the settings of its first client.
    #[derive(Debug, Default, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(as = CreateApplication)]
    pub(crate) struct CreateApplicationBody {
        /// What people see on the consent page.
        #[schema(required, min_length = 1, max_length = 100)]
        #[serde(default)]
        name: String,
        /// A sentence about it.
        #[schema(required = false, max_length = 512)]
        #[serde(default)]
        description: String,
        /// What kind of program it is; it chooses safe settings for what is left out.
        #[schema(required, value_type = schema::ApplicationType)]
        #[serde(default)]
        r#type: String,
        /// The environment of its first client; `sandbox` when left out.
        #[serde(default, deserialize_with = "present")]
        #[schema(value_type = schema::Environment, required = false)]
        environment: Option<String>,
        /// The person who answers for it; the person who calls, when left out.
        #[schema(value_type = Option<String>, examples("usr_01k9xw3v5n8qj2m4r6t7p0abcd"))]
        #[serde(default)]
        owner: Option<Id<User>>,
        /// Its home page.
        #[schema(format = "uri", max_length = 2048)]
        #[serde(default)]
        client_uri: Option<String>,
        /// Its privacy policy.
        #[schema(format = "uri", max_length = 2048)]
        #[serde(default)]
        policy_uri: Option<String>,
        /// Its terms.
        #[schema(format = "uri", max_length = 2048)]
        #[serde(default)]
        tos_uri: Option<String>,
    }
}

impl CreateApplicationBody {
    pub(crate) fn command(self) -> RegisterApplication {
        let client = self.changes();
        RegisterApplication {
            name: self.name,
            description: self.description,
            application_type: self.r#type,
            environment: self.environment.unwrap_or_default(),
            client_uri: self.client_uri,
            policy_uri: self.policy_uri,
            tos_uri: self.tos_uri,
            owner: self.owner,
            client,
        }
    }
}

/// A merge patch of an application.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateApplication)]
pub(crate) struct UpdateApplicationBody {
    /// What people see on the consent page.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// A sentence about it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 512)]
    description: Option<String>,
    /// Whether it may ask for tokens.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = schema::ApplicationStatus, required = false)]
    status: Option<String>,
    /// The person who answers for it; `null` for nobody.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>)]
    owner: Patch<Id<User>>,
    /// Its home page; `null` for none.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "uri", max_length = 2048)]
    client_uri: Patch<String>,
    /// Its privacy policy; `null` for none.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "uri", max_length = 2048)]
    policy_uri: Patch<String>,
    /// Its terms; `null` for none.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "uri", max_length = 2048)]
    tos_uri: Patch<String>,
}

impl UpdateApplicationBody {
    pub(crate) fn command(self, id: Id<Application>, version: i64) -> UpdateApplication {
        UpdateApplication {
            name: self.name,
            description: self.description,
            status: self.status,
            client_uri: self.client_uri,
            policy_uri: self.policy_uri,
            tos_uri: self.tos_uri,
            owner: self.owner,
            ..UpdateApplication::of(id, version)
        }
    }
}

pub(crate) fn example() -> Value {
    json!({
        "id": "app_01k9xw3v5n8qj2m4r6t7p0abcd",
        "name": "Photo Printer",
        "description": "Prints the photos you choose.",
        "type": "web",
        "status": "active",
        "owner": "usr_01k9xw3v5n8qj2m4r6t7p0abcd",
        "client_uri": "https://printer.example.com",
        "policy_uri": null,
        "tos_uri": null,
        "created_at": "2026-11-18T11:06:40.123Z",
        "updated_at": "2026-11-18T11:06:40.123Z",
        "last_used_at": null,
        "clients": [client::example()]
    })
}

pub(crate) fn created_example() -> Value {
    let mut application = example();
    if let Some(secret) = application.pointer_mut("/clients/0/secrets/0") {
        *secret = crate::v1::secrets::shown_example();
    }
    application
}

pub(crate) fn create_example() -> Value {
    json!({
        "name": "Photo Printer",
        "type": "web",
        "environment": "sandbox",
        "redirect_uris": ["http://localhost:3000/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "scopes": ["openid", "photos.read"]
    })
}

pub(crate) fn update_example() -> Value {
    json!({ "name": "Photo Printer Pro", "policy_uri": "https://printer.example.com/privacy", "tos_uri": null })
}
