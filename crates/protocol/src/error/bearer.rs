//! Codes of protected resources.

/// An `error` in a `WWW-Authenticate` challenge, [RFC 6750 section 3.1].
///
/// [RFC 6750 section 3.1]: https://www.rfc-editor.org/rfc/rfc6750#section-3.1
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BearerErrorCode {
    /// The request carries a token in two places or is malformed.
    InvalidRequest,
    /// The token is expired, revoked or not one of ours.
    InvalidToken,
    /// The token lacks a scope.
    InsufficientScope,
    /// The proof of possession is missing or wrong, RFC 9449 section 7.1.
    InvalidDpopProof,
    /// The proof has to hold a nonce of this server, RFC 9449 section 9.
    UseDpopNonce,
}

impl BearerErrorCode {
    /// The code as it goes on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
        }
    }
}
