//! The rules that a client's settings keep, asked by every surface.

use protocol::{ClientAuthMethod, GrantType, InvalidRedirectUri, RedirectUri};

use super::{ClientSettings, Environment, RefreshMode};
use crate::{ApplicationType, FieldError};

/// The most redirect URIs of one client.
const MAX_REDIRECT_URIS: usize = 100;
/// How long tokens may live, in seconds: `(least, most)`.
const ACCESS_TOKEN_LIFETIME: (u32, u32) = (60, 24 * 3600);
const REFRESH_TOKEN_LIFETIME: (u32, u32) = (60, 366 * 24 * 3600);

/// Reads redirect URIs as a person or a program typed them.
///
/// Blank entries are left out. Pointers count the entries as they were sent,
/// and say `field`, which is `redirect_uris` or its sign-out twin.
///
/// # Errors
///
/// Every entry that cannot be registered, with the reason.
pub fn check_redirect_uris(
    field: &str,
    texts: &[String],
    application_type: ApplicationType,
    environment: Environment,
) -> Result<Vec<RedirectUri>, Vec<FieldError>> {
    let mut uris: Vec<RedirectUri> = Vec::new();
    let mut errors = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        match check_redirect_uri(text, application_type, environment) {
            Ok(uri) if uris.contains(&uri) => {
                errors.push(fault(field, index, "duplicate", "is already on the list"));
            }
            Ok(uri) => uris.push(uri),
            Err((code, words)) => errors.push(fault(field, index, code, words)),
        }
    }
    if uris.len() > MAX_REDIRECT_URIS {
        let words = format!("At most {MAX_REDIRECT_URIS} addresses can be registered.");
        errors.push(FieldError::of(field, "too-many", words));
    }
    if errors.is_empty() { Ok(uris) } else { Err(errors) }
}

fn fault(field: &str, index: usize, code: &'static str, words: &str) -> FieldError {
    let noun = if field == "redirect_uris" { "Callback URL" } else { "Sign-out URL" };
    FieldError::at(field, index, code, format!("{noun} {} {words}.", index + 1))
}

/// Whether `text` may be registered, or the rule it breaks and words for it.
fn check_redirect_uri(
    text: &str,
    application_type: ApplicationType,
    environment: Environment,
) -> Result<RedirectUri, (&'static str, &'static str)> {
    let uri = RedirectUri::try_from(text.to_owned()).map_err(|reason| match reason {
        InvalidRedirectUri::NotAUrl => {
            ("not-a-url", "is not a full address. Example: https://app.example.com/callback")
        }
        InvalidRedirectUri::Fragment => ("no-fragment", "cannot contain #"),
        InvalidRedirectUri::Wildcard => ("no-wildcard", "cannot contain *. Add each address"),
        InvalidRedirectUri::UserInfo => ("no-userinfo", "cannot contain a user name or password"),
        InvalidRedirectUri::Host => {
            ("plain-host", "can hold only letters, digits, dots and hyphens in its host")
        }
        InvalidRedirectUri::ForbiddenScheme => {
            ("forbidden-scheme", "has a scheme that is not allowed")
        }
        InvalidRedirectUri::AnswerParameter => (
            "answer-parameter",
            "has a parameter that the answer brings, such as code or state. Use another name",
        ),
        InvalidRedirectUri::PrivateScheme => PRIVATE_SCHEME,
    })?;
    let native = application_type == ApplicationType::Native;
    if uri.is_private_scheme() {
        return if native { Ok(uri) } else { Err(("https-required", "must start with https://")) };
    }
    if uri.is_https() {
        return Ok(uri);
    }
    match (uri.is_loopback(), environment) {
        (true, Environment::Sandbox) => Ok(uri),
        (true, Environment::Production) if native => Ok(uri),
        (true, Environment::Production) => {
            Err(("localhost-prod", "points at this machine. That is for the sandbox"))
        }
        (false, Environment::Production) => {
            Err(("https-required", "must start with https:// in production"))
        }
        (false, Environment::Sandbox) => {
            Err(("https-required", "must start with https://, or with http://localhost"))
        }
    }
}

const PRIVATE_SCHEME: (&str, &str) =
    ("private-scheme", "needs a reverse-domain scheme, such as com.example.app:/callback");

/// Every rule that `settings` break.
///
/// Redirect URIs were read by [`check_redirect_uris`]; this asks what the parts
/// of a client ask of each other.
#[must_use]
pub fn check_client(settings: &ClientSettings) -> Vec<FieldError> {
    let mut errors = check_grants(settings);
    errors.extend(check_lifetimes(settings));
    if settings.response_modes.is_empty() {
        let detail = "Choose at least one way for answers to travel.";
        errors.push(FieldError::of("response_modes", "required", detail));
    }
    errors.extend(check_keys(settings));
    for (index, token) in settings.default_scopes.iter().enumerate() {
        if !settings.scopes.contains(token.as_str()) {
            let detail = format!("{token} is not among the scopes this client may ask for.");
            errors.push(FieldError::at("default_scopes", index, "scope-not-allowed", detail));
        }
    }
    errors
}

fn check_grants(settings: &ClientSettings) -> Vec<FieldError> {
    let has = |grant| settings.grant_types.contains(&grant);
    let confidential = settings.token_endpoint_auth_method.is_confidential();
    let mut errors = Vec::new();
    for (index, grant) in settings.grant_types.iter().enumerate() {
        let fault = match grant {
            GrantType::AuthorizationCode if settings.redirect_uris.is_empty() => Some((
                "code-needs-redirect-uri",
                "Authorization code needs at least one callback URL. Add one first.",
            )),
            GrantType::RefreshToken
                if !(has(GrantType::AuthorizationCode) || has(GrantType::DeviceCode)) =>
            {
                Some((
                    "refresh-needs-code",
                    "Refresh token works together with Authorization code or Device code. Turn one on first.",
                ))
            }
            GrantType::RefreshToken if settings.refresh_mode == RefreshMode::None => Some((
                "refresh-mode-none",
                "Refresh token is on but the refresh mode is none. Choose rotate or reuse.",
            )),
            GrantType::ClientCredentials if !confidential => Some((
                "public-client-credentials",
                "Client credentials needs a secret. Use a web server or machine to machine application.",
            )),
            GrantType::AuthorizationCode
            | GrantType::RefreshToken
            | GrantType::ClientCredentials
            | GrantType::DeviceCode => None,
        };
        if let Some((code, detail)) = fault {
            errors.push(FieldError::at("grant_types", index, code, detail));
        }
    }
    if !settings.require_pkce && !confidential {
        let detail = "PKCE can be left out only by a client that keeps a secret.";
        errors.push(FieldError::of("require_pkce", "pkce-required", detail));
    }
    errors
}

fn check_keys(settings: &ClientSettings) -> Option<FieldError> {
    if settings.keys.is_some() {
        return None;
    }
    let signs = settings.token_endpoint_auth_method == ClientAuthMethod::PrivateKeyJwt;
    if settings.require_signed_request_object && !signs {
        let detail = "To check signed requests the server has to know the client's public keys. \
                      Give jwks or jwks_uri.";
        return Some(FieldError::of("require_signed_request_object", "keys-needed", detail));
    }
    signs.then(|| {
        let detail = "With private_key_jwt the server has to know the client's public keys. \
                      Give jwks or jwks_uri.";
        FieldError::of("jwks", "keys-needed", detail)
    })
}

fn check_lifetimes(settings: &ClientSettings) -> Vec<FieldError> {
    let fields = [
        (
            "access_token_lifetime_seconds",
            settings.access_token_lifetime_seconds,
            ACCESS_TOKEN_LIFETIME,
        ),
        ("id_token_lifetime_seconds", settings.id_token_lifetime_seconds, ACCESS_TOKEN_LIFETIME),
        ("refresh_token_idle_seconds", settings.refresh_token_idle_seconds, REFRESH_TOKEN_LIFETIME),
        (
            "refresh_token_absolute_seconds",
            settings.refresh_token_absolute_seconds,
            REFRESH_TOKEN_LIFETIME,
        ),
    ];
    fields
        .into_iter()
        .filter(|(_, value, (least, most))| !(least..=most).contains(&value))
        .map(|(field, _, (least, most))| {
            FieldError::of(field, "range", format!("Choose between {least} and {most} seconds."))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientKeys;

    fn codes(errors: &[FieldError]) -> Vec<(&str, &str)> {
        errors.iter().map(|it| (it.pointer.as_str(), it.code)).collect()
    }

    fn check(text: &str, kind: ApplicationType, environment: Environment) -> Option<&'static str> {
        check_redirect_uris("redirect_uris", &[text.to_owned()], kind, environment)
            .err()
            .and_then(|errors| errors.first().map(|it| it.code))
    }

    #[test]
    fn production_wants_https_and_sandbox_takes_loopback() {
        use ApplicationType::{Native, Web};
        use Environment::{Production, Sandbox};
        assert_eq!(check("https://app.test/cb", Web, Production), None);
        assert_eq!(check("http://localhost:3000/cb", Web, Sandbox), None);
        assert_eq!(check("http://localhost:3000/cb", Web, Production), Some("localhost-prod"));
        assert_eq!(check("http://127.0.0.1/cb", Native, Production), None);
        assert_eq!(check("http://app.test/cb", Web, Sandbox), Some("https-required"));
        assert_eq!(check("http://app.test/cb", Web, Production), Some("https-required"));
        assert_eq!(check("com.example.app:/cb", Native, Production), None);
        assert_eq!(check("com.example.app:/cb", Web, Production), Some("https-required"));
    }

    #[test]
    fn pointers_count_what_was_sent() {
        let sent = ["", "https://a.test/cb", "https://a.test/cb", "x"].map(str::to_owned);

        let errors =
            check_redirect_uris("redirect_uris", &sent, ApplicationType::Web, Environment::Sandbox)
                .unwrap_err();

        assert_eq!(
            codes(&errors),
            [("#/redirect_uris/2", "duplicate"), ("#/redirect_uris/3", "not-a-url")]
        );
    }

    #[test]
    fn the_code_grant_needs_a_redirect_uri() {
        let mut settings = ClientSettings::defaults(ApplicationType::Web);
        settings.grant_types = vec![GrantType::AuthorizationCode];

        assert_eq!(
            codes(&check_client(&settings)),
            [("#/grant_types/0", "code-needs-redirect-uri")]
        );
    }

    #[test]
    fn a_public_client_has_no_client_credentials_and_no_way_around_pkce() {
        let mut settings = ClientSettings::defaults(ApplicationType::Spa);
        settings.grant_types = vec![GrantType::ClientCredentials];
        settings.require_pkce = false;
        assert_eq!(settings.token_endpoint_auth_method, ClientAuthMethod::None);

        assert_eq!(
            codes(&check_client(&settings)),
            [("#/grant_types/0", "public-client-credentials"), ("#/require_pkce", "pkce-required")]
        );
    }

    #[test]
    fn a_client_that_signs_has_keys_and_may_act_for_itself() {
        let mut settings = ClientSettings::defaults(ApplicationType::Machine);
        settings.token_endpoint_auth_method = ClientAuthMethod::PrivateKeyJwt;
        assert_eq!(codes(&check_client(&settings)), [("#/jwks", "keys-needed")]);

        settings.keys = Some(ClientKeys::Uri("https://app.test/jwks".to_owned()));
        assert_eq!(check_client(&settings), []);
    }

    #[test]
    fn the_defaults_of_every_kind_keep_the_rules() {
        for kind in ApplicationType::ALL {
            assert_eq!(check_client(&ClientSettings::defaults(kind)), [], "{kind}");
        }
    }
}
