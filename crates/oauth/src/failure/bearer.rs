//! How protected resources tell what went wrong.

use std::fmt;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use engine::BearerRefusal;
use protocol::{BearerErrorCode, ResponseFormat, TokenScheme, challenge};
use web::{DPOP_NONCE, RequestId, errors};

use super::{REALM, RETRY, no_store};
use crate::{dpop::nonce_for, format::Members};

/// Why a protected resource answers with an error, [RFC 6750 section 3] and [RFC 9449 section 7.1].
///
/// [RFC 6750 section 3]: https://www.rfc-editor.org/rfc/rfc6750#section-3
/// [RFC 9449 section 7.1]: https://www.rfc-editor.org/rfc/rfc9449#section-7.1
#[derive(Debug)]
pub(crate) struct BearerFailure {
    kind: BearerFailureKind,
    /// How the request presented its token, if it did.
    scheme: TokenScheme,
    trace_id: Option<String>,
    dpop_nonce: Option<String>,
}

/// The kinds of failure, each with its own status.
#[derive(Debug)]
pub(crate) enum BearerFailureKind {
    /// No token was sent; nothing is said to be wrong.
    Missing,
    /// The request carries a token where, or as often as, it may not.
    Malformed(&'static str),
    /// The token does not open this.
    Refused(BearerRefusal),
    /// Other methods are asked for.
    MethodNotAllowed(&'static str),
    /// The database does not answer.
    Unavailable,
}

impl BearerFailureKind {
    /// Logs why the database failed; the caller learns when to try again.
    pub(crate) fn unavailable(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = errors::chain(error), "a request could not be carried out");
        Self::Unavailable
    }

    /// The failure as the answer to `request`.
    pub(crate) fn in_answer_to(self, request: &HttpRequest) -> BearerFailure {
        let trace_id = RequestId::of(request).map(|it| it.to_string());
        let header = request.headers().get(AUTHORIZATION).and_then(|it| it.to_str().ok());
        let scheme = header.and_then(TokenScheme::of_header);
        BearerFailure {
            scheme: scheme.map_or(TokenScheme::Bearer, |(scheme, _token)| scheme),
            trace_id,
            dpop_nonce: nonce_for(request, self.code().map(BearerErrorCode::as_str)),
            kind: self,
        }
    }

    const fn code(&self) -> Option<BearerErrorCode> {
        match self {
            Self::Malformed(_) | Self::MethodNotAllowed(_) => Some(BearerErrorCode::InvalidRequest),
            Self::Refused(refusal) => Some(refusal.code()),
            Self::Missing | Self::Unavailable => None,
        }
    }

    const fn description(&self) -> &'static str {
        match self {
            Self::Missing => {
                "Send an access token in the Authorization header, as Bearer, or as DPoP with a \
                 proof."
            }
            Self::Malformed(description) => description,
            Self::Refused(refusal) => refusal.description(),
            Self::MethodNotAllowed(_) => "Send the request by a method that is allowed.",
            Self::Unavailable => "The server cannot answer now. Try again in a few seconds.",
        }
    }

    /// The `WWW-Authenticate` header.
    fn challenge(&self, scheme: TokenScheme) -> String {
        let mut parts = Vec::new();
        if let Some(code) = self.code() {
            parts.extend([("error", code.as_str()), ("error_description", self.description())]);
        }
        if let Self::Refused(refusal) = self {
            parts.extend(refusal.scope().map(|scope| ("scope", scope)));
        }
        challenge(REALM, scheme, &parts)
    }
}

impl fmt::Display for BearerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.description())
    }
}

impl ResponseError for BearerFailure {
    fn status_code(&self) -> StatusCode {
        match &self.kind {
            BearerFailureKind::Missing => StatusCode::UNAUTHORIZED,
            BearerFailureKind::Malformed(_) => StatusCode::BAD_REQUEST,
            BearerFailureKind::Refused(refusal) => match refusal.code() {
                BearerErrorCode::InvalidRequest => StatusCode::BAD_REQUEST,
                BearerErrorCode::InvalidToken
                | BearerErrorCode::InvalidDpopProof
                | BearerErrorCode::UseDpopNonce => StatusCode::UNAUTHORIZED,
                BearerErrorCode::InsufficientScope => StatusCode::FORBIDDEN,
            },
            BearerFailureKind::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            BearerFailureKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut members = Members::default();
        members.text_if("error", self.kind.code().map(BearerErrorCode::as_str));
        members.text("error_description", self.kind.description());
        members.text_if("trace_id", self.trace_id.as_deref());
        let (content_type, body) = members.write(ResponseFormat::Json);

        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((CONTENT_TYPE, content_type));
        no_store(&mut response);
        if let Some(nonce) = &self.dpop_nonce {
            response.insert_header((DPOP_NONCE, nonce.as_str()));
        }
        match &self.kind {
            BearerFailureKind::MethodNotAllowed(allowed) => {
                response.insert_header((ALLOW, *allowed));
            }
            BearerFailureKind::Unavailable => {
                response.insert_header((RETRY_AFTER, RETRY.as_secs()));
            }
            BearerFailureKind::Missing
            | BearerFailureKind::Malformed(_)
            | BearerFailureKind::Refused(_) => {
                response.insert_header((WWW_AUTHENTICATE, self.kind.challenge(self.scheme)));
            }
        }
        response.body(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_say_what_rfc_6750_asks() {
        let bearer = TokenScheme::Bearer;
        let missing = BearerFailureKind::Missing.challenge(bearer);
        let scope = BearerFailureKind::Refused(BearerRefusal::InsufficientScope("resource.read"));

        assert_eq!(
            missing,
            "Bearer realm=\"Countersign\", DPoP realm=\"Countersign\", algs=\"ES256 EdDSA PS256\""
        );
        assert_eq!(
            scope.challenge(bearer),
            "Bearer realm=\"Countersign\", error=\"insufficient_scope\", \
             error_description=\"Get an access token with the scope that is named.\", \
             scope=\"resource.read\""
        );
    }
}
