//! Why a token request was refused, and what the client is told.

use protocol::TokenErrorCode;

use crate::{ClientRefusal, DpopRefusal, GateRefusal};

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
    /// The proof of possession was refused.
    #[error(transparent)]
    Dpop(#[from] DpopRefusal),
    /// The authorization code was refused.
    #[error(transparent)]
    Code(#[from] CodeRefusal),
    /// The refresh token was refused.
    #[error(transparent)]
    Refresh(#[from] RefreshRefusal),
    /// The device code buys nothing, or not yet.
    #[error(transparent)]
    Device(#[from] DeviceRefusal),
    /// The issuance gate refused.
    #[error(transparent)]
    Gate(#[from] GateRefusal),
    /// No scope was asked for, and the client has no default one.
    #[error("no scope was asked for, and the client has no default one")]
    NoScope,
    /// Too many requests wait that came from the same address; this one was not kept.
    #[error("too many requests wait for an answer that came from this address")]
    TooManyWaiting {
        /// When the next is kept.
        retry_after_seconds: u32,
    },
}

/// Why an authorization code was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefusal {
    /// No such code was issued, or it was forgotten.
    #[error("the authorization code is unknown")]
    Unknown,
    /// It is another client's, or the redirect URI, verifier or key does not fit.
    #[error("the authorization code is bound to another client, redirect URI, verifier or key")]
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
    /// It is bound to a key that the request does not prove to hold.
    #[error("the refresh token is bound to another key")]
    WrongKey,
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

/// Why a device code buys nothing, or not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeviceRefusal {
    /// Nobody has answered yet.
    #[error("nobody has answered the device's request yet")]
    Pending,
    /// Nobody has answered yet, and the device asks too often.
    #[error("the device polls too often")]
    TooSoon,
    /// The person said no.
    #[error("the person denied the device's request")]
    Denied,
    /// Nobody answered in time.
    #[error("the device code has expired")]
    Expired,
    /// No such code was issued, or it was forgotten.
    #[error("the device code is unknown")]
    Unknown,
    /// It is another client's.
    #[error("the device code is another client's")]
    WrongClient,
    /// It was redeemed before; what it bought was revoked.
    #[error("the device code was already redeemed")]
    Replayed,
}

impl Refusal {
    /// Whether the client was only told to ask again.
    pub(super) const fn is_pending(self) -> bool {
        matches!(self, Self::Device(DeviceRefusal::Pending | DeviceRefusal::TooSoon))
    }

    /// The code the client is told, [RFC 6749 section 5.2].
    ///
    /// [RFC 6749 section 5.2]: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
    #[must_use]
    pub const fn code(self) -> TokenErrorCode {
        match self {
            Self::Missing(_) | Self::TooManyWaiting { .. } => TokenErrorCode::InvalidRequest,
            Self::MalformedScope | Self::NoScope => TokenErrorCode::InvalidScope,
            Self::UnsupportedGrantType => TokenErrorCode::UnsupportedGrantType,
            Self::Client(refusal) => refusal.code(),
            Self::Dpop(refusal) if refusal.asks_for_nonce() => TokenErrorCode::UseDpopNonce,
            Self::Dpop(_) => TokenErrorCode::InvalidDpopProof,
            Self::Code(_) => TokenErrorCode::InvalidGrant,
            Self::Refresh(refusal) => refusal.code(),
            Self::Device(refusal) => refusal.code(),
            Self::Gate(refusal) => refusal.code(),
        }
    }

    /// The seconds to wait, where waiting is what helps.
    #[must_use]
    pub const fn retry_after_seconds(self) -> Option<u32> {
        match self {
            Self::Client(refusal) => refusal.retry_after_seconds(),
            Self::TooManyWaiting { retry_after_seconds } => Some(retry_after_seconds),
            Self::Missing(_)
            | Self::MalformedScope
            | Self::UnsupportedGrantType
            | Self::Dpop(_)
            | Self::Code(_)
            | Self::Refresh(_)
            | Self::Device(_)
            | Self::Gate(_)
            | Self::NoScope => None,
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
            Self::Dpop(refusal) => refusal.description().to_owned(),
            Self::Code(_) => "The code is not valid: it is unknown, expired, already used, or was \
                              issued for another client, redirect_uri, code_verifier or DPoP key. \
                              Send the person to authorize again."
                .to_owned(),
            Self::Refresh(refusal) => refusal.description().to_owned(),
            Self::Device(refusal) => refusal.description().to_owned(),
            Self::NoScope => {
                "Send the parameter scope; the client has no default scopes.".to_owned()
            }
            Self::TooManyWaiting { .. } => {
                "Too many requests from this address wait for an answer. Try again after the \
                 seconds in Retry-After."
                    .to_owned()
            }
            Self::Gate(refusal) => refusal.description().to_owned(),
        }
    }
}

impl DeviceRefusal {
    /// The code the client is told, [RFC 8628 section 3.5].
    ///
    /// [RFC 8628 section 3.5]: https://www.rfc-editor.org/rfc/rfc8628#section-3.5
    const fn code(self) -> TokenErrorCode {
        match self {
            Self::Pending => TokenErrorCode::AuthorizationPending,
            Self::TooSoon => TokenErrorCode::SlowDown,
            Self::Denied => TokenErrorCode::AccessDenied,
            Self::Expired => TokenErrorCode::ExpiredToken,
            Self::Unknown | Self::WrongClient | Self::Replayed => TokenErrorCode::InvalidGrant,
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Pending => {
                "Nobody has answered yet. Ask again after the seconds of the interval."
            }
            Self::TooSoon => {
                "Nobody has answered yet, and you ask too often. Wait 5 seconds longer each time."
            }
            Self::Denied => "The person said no. Do not ask again.",
            Self::Expired => "Nobody answered in time. Ask for a new device code.",
            Self::Unknown | Self::WrongClient | Self::Replayed => {
                "The device code is not valid: it is unknown, already used, or was issued to \
                 another client. Ask for a new one."
            }
        }
    }
}

impl RefreshRefusal {
    const fn code(self) -> TokenErrorCode {
        match self {
            Self::Unknown
            | Self::WrongClient
            | Self::WrongKey
            | Self::Revoked
            | Self::Expired
            | Self::Replayed => TokenErrorCode::InvalidGrant,
            Self::Off => TokenErrorCode::UnauthorizedClient,
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Unknown
            | Self::WrongClient
            | Self::WrongKey
            | Self::Revoked
            | Self::Expired
            | Self::Replayed => {
                "The refresh token is not valid: it is unknown, expired, revoked, already used, or \
                 was issued to another client or DPoP key. Send the person to authorize again."
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
    fn device_codes_that_are_not_the_clients_to_redeem_look_the_same() {
        let told = [DeviceRefusal::Unknown, DeviceRefusal::WrongClient, DeviceRefusal::Replayed]
            .map(|it| (it.code(), it.description()));

        assert!(told.iter().all(|it| *it == told[0]));
        assert_eq!(told[0].0, TokenErrorCode::InvalidGrant);
    }

    #[test]
    fn every_failed_authentication_looks_the_same() {
        let told = [
            ClientRefusal::UnknownClient,
            ClientRefusal::Inactive,
            ClientRefusal::WrongMethod,
            ClientRefusal::WrongSecret,
        ]
        .map(|it| (it.code(), it.description()));

        assert!(told.iter().all(|it| *it == told[0]));
    }
}
