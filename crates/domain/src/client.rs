//! The OAuth client of one application in one environment.

mod keys;
mod rules;

use std::{collections::BTreeSet, fmt, str::FromStr};

use protocol::{Carrier, ClientAuthMethod, ClientId, GrantType, RedirectUri, ResponseMode, Scope};
use serde::{Deserialize, Serialize};

pub use keys::{ClientKeys, JwsAlg};
pub use rules::{check_client, check_redirect_uris};

use crate::{Application, ApplicationType, HandleDigest, Id, Identified, Timestamp, UnknownName};

/// The OAuth client of one application in one environment.
#[derive(Debug, Clone)]
pub struct Client {
    /// Identifies the row; the wire knows [`Client::client_id`].
    pub id: Id<Client>,
    /// The application it belongs to.
    pub application_id: Id<Application>,
    /// The identifier it sends.
    pub client_id: ClientId,
    /// Where its tokens count.
    pub environment: Environment,
    /// What may be changed about it.
    pub settings: ClientSettings,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts changes, for `ETag` and `If-Match`.
    pub version: i64,
    /// Its secrets that have not been revoked, the newest first.
    pub secrets: Vec<ClientSecret>,
}

impl Identified for Client {
    const PREFIX: &'static str = "cli";
}

/// What may be changed about a client; names follow RFC 7591 where it has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting with a name of its own")]
pub struct ClientSettings {
    /// Where people may be sent back to.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where people may be sent after they sign out.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// How it may ask for tokens.
    pub grant_types: Vec<GrantType>,
    /// What it may ask for.
    pub scopes: Scope,
    /// What it gets when it asks for nothing.
    pub default_scopes: Scope,
    /// How it proves who it is.
    pub token_endpoint_auth_method: ClientAuthMethod,
    /// Whether a code flow without PKCE is refused.
    pub require_pkce: bool,
    /// Whether people are not asked: a trusted first-party client.
    pub skip_consent: bool,
    /// Whether tokens are only issued bound to a key, which it proves to hold.
    pub dpop_bound_access_tokens: bool,
    /// How long its access tokens live.
    pub access_token_lifetime_seconds: u32,
    /// How long its ID tokens live.
    pub id_token_lifetime_seconds: u32,
    /// What happens to a refresh token that is used.
    pub refresh_mode: RefreshMode,
    /// How long an unused refresh token lives.
    pub refresh_token_idle_seconds: u32,
    /// How long a refresh token lives at most.
    pub refresh_token_absolute_seconds: u32,
    /// What its ID tokens are signed with.
    pub id_token_signed_response_alg: IdTokenAlg,
    /// What may carry the answers of the authorization endpoint.
    pub response_modes: Vec<Carrier>,
    /// What its answers of the authorization endpoint are signed with when it wants them as
    /// JWTs; none if it may not.
    pub authorization_signed_response_alg: Option<IdTokenAlg>,
    /// Whether it may ask only by requests that it pushed, RFC 9126.
    pub require_pushed_authorization_requests: bool,
    /// What its request objects are signed with; the safe ones when left open.
    pub request_object_signing_alg: Option<JwsAlg>,
    /// Whether it may ask only by requests that it signed, RFC 9101.
    pub require_signed_request_object: bool,
    /// The public keys that it signs with.
    pub keys: Option<ClientKeys>,
    /// What its assertions are signed with; the safe ones when left open.
    pub token_endpoint_auth_signing_alg: Option<JwsAlg>,
    /// Whether its assertions may name an endpoint instead of the issuer as audience,
    /// for libraries from before that was found to be unsafe.
    pub accept_endpoint_audience: bool,
}

/// The signature algorithm of ID tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IdTokenAlg {
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSA PKCS#1 v1.5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
}

/// Where a client's tokens count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// For building and trying.
    Sandbox,
    /// For real people.
    Production,
}

/// What happens to a refresh token that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshMode {
    /// It is replaced; using it again later revokes the family.
    Rotate,
    /// It stays until it expires.
    Reuse,
    /// None is issued.
    None,
}

/// A client secret: everything about it but its value.
#[derive(Debug, Clone)]
pub struct ClientSecret {
    /// Identifies the secret.
    pub id: Id<ClientSecret>,
    /// What its maker called it; may be empty.
    pub label: String,
    /// The start and the last four characters, to recognise it by.
    pub hint: String,
    /// What the database finds it by.
    pub digest: HandleDigest,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// When it last proved its client, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Where it was last used from.
    pub last_used_from: Option<String>,
    /// Counts changes, for `ETag` and `If-Match`.
    pub version: i64,
}

impl Identified for ClientSecret {
    const PREFIX: &'static str = "sec";
}

impl ClientSecret {
    /// Whether the secret still proves its client at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

impl Client {
    /// Whether the client proves who it is.
    #[must_use]
    pub const fn is_confidential(&self) -> bool {
        self.settings.token_endpoint_auth_method.is_confidential()
    }

    /// Whether the client proves who it is by a secret.
    #[must_use]
    pub const fn keeps_secret(&self) -> bool {
        self.settings.token_endpoint_auth_method.needs_secret()
    }

    /// The origins whose scripts call for the client, each once: those of its own
    /// pages, if it is one that runs in browsers and so keeps no secret.
    #[must_use]
    pub fn origins(&self) -> BTreeSet<String> {
        if self.is_confidential() {
            return BTreeSet::new();
        }
        self.settings.redirect_uris.iter().filter_map(RedirectUri::origin).collect()
    }

    /// Whether the client's answers may travel by `mode`.
    #[must_use]
    pub fn may_be_answered_by(&self, mode: ResponseMode) -> bool {
        let may_be_jwt = self.settings.authorization_signed_response_alg.is_some();
        self.settings.response_modes.contains(&mode.carrier) && (may_be_jwt || !mode.is_jwt)
    }

    /// Whether the client was registered for `grant`.
    #[must_use]
    pub fn allows(&self, grant: GrantType) -> bool {
        self.settings.grant_types.contains(&grant)
    }
}

/// An hour, a day, two weeks and ninety days, in seconds.
const HOUR: u32 = 3600;
const DAY: u32 = 24 * HOUR;

impl ClientSettings {
    /// The safe settings of a new client of this kind.
    #[must_use]
    pub fn defaults(application_type: ApplicationType) -> Self {
        let confidential = application_type.is_confidential();
        Self {
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: match application_type {
                ApplicationType::Machine => vec![GrantType::ClientCredentials],
                ApplicationType::Device => vec![GrantType::DeviceCode, GrantType::RefreshToken],
                ApplicationType::Web | ApplicationType::Spa | ApplicationType::Native => Vec::new(),
            },
            scopes: Scope::default(),
            default_scopes: Scope::default(),
            token_endpoint_auth_method: if confidential {
                ClientAuthMethod::ClientSecretBasic
            } else {
                ClientAuthMethod::None
            },
            require_pkce: true,
            skip_consent: false,
            dpop_bound_access_tokens: false,
            access_token_lifetime_seconds: HOUR,
            id_token_lifetime_seconds: HOUR,
            refresh_mode: if confidential { RefreshMode::Reuse } else { RefreshMode::Rotate },
            refresh_token_idle_seconds: 14 * DAY,
            refresh_token_absolute_seconds: 90 * DAY,
            id_token_signed_response_alg: IdTokenAlg::Es256,
            response_modes: response_modes(application_type),
            authorization_signed_response_alg: None,
            require_pushed_authorization_requests: false,
            request_object_signing_alg: None,
            require_signed_request_object: false,
            keys: None,
            token_endpoint_auth_signing_alg: None,
            accept_endpoint_audience: false,
        }
    }
}

/// What a program of this kind can take an answer from: a server reads forms, a page in a
/// browser reads its own fragment, an app on a device is opened with an address.
///
/// No more than that: with a mode that the program does not expect, whoever bends a request
/// could have a code lie unused at its callback.
fn response_modes(application_type: ApplicationType) -> Vec<Carrier> {
    match application_type {
        ApplicationType::Web => vec![Carrier::Query, Carrier::FormPost],
        ApplicationType::Spa => vec![Carrier::Query, Carrier::Fragment],
        ApplicationType::Native | ApplicationType::Machine | ApplicationType::Device => {
            vec![Carrier::Query]
        }
    }
}

macro_rules! names {
    ($type:ident { $($variant:ident = $text:literal,)* }) => {
        impl $type {
            /// Every value, in the order pages list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The value as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|it| it.as_str() == text).ok_or(UnknownName)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

names!(JwsAlg { Es256 = "ES256", Ps256 = "PS256", EdDsa = "EdDSA", Rs256 = "RS256", });
names!(IdTokenAlg { Es256 = "ES256", Rs256 = "RS256", });
names!(Environment { Sandbox = "sandbox", Production = "production", });
names!(RefreshMode { Rotate = "rotate", Reuse = "reuse", None = "none", });
