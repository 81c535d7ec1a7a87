//! How callers prove who they are, for the document.

use domain::Permission;
use utoipa::openapi::{
    ComponentsBuilder, SecurityRequirement,
    security::{
        AuthorizationCode, ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes,
        SecurityScheme,
    },
};

const API_KEY: &str = "apiKey";
const OAUTH: &str = "oauth2";

/// Adds the two ways to call.
pub(super) fn add(components: ComponentsBuilder, public_url: &str) -> ComponentsBuilder {
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("cs_api_…")
        .description(Some(
            "An API key, made in the control center, by this API or on the command line.",
        ))
        .build();
    let at = |path: &str| format!("{}{path}", public_url.trim_end_matches('/'));
    let flows = [
        Flow::ClientCredentials(ClientCredentials::new(at("/token"), scopes())),
        Flow::AuthorizationCode(AuthorizationCode::new(at("/authorize"), at("/token"), scopes())),
    ];
    let oauth = OAuth2::with_description(flows, "An access token for the audience of this API.");
    components
        .security_scheme(API_KEY, SecurityScheme::Http(key))
        .security_scheme(OAUTH, SecurityScheme::OAuth2(oauth))
}

/// Each way alone is enough.
pub(super) fn requirements(permission: Permission) -> [SecurityRequirement; 2] {
    [
        SecurityRequirement::new(API_KEY, Vec::<String>::new()),
        SecurityRequirement::new(OAUTH, [permission.as_str()]),
    ]
}

fn scopes() -> Scopes {
    Permission::ALL.iter().map(|it| (it.as_str(), meaning(*it))).collect()
}

const fn meaning(permission: Permission) -> &'static str {
    match permission {
        Permission::AppsRead => "See applications and their clients.",
        Permission::AppsWrite => "Register, change, disable and delete applications.",
        Permission::SecretsWrite => "Generate, rotate and revoke client secrets.",
        Permission::ResourcesRead => "See APIs and scopes.",
        Permission::ResourcesWrite => "Register, change and delete APIs and scopes.",
        Permission::UsersRead => "See people.",
        Permission::UsersWrite => "Add, change, lock and remove people, and reset their passwords.",
        Permission::ConsentsRead => "See what people approved.",
        Permission::ConsentsWrite => "Withdraw what people approved.",
        Permission::TokensRead => "See what tokens are live.",
        Permission::TokensRevoke => "Revoke tokens.",
        Permission::SessionsRead => "See who is signed in.",
        Permission::SessionsWrite => "Sign people out.",
        Permission::SettingsRead => "See platform settings.",
        Permission::SettingsWrite => "Change platform settings.",
        Permission::KeysRead => "See signing keys.",
        Permission::KeysWrite => "Rotate signing keys.",
        Permission::AuditRead => "See the audit log.",
        Permission::AdminsRead => "See administrators and API keys.",
        Permission::AdminsWrite => "Make administrators and API keys.",
    }
}
