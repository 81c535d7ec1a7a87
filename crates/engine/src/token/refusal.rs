//! Why a token request was refused, and what the client is told.

use protocol::TokenErrorCode;

use crate::{ClientRefusal, GateRefusal};

/// Why a token request was refused.
///
/// The log and the audit trail get this reason; the client gets
/// [`Refusal::code`] and [`Refusal::description`], by which a prober cannot tell
/// an unknown code from a used one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A parameter that must be there is not.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// The scope is not one.
    #[error("the scope is malformed")]
    MalformedScope,
    /// The server does not know the grant type.
    #[error("the grant type is unknown")]
    UnsupportedGrantType,
    /// The client was not authenticated.
    #[error(transparent)]
    Client(#[from] ClientRefusal),
    /// The authorization code was refused.
    #[error(transparent)]
    Code(#[from] CodeRefusal),
    /// The refresh token was refused.
    #[error(transparent)]
    Refresh(#[from] RefreshRefusal),
    /// The issuance gate refused.
    #[error(transparent)]
    Gate(#[from] GateRefusal),
}

/// Why an authorization code was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefusal {
    /// No such code was issued, or it was forgotten.
    #[error("the authorization code is unknown")]
    Unknown,
    /// It is another client's, or the redirect URI or verifier does not fit.
    #[error("the authorization code is bound to another client, redirect URI or verifier")]
    Unbound,
    /// The verifier is not one.
    #[error("the code verifier is malformed")]
    MalformedVerifier,
    /// It expired unused.
    #[error("the authorization code has expired")]
    Expired,
    /// It was redeemed before; what it bought was revoked.
    #[error("the authorization code was already redeemed")]
    Replayed,
}

/// Why a refresh token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefreshRefusal {
    /// No such token was issued, or it was forgotten.
    #[error("the refresh token is unknown")]
    Unknown,
    /// It is another client's.
    #[error("the refresh token is another client's")]
    WrongClient,
    /// It, or the grant it renews, was revoked.
    #[error("the refresh token was revoked")]
    Revoked,
    /// It expired.
    #[error("the refresh token has expired")]
    Expired,
    /// It was replaced before; the whole family was revoked.
    #[error("the refresh token was already used")]
    Replayed,
    /// The client is no longer given refresh tokens.
    #[error("the client gets no refresh tokens")]
    Off,
}

impl Refusal {
    /// The code the client is told, [RFC 6749 section 5.2].
    ///
    /// [RFC 6749 section 5.2]: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
    #[must_use]
    pub const fn code(self) -> TokenErrorCode {
        match self {
            Self::Missing(_) => TokenErrorCode::InvalidRequest,
            Self::MalformedScope => TokenErrorCode::InvalidScope,
            Self::UnsupportedGrantType => TokenErrorCode::UnsupportedGrantType,
            Self::Client(refusal) => refusal.code(),
            Self::Code(_) => TokenErrorCode::InvalidGrant,
            Self::Refresh(refusal) => refusal.code(),
            Self::Gate(refusal) => refusal.code(),
        }
    }

    /// The seconds to wait, where waiting is what helps.
    #[must_use]
    pub const fn retry_after_seconds(self) -> Option<u32> {
        match self {
            Self::Client(refusal) => refusal.retry_after_seconds(),
            Self::Missing(_)
            | Self::MalformedScope
            | Self::UnsupportedGrantType
            | Self::Code(_)
            | Self::Refresh(_)
            | Self::Gate(_) => None,
        }
    }

    /// What to change, in words.
    #[must_use]
    pub fn description(self) -> String {
        match self {
            Self::Missing(name) => format!("Send the parameter {name}."),
            Self::MalformedScope => "Send at most 64 scope names, separated by spaces.".to_owned(),
            Self::UnsupportedGrantType => {
                "Send as grant_type one of those the metadata document lists.".to_owned()
            }
            Self::Client(refusal) => refusal.description().to_owned(),
            Self::Code(_) => "The code is not valid: it is unknown, expired, already used, or was \
                              issued for another client, redirect_uri or code_verifier. Send the \
                              person to authorize again."
                .to_owned(),
            Self::Refresh(refusal) => refusal.description().to_owned(),
            Self::Gate(refusal) => refusal.description().to_owned(),
        }
    }
}

impl RefreshRefusal {
    const fn code(self) -> TokenErrorCode {
        match self {
            Self::Unknown | Self::WrongClient | Self::Revoked | Self::Expired | Self::Replayed => {
                TokenErrorCode::InvalidGrant
            }
            Self::Off => TokenErrorCode::UnauthorizedClient,
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Unknown | Self::WrongClient | Self::Revoked | Self::Expired | Self::Replayed => {
                "The refresh token is not valid: it is unknown, expired, revoked, already used, or \
                 was issued to another client. Send the person to authorize again."
            }
            Self::Off => {
                "Switch refresh tokens on for the client, or send the person to authorize \
                          again."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_code_looks_the_same() {
        let told = [
            CodeRefusal::Unknown,
            CodeRefusal::Unbound,
            CodeRefusal::MalformedVerifier,
            CodeRefusal::Expired,
            CodeRefusal::Replayed,
        ]
        .map(|it| (Refusal::Code(it).code(), Refusal::Code(it).description()));

        assert!(told.iter().all(|it| *it == told[0]));
        assert_eq!(told[0].0, TokenErrorCode::InvalidGrant);
    }

    #[test]
    fn every_failed_authentication_looks_the_same() {
        let told = [
            ClientRefusal::UnsupportedMethod,
            ClientRefusal::UnknownClient,
            ClientRefusal::Inactive,
            ClientRefusal::WrongMethod,
            ClientRefusal::WrongSecret,
        ]
        .map(|it| (it.code(), it.description()));

        assert!(told.iter().all(|it| *it == told[0]));
    }
}
