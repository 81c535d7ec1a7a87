//! Operations on the clients of an application.

mod changes;
mod get;
mod grants;
mod put;
mod scopes;
mod update;

use domain::{Application, Client, Environment, Id};
use serde::Serialize;
use serde_json::Value;

use crate::{Patch, secrets::ShownSecret};

pub use changes::read_key_set;
pub use get::get;
pub use grants::{like_sibling, with_code_grant, without_redirect_uri};
pub use put::put;
pub use update::{update, update_as_read};

pub(crate) use changes::{Subject, first_settings};
pub(crate) use get::find;
pub(crate) use put::{first_secret, new_client};
pub(crate) use scopes::{Catalogue, require_permissions_of};

/// The settings of a client as a person or a program sent them; what is left out
/// stays as it is, or is chosen by the kind of program when the client is new.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ClientChanges {
    /// Where people may be sent back to; blank entries are left out.
    pub redirect_uris: Option<Vec<String>>,
    /// Where people may be sent after they sign out.
    pub post_logout_redirect_uris: Option<Vec<String>>,
    /// How it may ask for tokens. Left out when the person had no say in it: a first redirect
    /// URI then turns the code grant on.
    pub grant_types: Option<Vec<String>>,
    /// What the authorization endpoint may send it. It follows from the grant types and is
    /// taken so that a client that was read can be sent back; it may not contradict them.
    pub response_types: Option<Vec<String>>,
    /// What it may ask for.
    pub scopes: Option<Vec<String>>,
    /// What it gets when it asks for nothing.
    pub default_scopes: Option<Vec<String>>,
    /// How it proves who it is.
    pub token_endpoint_auth_method: Option<String>,
    /// Whether a code flow without PKCE is refused.
    pub require_pkce: Option<bool>,
    /// Whether people are not asked; only those who see every application may turn it on.
    pub skip_consent: Option<bool>,
    /// Whether tokens are only issued bound to a key, which it proves to hold.
    pub dpop_bound_access_tokens: Option<bool>,
    /// How long its access tokens live.
    pub access_token_lifetime_seconds: Option<u32>,
    /// How long its ID tokens live.
    pub id_token_lifetime_seconds: Option<u32>,
    /// What happens to a refresh token that is used.
    pub refresh_mode: Option<String>,
    /// How long an unused refresh token lives.
    pub refresh_token_idle_seconds: Option<u32>,
    /// How long a refresh token lives at most.
    pub refresh_token_absolute_seconds: Option<u32>,
    /// What its ID tokens are signed with.
    pub id_token_signed_response_alg: Option<String>,
    /// What may carry the answers of the authorization endpoint.
    pub response_modes: Option<Vec<String>>,
    /// What those answers are signed with when it wants them as JWTs.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub authorization_signed_response_alg: Patch<String>,
    /// Whether it may ask only by requests that it pushed.
    pub require_pushed_authorization_requests: Option<bool>,
    /// What its request objects are signed with.
    pub request_object_signing_alg: Patch<String>,
    /// Whether it may ask only by requests that it signed.
    pub require_signed_request_object: Option<bool>,
    /// Its public keys, as a JWK Set; they take the place of a `jwks_uri`.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub jwks: Patch<Value>,
    /// Where it publishes its keys; they take the place of `jwks`.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub jwks_uri: Patch<String>,
    /// What its assertions are signed with.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub token_endpoint_auth_signing_alg: Patch<String>,
    /// Whether its assertions may name an endpoint as audience instead of the issuer.
    pub accept_endpoint_audience: Option<bool>,
}

/// Asks for the client of an environment that has none yet.
#[derive(Debug, Clone)]
pub struct PutClient {
    /// Whose client.
    pub application_id: Id<Application>,
    /// Its environment.
    pub environment: Environment,
    /// Its settings; what is left out is chosen by the kind of program.
    pub settings: ClientChanges,
}

/// A client that was just made.
#[derive(Debug)]
pub struct NewClient {
    /// The client.
    pub client: Client,
    /// Its secret, where it keeps one; never told again.
    pub secret: Option<ShownSecret>,
    /// Whether the redirect URI turned the code grant on by itself.
    pub code_grant_turned_on: bool,
}

/// Asks for a change of a client's settings.
#[derive(Debug, Clone)]
pub struct UpdateClient {
    /// Whose client.
    pub application_id: Id<Application>,
    /// Its environment.
    pub environment: Environment,
    /// The version that the caller saw.
    pub version: i64,
    /// What changes.
    pub changes: ClientChanges,
}

/// A client that was just changed.
#[derive(Debug)]
pub struct UpdatedClient {
    /// The client as it is now.
    pub client: Client,
    /// Whether the first redirect URI turned the code grant on by itself.
    pub code_grant_turned_on: bool,
    /// Whether the client has to prove itself with a secret and has none that works.
    pub needs_secret: bool,
    /// How many secrets ended because the client no longer uses any.
    pub revoked_secrets: u64,
}
