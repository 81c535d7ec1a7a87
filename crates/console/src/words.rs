//! What pages call things.

use domain::{
    ApplicationStatus, ApplicationType, Environment, HandleKind, RefreshMode, Role, TokenFormat,
    UserStatus,
};
use protocol::{Carrier, ClientAuthMethod, GrantType};
use serde::Serialize;

/// An entry of a select box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
}

/// A state in one word, with its colour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Tag {
    pub(crate) kind: &'static str,
    pub(crate) label: &'static str,
    pub(crate) icon: &'static str,
}

impl Choice {
    pub(crate) fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

pub(crate) const fn application_type(kind: ApplicationType) -> &'static str {
    match kind {
        ApplicationType::Web => "Web server",
        ApplicationType::Spa => "Single-page app",
        ApplicationType::Native => "Mobile or desktop",
        ApplicationType::Machine => "Machine to machine",
        ApplicationType::Device => "TV or device",
    }
}

pub(crate) const fn application_type_hint(kind: ApplicationType) -> &'static str {
    match kind {
        ApplicationType::Web => "Rails, Django, Spring, Next.js. Can keep a secret.",
        ApplicationType::Spa => "React, Vue or plain JavaScript in the browser. No secret.",
        ApplicationType::Native => "iOS, Android, Electron, CLI. No secret.",
        ApplicationType::Machine => "A service or cron job with no user.",
        ApplicationType::Device => "No browser or keyboard. Shows a code to type elsewhere.",
    }
}

pub(crate) const fn application_status(status: ApplicationStatus) -> Tag {
    match status {
        ApplicationStatus::Active => Tag { kind: "ok", label: "Active", icon: "check" },
        ApplicationStatus::Disabled => Tag { kind: "", label: "Disabled", icon: "pause" },
    }
}

pub(crate) const fn user_status(status: UserStatus) -> Tag {
    match status {
        UserStatus::Active => Tag { kind: "ok", label: "Active", icon: "check" },
        UserStatus::Locked => Tag { kind: "danger", label: "Locked", icon: "lock" },
    }
}

pub(crate) const fn environment(environment: Environment) -> &'static str {
    match environment {
        Environment::Sandbox => "Sandbox",
        Environment::Production => "Production",
    }
}

pub(crate) const fn grant(grant: GrantType) -> &'static str {
    match grant {
        GrantType::AuthorizationCode => "Authorization code",
        GrantType::RefreshToken => "Refresh token",
        GrantType::ClientCredentials => "Client credentials",
        GrantType::DeviceCode => "Device code",
    }
}

pub(crate) const fn grant_hint(grant: GrantType) -> &'static str {
    match grant {
        GrantType::AuthorizationCode => "A person signs in and approves. Protected by PKCE.",
        GrantType::RefreshToken => {
            "Lets the application stay signed in. Works together with Authorization code or Device code."
        }
        GrantType::ClientCredentials => "The application acts as itself, with no person involved.",
        GrantType::DeviceCode => {
            "For screens without a keyboard: a person types the code they show into another browser."
        }
    }
}

pub(crate) const fn auth_method(method: ClientAuthMethod) -> &'static str {
    match method {
        ClientAuthMethod::ClientSecretBasic => {
            "Secret in the Authorization header (client_secret_basic)"
        }
        ClientAuthMethod::ClientSecretPost => "Secret in the body (client_secret_post)",
        ClientAuthMethod::PrivateKeyJwt => "Signature with its own key (private_key_jwt)",
        ClientAuthMethod::None => "No secret, PKCE alone (none)",
    }
}

pub(crate) const fn refresh_mode(mode: RefreshMode) -> &'static str {
    match mode {
        RefreshMode::Rotate => "Rotate: each refresh token works once and is replaced",
        RefreshMode::Reuse => "Reuse: it stays the same until it expires",
        RefreshMode::None => "None: no refresh token is issued",
    }
}

pub(crate) const fn carrier(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Query => "query: in the address of the callback URL",
        Carrier::Fragment => {
            "fragment: behind the # of the address, for pages that run in browsers"
        }
        Carrier::FormPost => "form_post: the browser posts a form to the callback URL",
    }
}

pub(crate) const fn token_format(format: TokenFormat) -> &'static str {
    match format {
        TokenFormat::Jwt => "JWT: signed, the API can check it alone",
        TokenFormat::Opaque => "Opaque: the API asks this server about each one",
    }
}

pub(crate) const fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Administrator => "Administrator",
        Role::Developer => "Developer",
        Role::Auditor => "Auditor",
        Role::Operator => "Operator",
        Role::Support => "Support",
    }
}

pub(crate) const fn role_hint(role: Role) -> &'static str {
    match role {
        Role::Owner => "does everything",
        Role::Administrator => "everything but making administrators",
        Role::Developer => "the applications they own",
        Role::Auditor => "reads everything, changes nothing",
        Role::Operator => "keys and settings",
        Role::Support => "people",
    }
}

pub(crate) const fn handle(kind: HandleKind) -> &'static str {
    match kind {
        HandleKind::AuthorizationCode => "Authorization code",
        HandleKind::AccessToken => "Access token",
        HandleKind::RefreshToken => "Refresh token",
        HandleKind::ProductionSecret => "Production client secret",
        HandleKind::SandboxSecret => "Sandbox client secret",
        HandleKind::UserSession => "Sign-in session",
        HandleKind::ConsoleSession => "Control center session",
        HandleKind::AuthorizationRequest => "Authorization request",
        HandleKind::PushedRequest => "Pushed authorization request",
        HandleKind::SetupLink => "Set-up link",
        HandleKind::SignInLink => "One-time sign-in link",
        HandleKind::PasswordResetLink => "Password reset link",
        HandleKind::ApiKey => "API key",
        HandleKind::DeviceCode => "Device code",
    }
}

/// `1 application`, `2 applications`, `10,000+ applications` at the end of counting.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let more = if number >= service::MAX_TOTAL { "+" } else { "" };
    format!("{text}{more} {}", if number == 1 { one } else { many })
}

/// A span in its largest whole unit: `1 hour`, `90 seconds`, `14 days`.
pub(crate) fn span(seconds: u32) -> String {
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let fits = |(size, _): &(u32, &str)| seconds >= *size && seconds.is_multiple_of(*size);
    let (size, unit) = units.into_iter().find(fits).unwrap_or((1, "second"));
    let number = seconds / size;
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_say_them() {
        for (seconds, expected) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (90, "90 seconds"),
            (120, "2 minutes"),
            (3600, "1 hour"),
            (86_400, "1 day"),
            (1_209_600, "14 days"),
            (90_000, "25 hours"),
        ] {
            assert_eq!(span(seconds), expected);
        }
    }

    #[test]
    fn counts_end_where_counting_does() {
        assert_eq!(count(1, "application", "applications"), "1 application");
        assert_eq!(count(0, "application", "applications"), "0 applications");
        assert_eq!(count(1234, "user", "users"), "1,234 users");
        assert_eq!(count(10_000, "user", "users"), "10,000+ users");
    }
}
