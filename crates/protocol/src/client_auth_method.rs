//! How a client proves who it is, [RFC 7591 section 2].
//!
//! [RFC 7591 section 2]: https://www.rfc-editor.org/rfc/rfc7591#section-2

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A registered `token_endpoint_auth_method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// HTTP Basic with the client's identifier and secret, both form-encoded.
    ClientSecretBasic,
    /// `client_id` and `client_secret` in the body.
    ClientSecretPost,
    /// An assertion that the client signs with a key of its own, [RFC 7523 section 2.2].
    ///
    /// [RFC 7523 section 2.2]: https://www.rfc-editor.org/rfc/rfc7523#section-2.2
    PrivateKeyJwt,
    /// A public client; it proves itself with PKCE.
    None,
}

/// The server does not know this authentication method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client authentication method is not one this server knows")]
pub struct UnknownClientAuthMethod;

impl ClientAuthMethod {
    /// Every method this server implements.
    pub const ALL: [Self; 4] =
        [Self::ClientSecretBasic, Self::ClientSecretPost, Self::PrivateKeyJwt, Self::None];

    /// The registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }

    /// Whether a client with this method holds a secret.
    #[must_use]
    pub const fn needs_secret(self) -> bool {
        match self {
            Self::ClientSecretBasic | Self::ClientSecretPost => true,
            Self::PrivateKeyJwt | Self::None => false,
        }
    }

    /// Whether a client with this method proves who it is.
    #[must_use]
    pub const fn is_confidential(self) -> bool {
        match self {
            Self::ClientSecretBasic | Self::ClientSecretPost | Self::PrivateKeyJwt => true,
            Self::None => false,
        }
    }
}

impl FromStr for ClientAuthMethod {
    type Err = UnknownClientAuthMethod;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == name).ok_or(UnknownClientAuthMethod)
    }
}

impl fmt::Display for ClientAuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
