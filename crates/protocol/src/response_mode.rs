//! How an authorization response travels to its client.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What carries an authorization response to the redirect URI.
///
/// See [OAuth 2.0 Multiple Response Types section 2.1] and [OAuth 2.0 Form Post Response Mode].
///
/// [OAuth 2.0 Multiple Response Types section 2.1]: https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html#ResponseModes
/// [OAuth 2.0 Form Post Response Mode]: https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    /// The query of the redirect URI.
    Query,
    /// The fragment of the redirect URI.
    Fragment,
    /// A form that the browser posts to the redirect URI.
    FormPost,
}

/// The `response_mode` of a request: what carries the answer, and whether it is a signed JWT.
///
/// The JWT forms are those of [JARM section 2.3].
///
/// [JARM section 2.3]: https://openid.net/specs/oauth-v2-jarm.html#name-response-encoding
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponseMode {
    /// What carries the answer.
    pub carrier: Carrier,
    /// Whether the answer is one signed JWT.
    pub is_jwt: bool,
}

/// The text names no response mode, or no carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the response mode is not one this server knows")]
pub struct UnknownResponseMode;

impl Carrier {
    /// Every carrier.
    pub const ALL: [Self; 3] = [Self::Query, Self::Fragment, Self::FormPost];

    /// The name of the mode that is no JWT.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }
}

impl ResponseMode {
    /// What a request for a code gets that names none.
    pub const DEFAULT: Self = Self { carrier: Carrier::Query, is_jwt: false };

    /// Every name that a request may send.
    pub const NAMES: [&str; 7] =
        ["query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt"];

    /// The name, in full.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match (self.carrier, self.is_jwt) {
            (carrier, false) => carrier.as_str(),
            (Carrier::Query, true) => "query.jwt",
            (Carrier::Fragment, true) => "fragment.jwt",
            (Carrier::FormPost, true) => "form_post.jwt",
        }
    }
}

impl FromStr for Carrier {
    type Err = UnknownResponseMode;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == name).ok_or(UnknownResponseMode)
    }
}

impl FromStr for ResponseMode {
    type Err = UnknownResponseMode;

    /// `jwt` alone is what carries a code by default.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name == "jwt" {
            return Ok(Self { is_jwt: true, ..Self::DEFAULT });
        }
        let (carrier, is_jwt) = match name.strip_suffix(".jwt") {
            Some(carrier) => (carrier, true),
            None => (name, false),
        };
        Ok(Self { carrier: carrier.parse()?, is_jwt })
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_and_written_in_full() {
        for name in ResponseMode::NAMES {
            let mode: ResponseMode = name.parse().unwrap();
            assert_eq!(mode.as_str(), if name == "jwt" { "query.jwt" } else { name });
        }
    }

    #[test]
    fn nothing_else_is_a_mode() {
        for name in ["", "Query", "query ", "jwt.jwt", ".jwt", "query.jwt.jwt", "web_message"] {
            assert_eq!(name.parse::<ResponseMode>(), Err(UnknownResponseMode), "{name:?}");
        }
    }
}
