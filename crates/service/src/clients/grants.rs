//! What follows for a client's grants from its redirect URIs, and for a new client from its
//! sibling; surfaces ask here for what they offer.

use domain::{Application, Client, ClientKeys, ClientSettings, Environment};
use protocol::{GrantType, Scope};

use super::ClientChanges;
use crate::Patch;

/// The grants that are asked for by whoever gives a first redirect URI: the code grant too.
#[must_use]
pub fn with_code_grant(mut grants: Vec<String>) -> Vec<String> {
    let code = GrantType::AuthorizationCode.as_str();
    if !grants.iter().any(|it| it == code) {
        grants.insert(0, code.to_owned());
    }
    grants
}

/// The grants that are left to a client without a redirect URI.
#[must_use]
pub fn without_redirect_uri(settings: &ClientSettings) -> Vec<String> {
    let has_device_code = settings.grant_types.contains(&GrantType::DeviceCode);
    let left = settings.grant_types.iter().filter(|it| match it {
        GrantType::AuthorizationCode => false,
        GrantType::RefreshToken => has_device_code,
        GrantType::ClientCredentials | GrantType::DeviceCode => true,
    });
    left.map(ToString::to_string).collect()
}

/// The settings of a client that is made beside another of its application: those of the
/// sibling that do not differ by environment, with a redirect URI of its own.
#[must_use]
pub fn like_sibling(
    application: &Application,
    environment: Environment,
    redirect_uri: Option<String>,
) -> ClientChanges {
    let redirect_uris = redirect_uri.map(|it| vec![it]);
    match application.clients.iter().find(|it| it.environment != environment) {
        Some(sibling) => like(sibling, redirect_uris),
        None => ClientChanges { redirect_uris, ..ClientChanges::default() },
    }
}

fn like(sibling: &Client, redirect_uris: Option<Vec<String>>) -> ClientChanges {
    let settings = &sibling.settings;
    let keys = settings.keys.as_ref();
    let names = |scope: &Scope| scope.iter().map(ToString::to_string).collect();
    let grants = if redirect_uris.is_some() {
        with_code_grant(settings.grant_types.iter().map(ToString::to_string).collect())
    } else {
        without_redirect_uri(settings)
    };
    ClientChanges {
        redirect_uris,
        grant_types: Some(grants),
        scopes: Some(names(&settings.scopes)),
        default_scopes: Some(names(&settings.default_scopes)),
        token_endpoint_auth_method: Some(settings.token_endpoint_auth_method.to_string()),
        require_pkce: Some(settings.require_pkce),
        dpop_bound_access_tokens: Some(settings.dpop_bound_access_tokens),
        response_modes: Some(settings.response_modes.iter().map(ToString::to_string).collect()),
        authorization_signed_response_alg: settings
            .authorization_signed_response_alg
            .map(|it| it.to_string())
            .into(),
        require_pushed_authorization_requests: Some(settings.require_pushed_authorization_requests),
        request_object_signing_alg: settings
            .request_object_signing_alg
            .map(|it| it.to_string())
            .into(),
        jwks: keys
            .and_then(ClientKeys::jwks)
            .map_or(Patch::Keep, |json| serde_json::from_str(json).map_or(Patch::Keep, Patch::Set)),
        jwks_uri: keys
            .and_then(ClientKeys::jwks_uri)
            .map_or(Patch::Keep, |uri| Patch::Set(uri.to_owned())),
        token_endpoint_auth_signing_alg: settings
            .token_endpoint_auth_signing_alg
            .map_or(Patch::Keep, |it| Patch::Set(it.to_string())),
        accept_endpoint_audience: Some(settings.accept_endpoint_audience),
        access_token_lifetime_seconds: Some(settings.access_token_lifetime_seconds),
        id_token_lifetime_seconds: Some(settings.id_token_lifetime_seconds),
        refresh_mode: Some(settings.refresh_mode.to_string()),
        refresh_token_idle_seconds: Some(settings.refresh_token_idle_seconds),
        refresh_token_absolute_seconds: Some(settings.refresh_token_absolute_seconds),
        id_token_signed_response_alg: Some(settings.id_token_signed_response_alg.to_string()),
        ..ClientChanges::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<String> {
        names.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn a_redirect_uri_brings_the_code_grant_and_its_end_takes_what_needs_it() {
        let mut settings = ClientSettings::defaults(domain::ApplicationType::Web);
        settings.grant_types = vec![
            GrantType::AuthorizationCode,
            GrantType::RefreshToken,
            GrantType::ClientCredentials,
        ];

        assert_eq!(without_redirect_uri(&settings), ["client_credentials"]);
        assert_eq!(
            with_code_grant(named(&["client_credentials"])),
            ["authorization_code", "client_credentials"]
        );
        settings.grant_types.push(GrantType::DeviceCode);
        let device = GrantType::DeviceCode.as_str();
        assert_eq!(
            without_redirect_uri(&settings),
            ["refresh_token", "client_credentials", device]
        );
        let both = named(&["refresh_token", "authorization_code"]);
        assert_eq!(with_code_grant(both.clone()), both);
    }
}
