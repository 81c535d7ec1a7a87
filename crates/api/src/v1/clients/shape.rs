//! How clients are written and asked for; names follow RFC 7591 where it has them.

use domain::{Client, ClientKeys, FieldError};
use protocol::GrantType;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::secrets::ShownSecret;
use utoipa::ToSchema;

use super::settings::client_settings;
use crate::{
    schema::{self, Timestamp, present},
    v1::{
        secrets::{self, SecretJson},
        shared::tokens,
    },
};

/// The OAuth client of an application in one environment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting with a name of its own")]
pub(crate) struct ClientJson {
    /// The identifier it sends.
    #[schema(examples("app_sbx_1lc0fkuzExgy6Ydu"))]
    client_id: String,
    /// The application it belongs to.
    application_id: String,
    /// Where its tokens count.
    #[schema(value_type = schema::Environment)]
    environment: &'static str,
    /// Where people may be sent back to.
    redirect_uris: Vec<String>,
    /// Where people may be sent after they sign out.
    post_logout_redirect_uris: Vec<String>,
    /// How it may ask for tokens.
    #[schema(value_type = Vec<schema::GrantType>)]
    grant_types: Vec<&'static str>,
    /// What the authorization endpoint may send it.
    #[schema(value_type = Vec<schema::ResponseType>)]
    response_types: Vec<&'static str>,
    /// What it may ask for.
    scopes: Vec<String>,
    /// What it gets when it asks for nothing.
    default_scopes: Vec<String>,
    /// How it proves who it is.
    #[schema(value_type = schema::TokenEndpointAuthMethod)]
    token_endpoint_auth_method: &'static str,
    /// Whether a code flow without PKCE is refused.
    require_pkce: bool,
    /// Whether people are not asked.
    skip_consent: bool,
    /// Whether tokens are only issued bound to a key, which the client proves to hold, RFC 9449.
    dpop_bound_access_tokens: bool,
    /// How long its access tokens live.
    access_token_lifetime_seconds: u32,
    /// How long its ID tokens live.
    id_token_lifetime_seconds: u32,
    /// What happens to a refresh token that is used.
    #[schema(value_type = schema::RefreshMode)]
    refresh_mode: &'static str,
    /// How long an unused refresh token lives.
    refresh_token_idle_seconds: u32,
    /// How long a refresh token lives at most.
    refresh_token_absolute_seconds: u32,
    /// What its ID tokens are signed with.
    #[schema(value_type = schema::SigningAlgorithm)]
    id_token_signed_response_alg: &'static str,
    /// What may carry the answers of the authorization endpoint.
    #[schema(value_type = Vec<schema::ResponseMode>)]
    response_modes: Vec<&'static str>,
    /// What those answers are signed with when a request wants them as JWTs; `null` when it may
    /// not.
    #[schema(value_type = Option<schema::SigningAlgorithm>)]
    authorization_signed_response_alg: Option<&'static str>,
    /// Whether it may ask only by requests that it pushed, RFC 9126.
    require_pushed_authorization_requests: bool,
    /// What its request objects are signed with; `null` for the safe ones.
    #[schema(value_type = Option<schema::AssertionAlgorithm>)]
    request_object_signing_alg: Option<&'static str>,
    /// Whether it may ask only by requests that it signed, RFC 9101.
    require_signed_request_object: bool,
    /// Its public keys, where they were sent.
    #[schema(value_type = Option<Object>)]
    jwks: Option<Value>,
    /// Where it publishes its keys.
    jwks_uri: Option<String>,
    /// What its assertions are signed with; `null` for any but RS256.
    #[schema(value_type = Option<schema::AssertionAlgorithm>)]
    token_endpoint_auth_signing_alg: Option<&'static str>,
    /// Whether its assertions may name an endpoint as audience instead of the issuer.
    accept_endpoint_audience: bool,
    /// When it was made.
    #[schema(value_type = Timestamp)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = Timestamp)]
    updated_at: Timestamp,
    /// Its secrets that were not revoked, the newest first.
    secrets: Vec<SecretJson>,
}

impl ClientJson {
    pub(crate) fn of(client: &Client) -> Self {
        let settings = &client.settings;
        let keys = settings.keys.as_ref();
        let texts = |uris: &[protocol::RedirectUri]| uris.iter().map(ToString::to_string).collect();
        let has_code = client.allows(GrantType::AuthorizationCode);
        Self {
            client_id: client.client_id.to_string(),
            application_id: client.application_id.to_string(),
            environment: client.environment.as_str(),
            redirect_uris: texts(&settings.redirect_uris),
            post_logout_redirect_uris: texts(&settings.post_logout_redirect_uris),
            grant_types: settings.grant_types.iter().map(|it| it.as_str()).collect(),
            response_types: if has_code { vec!["code"] } else { Vec::new() },
            scopes: tokens(&settings.scopes),
            default_scopes: tokens(&settings.default_scopes),
            token_endpoint_auth_method: settings.token_endpoint_auth_method.as_str(),
            require_pkce: settings.require_pkce,
            skip_consent: settings.skip_consent,
            dpop_bound_access_tokens: settings.dpop_bound_access_tokens,
            access_token_lifetime_seconds: settings.access_token_lifetime_seconds,
            id_token_lifetime_seconds: settings.id_token_lifetime_seconds,
            refresh_mode: settings.refresh_mode.as_str(),
            refresh_token_idle_seconds: settings.refresh_token_idle_seconds,
            refresh_token_absolute_seconds: settings.refresh_token_absolute_seconds,
            id_token_signed_response_alg: settings.id_token_signed_response_alg.as_str(),
            response_modes: settings.response_modes.iter().map(|it| it.as_str()).collect(),
            authorization_signed_response_alg: settings
                .authorization_signed_response_alg
                .map(domain::IdTokenAlg::as_str),
            require_pushed_authorization_requests: settings.require_pushed_authorization_requests,
            request_object_signing_alg: settings
                .request_object_signing_alg
                .map(domain::JwsAlg::as_str),
            require_signed_request_object: settings.require_signed_request_object,
            jwks: keys.and_then(ClientKeys::jwks).and_then(|it| serde_json::from_str(it).ok()),
            jwks_uri: keys.and_then(ClientKeys::jwks_uri).map(str::to_owned),
            token_endpoint_auth_signing_alg: settings
                .token_endpoint_auth_signing_alg
                .map(domain::JwsAlg::as_str),
            accept_endpoint_audience: settings.accept_endpoint_audience,
            created_at: client.created_at.into(),
            updated_at: client.updated_at.into(),
            secrets: client.secrets.iter().map(SecretJson::of).collect(),
        }
    }

    /// Adds the value of a secret that was just made.
    pub(crate) fn show(&mut self, secret: &ShownSecret) {
        for json in &mut self.secrets {
            json.show(secret);
        }
    }
}

client_settings! {
    /// The settings of a client; what is left out is chosen by the type of the application.
    #[derive(Debug, Default, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(as = ClientSettings)]
    pub(crate) struct ClientBody {}
}

client_settings! {
    /// A merge patch of a client. What cannot be set is taken as it was read, so that a client
    /// can be sent back whole.
    #[derive(Debug, Default, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[schema(as = UpdateClient)]
    pub(crate) struct UpdateClientBody {
        /// The identifier it sends, unchanged.
        #[serde(default, deserialize_with = "present")]
        #[schema(value_type = String, required = false)]
        client_id: Option<Value>,
        /// The application it belongs to, unchanged.
        #[serde(default, deserialize_with = "present")]
        #[schema(value_type = String, required = false)]
        application_id: Option<Value>,
        /// Where its tokens count, unchanged.
        #[serde(default, deserialize_with = "present")]
        #[schema(value_type = schema::Environment, required = false)]
        environment: Option<Value>,
        /// When it was made, unchanged.
        #[serde(default, deserialize_with = "present")]
        #[schema(value_type = Timestamp, required = false)]
        created_at: Option<Value>,
        /// When it was last changed, as it was read.
        #[serde(default, deserialize_with = "present")]
        #[schema(value_type = Timestamp, required = false)]
        updated_at: Option<Value>,
        /// Its secrets, unchanged; they are changed at addresses of their own. When they were
        /// last used is not compared.
        #[serde(default, deserialize_with = "present")]
        #[schema(value_type = Vec<SecretJson>, required = false)]
        secrets: Option<Value>,
    }
}

impl UpdateClientBody {
    /// Members that cannot be set and are not as `current` has them.
    pub(crate) fn differences(&self, current: &ClientJson) -> Vec<FieldError> {
        let mut current = serde_json::to_value(current).unwrap_or_default();
        if let Some(secrets) = current.get_mut("secrets") {
            *secrets = without_last_uses(secrets.take());
        }
        let secrets = self.secrets.clone().map(without_last_uses);
        let sent = [
            ("client_id", &self.client_id),
            ("application_id", &self.application_id),
            ("environment", &self.environment),
            ("created_at", &self.created_at),
            ("updated_at", &self.updated_at),
            ("secrets", &secrets),
        ];
        sent.into_iter()
            .filter(|(name, sent)| sent.as_ref().is_some_and(|it| current.get(name) != Some(it)))
            .map(|(name, _)| {
                let detail = "This cannot be set here. Send it as it was read, or leave it out.";
                FieldError::of(name, "read-only", detail)
            })
            .collect()
    }
}

/// The server notes the last use of a secret by itself, between a read and a change too.
fn without_last_uses(mut secrets: Value) -> Value {
    let each = secrets.as_array_mut().into_iter().flatten();
    for secret in each.filter_map(Value::as_object_mut) {
        secret.remove("last_used_at");
    }
    secrets
}

pub(crate) fn example() -> Value {
    json!({
        "client_id": "app_sbx_1lc0fkuzExgy6Ydu",
        "application_id": "app_01k9xw3v5n8qj2m4r6t7p0abcd",
        "environment": "sandbox",
        "redirect_uris": ["http://localhost:3000/callback"],
        "post_logout_redirect_uris": [],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scopes": ["openid", "photos.read"],
        "default_scopes": [],
        "token_endpoint_auth_method": "client_secret_basic",
        "require_pkce": true,
        "skip_consent": false,
        "dpop_bound_access_tokens": false,
        "access_token_lifetime_seconds": 3600,
        "id_token_lifetime_seconds": 3600,
        "refresh_mode": "reuse",
        "refresh_token_idle_seconds": 1_209_600,
        "refresh_token_absolute_seconds": 7_776_000,
        "id_token_signed_response_alg": "ES256",
        "response_modes": ["query", "form_post"],
        "authorization_signed_response_alg": null,
        "require_pushed_authorization_requests": false,
        "request_object_signing_alg": null,
        "require_signed_request_object": false,
        "jwks": null,
        "jwks_uri": null,
        "token_endpoint_auth_signing_alg": null,
        "accept_endpoint_audience": false,
        "created_at": "2026-11-18T11:06:40.123Z",
        "updated_at": "2026-11-18T11:06:40.123Z",
        "secrets": [secrets::example()]
    })
}

pub(crate) fn created_example() -> Value {
    let mut client = example();
    if let Some(secret) = client.pointer_mut("/secrets/0") {
        *secret = secrets::shown_example();
    }
    client
}

pub(crate) fn body_example() -> Value {
    json!({
        "redirect_uris": ["https://printer.example.com/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "access_token_lifetime_seconds": 600
    })
}
