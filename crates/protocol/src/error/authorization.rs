//! Codes of the authorization endpoint.

/// An `error` of an authorization response.
///
/// See [RFC 6749 section 4.1.2.1] and [OpenID Connect Core section 3.1.2.6].
///
/// [RFC 6749 section 4.1.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
/// [OpenID Connect Core section 3.1.2.6]: https://openid.net/specs/openid-connect-core-1_0.html#AuthError
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorizationErrorCode {
    /// A parameter is missing, repeated or malformed.
    InvalidRequest,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// The person said no.
    AccessDenied,
    /// The server does not offer this response type.
    UnsupportedResponseType,
    /// A scope is unknown or not allowed.
    InvalidScope,
    /// `prompt=none` and the person is not signed in.
    LoginRequired,
    /// `prompt=none` and the person has not approved.
    ConsentRequired,
    /// A request object was sent and the client has no keys to check it with.
    RequestNotSupported,
    /// A `request_uri` was sent that the server did not hand out.
    RequestUriNotSupported,
    /// A pushed request is unknown, too old, spent or another client's, RFC 9101 section 7.
    InvalidRequestUri,
    /// A request object is not what it must be, RFC 9101 section 7.
    InvalidRequestObject,
    /// A `registration` was sent; the server takes none.
    RegistrationNotSupported,
    /// A `resource` is unknown or not allowed, RFC 8707.
    InvalidTarget,
}

impl AuthorizationErrorCode {
    /// The code as it goes on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::InvalidTarget => "invalid_target",
        }
    }
}
