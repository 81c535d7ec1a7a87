//! What the pages say of the client that asks.

use domain::Environment;
use engine::authorize::ClientView;
use serde::Serialize;

/// A client in the words of the pages.
#[derive(Serialize)]
pub(super) struct ClientWords {
    pub(super) name: String,
    pub(super) home: Option<String>,
    pub(super) policy_uri: Option<String>,
    pub(super) tos_uri: Option<String>,
    pub(super) is_sandbox: bool,
    pub(super) next_host: String,
}

impl ClientWords {
    pub(super) fn of(client: &ClientView) -> Self {
        let home = client.client_uri.as_deref().and_then(|uri| url::Url::parse(uri).ok());
        Self {
            name: client.name.clone(),
            home: home.and_then(|url| url.host_str().map(str::to_owned)),
            policy_uri: client.policy_uri.clone(),
            tos_uri: client.tos_uri.clone(),
            is_sandbox: client.environment == Environment::Sandbox,
            next_host: client.redirect_uri.host(),
        }
    }
}
