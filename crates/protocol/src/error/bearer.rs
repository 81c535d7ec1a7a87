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
}

impl BearerErrorCode {
    /// The code as it goes on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }
}
