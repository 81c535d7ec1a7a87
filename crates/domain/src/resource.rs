//! APIs, and the scopes that open them.

use std::{fmt, str::FromStr};

use protocol::ScopeToken;
use serde::{Deserialize, Serialize};

use crate::{Id, Identified, Timestamp, UnknownName};

/// An API that accepts our tokens: a resource server.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Identifies the API.
    pub id: Id<Resource>,
    /// The audience of its tokens: an absolute URI, compared byte for byte.
    pub identifier: String,
    /// What people call it.
    pub name: String,
    /// A sentence about it; may be empty.
    pub description: String,
    /// What its access tokens look like.
    pub token_format: TokenFormat,
    /// The scopes that open it.
    pub scopes: Vec<ScopeDefinition>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts changes, for `ETag` and `If-Match`.
    pub version: i64,
}

impl Identified for Resource {
    const PREFIX: &'static str = "res";
}

/// One scope of an API. Names are unique over all APIs, so a scope tells its audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeDefinition {
    /// Identifies the scope.
    pub id: Id<ScopeDefinition>,
    /// The name on the wire.
    pub name: ScopeToken,
    /// What the consent page calls it.
    pub display_name: String,
    /// What the consent page says about it; may be empty.
    pub description: String,
    /// Whether new clients get it without asking.
    pub default: bool,
}

impl Identified for ScopeDefinition {
    const PREFIX: &'static str = "scp";
}

/// What an API's access tokens look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFormat {
    /// A signed JWT, RFC 9068; the API can check it alone.
    Jwt,
    /// A handle; the API introspects it.
    Opaque,
}

impl TokenFormat {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Jwt, Self::Opaque];

    /// The format as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::Opaque => "opaque",
        }
    }
}

impl FromStr for TokenFormat {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or(UnknownName)
    }
}

impl fmt::Display for TokenFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A scope that this server itself gives meaning to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltInScope {
    /// The name on the wire.
    pub name: &'static str,
    /// What the consent page calls it.
    pub display_name: &'static str,
    /// What the consent page says about it.
    pub description: &'static str,
    /// Whether the person cannot untick it.
    pub required: bool,
}

/// The scopes of OpenID Connect Core 5.4 and 11.
pub const BUILT_IN_SCOPES: [BuiltInScope; 4] = [
    BuiltInScope {
        name: "openid",
        display_name: "Know who you are",
        description: "Your account ID. Needed to sign in.",
        required: true,
    },
    BuiltInScope {
        name: "profile",
        display_name: "See your profile",
        description: "Your name and user name.",
        required: false,
    },
    BuiltInScope {
        name: "email",
        display_name: "See your email address",
        description: "And whether it was verified.",
        required: false,
    },
    BuiltInScope {
        name: "offline_access",
        display_name: "Keep access when you are away",
        description: "Also after you have left, until the access is taken back.",
        required: false,
    },
];

/// The built-in scope called `name`.
#[must_use]
pub fn built_in_scope(name: &str) -> Option<&'static BuiltInScope> {
    BUILT_IN_SCOPES.iter().find(|scope| scope.name == name)
}

/// Whether `text` can identify an API: an absolute URI without fragment, [RFC 8707 section 2].
///
/// [RFC 8707 section 2]: https://www.rfc-editor.org/rfc/rfc8707#section-2
#[must_use]
pub fn is_resource_identifier(text: &str) -> bool {
    let visible = text.bytes().all(|byte| matches!(byte, 0x21..=0x7e));
    let scheme = text.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    text.len() <= 512 && visible && scheme && !text.contains('#')
}
