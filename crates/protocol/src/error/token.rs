//! Codes of the token endpoint and of those that authenticate clients alike.

/// An `error` of a token response, [RFC 6749 section 5.2].
///
/// [RFC 6749 section 5.2]: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenErrorCode {
    /// A required parameter is missing, repeated or malformed.
    InvalidRequest,
    /// Client authentication failed.
    InvalidClient,
    /// The code or refresh token is unknown, expired, used or not this client's.
    InvalidGrant,
    /// The client may not use this grant type.
    UnauthorizedClient,
    /// The server does not offer this grant type.
    UnsupportedGrantType,
    /// The scope asked for is unknown or exceeds what was granted.
    InvalidScope,
    /// A `resource` is unknown or not granted, RFC 8707.
    InvalidTarget,
    /// The proof of possession is missing or wrong, RFC 9449 section 5.
    InvalidDpopProof,
    /// The proof has to hold a nonce of this server, RFC 9449 section 8.
    UseDpopNonce,
    /// The person has not answered yet, [RFC 8628 section 3.5].
    ///
    /// [RFC 8628 section 3.5]: https://www.rfc-editor.org/rfc/rfc8628#section-3.5
    AuthorizationPending,
    /// The person has not answered yet, and the client asks too often, RFC 8628 section 3.5.
    SlowDown,
    /// The person said no, RFC 8628 section 3.5.
    AccessDenied,
    /// The person did not answer in time, RFC 8628 section 3.5.
    ExpiredToken,
}

impl TokenErrorCode {
    /// The code as it goes on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::AccessDenied => "access_denied",
            Self::ExpiredToken => "expired_token",
        }
    }
}
