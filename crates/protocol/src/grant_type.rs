//! Grant types, [RFC 6749 section 1.3].
//!
//! [RFC 6749 section 1.3]: https://www.rfc-editor.org/rfc/rfc6749#section-1.3

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A grant type that this server implements and a client can be registered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// A person signs in and approves; the client redeems a code.
    AuthorizationCode,
    /// The client renews its access token without the person.
    RefreshToken,
    /// The client acts for itself.
    ClientCredentials,
    /// A person approves on another device what a program without a browser asks,
    /// [RFC 8628](https://www.rfc-editor.org/rfc/rfc8628).
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
}

/// The server does not know this grant type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the grant type is not one this server knows")]
pub struct UnknownGrantType;

impl GrantType {
    /// Every grant type, in the order pages list them.
    pub const ALL: [Self; 4] =
        [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials, Self::DeviceCode];

    /// The registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }

    /// The last part of the registered name, by which the configuration calls it.
    #[must_use]
    pub fn short_name(self) -> &'static str {
        let name = self.as_str();
        name.rsplit_once(':').map_or(name, |(_, last)| last)
    }
}

impl FromStr for GrantType {
    type Err = UnknownGrantType;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == name).ok_or(UnknownGrantType)
    }
}

impl fmt::Display for GrantType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
