//! How the endpoints that answer programs tell what went wrong.

mod bearer;

use std::{fmt, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE,
        },
    },
};
use engine::{Refusal, TokenQueryRefusal};
use protocol::{AuthorizationErrorCode, InvalidParameters, ResponseFormat, TokenErrorCode};
use web::{DPOP_NONCE, ParamsError, RequestId, errors};

pub(crate) use bearer::{BearerFailure, BearerFailureKind};

use crate::{dpop::nonce_for, format::Members};

/// When a request that the database failed may be tried again.
const RETRY: Duration = Duration::from_secs(5);
/// What is protected, for challenges.
const REALM: &str = "Countersign";

/// Why `/token`, `/par`, `/revoke` or `/introspect` answers with an error, [RFC 6749 section 5.2].
///
/// [RFC 6749 section 5.2]: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
#[derive(Debug)]
pub(crate) struct TokenFailure {
    format: ResponseFormat,
    trace_id: Option<String>,
    dpop_nonce: Option<String>,
    kind: TokenFailureKind,
}

/// The kinds of failure, each with its own status.
#[derive(Debug)]
pub(crate) enum TokenFailureKind {
    /// The protocol says no.
    Refused {
        /// The registered code.
        code: TokenErrorCode,
        /// What to change.
        description: String,
    },
    /// An authorization request that was pushed is refused, RFC 9126 section 2.3.
    Request {
        /// The registered code.
        code: AuthorizationErrorCode,
        /// What to change.
        description: String,
    },
    /// Other methods are asked for.
    MethodNotAllowed(&'static str),
    /// The body is no form.
    UnsupportedMediaType,
    /// The body is longer than is read.
    TooLarge,
    /// Too many requests like it were refused.
    TooManyTries {
        /// The registered code.
        code: TokenErrorCode,
        /// What to change.
        description: String,
        /// When the next one is looked at.
        retry_after_seconds: u32,
    },
    /// The database does not answer.
    Unavailable,
}

impl TokenFailureKind {
    /// A request that is not well-formed.
    pub(crate) fn malformed(description: impl Into<String>) -> Self {
        Self::Refused { code: TokenErrorCode::InvalidRequest, description: description.into() }
    }

    /// A request that sends the parameter `name` more than once.
    pub(crate) fn repeated(name: &str) -> Self {
        let shown: String = name.chars().filter(|it| is_printable(*it)).take(64).collect();
        if shown.trim().is_empty() {
            return Self::malformed("Send each parameter once.");
        }
        Self::malformed(format!("Send the parameter {shown} once."))
    }

    pub(crate) fn refused(code: TokenErrorCode, description: String, wait: Option<u32>) -> Self {
        match wait {
            Some(retry_after_seconds) => {
                Self::TooManyTries { code, description, retry_after_seconds }
            }
            None => Self::Refused { code, description },
        }
    }

    /// Logs why the database failed; the caller learns when to try again.
    pub(crate) fn unavailable(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = errors::chain(error), "a request could not be carried out");
        Self::Unavailable
    }

    /// The failure as the answer to `request`.
    pub(crate) fn in_answer_to(
        self,
        request: &HttpRequest,
        format: ResponseFormat,
    ) -> TokenFailure {
        let trace_id = RequestId::of(request).map(|it| it.to_string());
        let dpop_nonce = nonce_for(request, self.code());
        TokenFailure { format, trace_id, dpop_nonce, kind: self }
    }

    const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Refused { code, .. } | Self::TooManyTries { code, .. } => Some(code.as_str()),
            Self::Request { code, .. } => Some(code.as_str()),
            Self::MethodNotAllowed(_) | Self::UnsupportedMediaType | Self::TooLarge => {
                Some(TokenErrorCode::InvalidRequest.as_str())
            }
            Self::Unavailable => None,
        }
    }

    fn description(&self) -> &str {
        match self {
            Self::Refused { description, .. }
            | Self::Request { description, .. }
            | Self::TooManyTries { description, .. } => description,
            Self::MethodNotAllowed(_) => "Send the request by a method that is allowed.",
            Self::UnsupportedMediaType => {
                "Send the parameters as application/x-www-form-urlencoded."
            }
            Self::TooLarge => "Send at most 64 KiB.",
            Self::Unavailable => "The server cannot answer now. Try again in a few seconds.",
        }
    }
}

impl From<Refusal> for TokenFailureKind {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal.description(), refusal.retry_after_seconds())
    }
}

impl From<TokenQueryRefusal> for TokenFailureKind {
    fn from(refusal: TokenQueryRefusal) -> Self {
        let description = refusal.description().to_owned();
        Self::refused(refusal.code(), description, refusal.retry_after_seconds())
    }
}

impl From<InvalidParameters> for TokenFailureKind {
    fn from(error: InvalidParameters) -> Self {
        Self::malformed(match error {
            InvalidParameters::NotText => "Send the parameters in UTF-8, without U+0000.",
            InvalidParameters::TooMany => "Send fewer parameters.",
        })
    }
}

impl From<ParamsError> for TokenFailureKind {
    fn from(error: ParamsError) -> Self {
        match error {
            ParamsError::TooLarge => Self::TooLarge,
            ParamsError::WrongContentType => Self::UnsupportedMediaType,
        }
    }
}

/// The characters that an `error_description` may hold, [RFC 6749 appendix A.8].
///
/// [RFC 6749 appendix A.8]: https://www.rfc-editor.org/rfc/rfc6749#appendix-A.8
const fn is_printable(character: char) -> bool {
    matches!(character, '\x20'..='\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')
}

impl fmt::Display for TokenFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.description())
    }
}

impl ResponseError for TokenFailure {
    fn status_code(&self) -> StatusCode {
        match &self.kind {
            TokenFailureKind::Refused { code: TokenErrorCode::InvalidClient, .. } => {
                StatusCode::UNAUTHORIZED
            }
            TokenFailureKind::Refused { .. } | TokenFailureKind::Request { .. } => {
                StatusCode::BAD_REQUEST
            }
            TokenFailureKind::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            TokenFailureKind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            TokenFailureKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            TokenFailureKind::TooManyTries { .. } => StatusCode::TOO_MANY_REQUESTS,
            TokenFailureKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut members = Members::default();
        members.text_if("error", self.kind.code());
        members.text("error_description", self.kind.description());
        members.text_if("trace_id", self.trace_id.as_deref());
        let (content_type, body) = members.write(self.format);

        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, content_type));
        no_store(&mut response);
        if let Some(nonce) = &self.dpop_nonce {
            response.insert_header((DPOP_NONCE, nonce.as_str()));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, format!("Basic realm=\"{REALM}\"")));
        }
        match &self.kind {
            TokenFailureKind::MethodNotAllowed(allowed) => {
                response.insert_header((ALLOW, *allowed));
            }
            TokenFailureKind::Unavailable => {
                response.insert_header((RETRY_AFTER, RETRY.as_secs()));
            }
            TokenFailureKind::TooManyTries { retry_after_seconds, .. } => {
                response.insert_header((RETRY_AFTER, *retry_after_seconds));
            }
            TokenFailureKind::Refused { .. }
            | TokenFailureKind::Request { .. }
            | TokenFailureKind::UnsupportedMediaType
            | TokenFailureKind::TooLarge => {}
        }
        response.body(body)
    }
}

/// Keeps an answer out of every cache, [RFC 6749 section 5.1].
///
/// [RFC 6749 section 5.1]: https://www.rfc-editor.org/rfc/rfc6749#section-5.1
pub(crate) fn no_store(response: &mut actix_web::HttpResponseBuilder) {
    response.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    response.insert_header((PRAGMA, HeaderValue::from_static("no-cache")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_holds_no_character_that_the_rfc_forbids() {
        let kind = TokenFailureKind::repeated("a\"b\\c\u{0}ü");

        assert_eq!(kind.description(), "Send the parameter abc once.");
        for unprintable in ["é\"", " ", ""] {
            let kind = TokenFailureKind::repeated(unprintable);
            assert_eq!(kind.description(), "Send each parameter once.");
        }
    }
}
