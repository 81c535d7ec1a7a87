//! The kinds of problem, each with its status and its page.

use actix_web::http::StatusCode;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $name:ident = $slug:literal, $status:ident, $title:literal;)*) => {
        /// The kinds of problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind {
            $($(#[doc = $doc])* $name,)*
        }

        impl Kind {
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// What `type` ends in.
            pub(crate) const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The same for every occurrence.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

kinds! {
    /// The body cannot be read as JSON.
    MalformedJson = "malformed-json", BAD_REQUEST, "The body is not JSON";
    /// The body holds a member that the operation does not take.
    UnknownField = "unknown-field", BAD_REQUEST, "The body holds an unknown member";
    /// The query holds a parameter that the operation does not take.
    UnknownParameter = "unknown-parameter", BAD_REQUEST, "The query holds an unknown parameter";
    /// A query parameter holds a value that the operation cannot take.
    InvalidParameter = "invalid-parameter", BAD_REQUEST, "A parameter needs a change";
    /// A header holds a value that the operation cannot take.
    InvalidHeader = "invalid-header", BAD_REQUEST, "A header needs a change";
    /// The HTTP request itself cannot be understood.
    BadRequest = "bad-request", BAD_REQUEST, "The request cannot be understood";
    /// There are no credentials, or they do not work.
    Unauthorized = "unauthorized", UNAUTHORIZED, "Working credentials are needed";
    /// The caller lacks a permission.
    Forbidden = "forbidden", FORBIDDEN, "A permission is missing";
    /// There is no such thing.
    NotFound = "not-found", NOT_FOUND, "There is no such thing";
    /// The address exists, the method does not.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "The address does not take this method";
    /// The state of things does not allow it.
    Conflict = "conflict", CONFLICT, "The state of things does not allow it";
    /// The first request of this key is still being worked on.
    InFlight = "idempotency-key-in-flight", CONFLICT, "The first request is still being worked on";
    /// The answer held a secret, which is told once.
    SecretAlreadyReturned = "secret-already-returned", CONFLICT, "The secret was already returned";
    /// What the first request did is known, what it was answered is not.
    AnswerLost = "answer-lost", CONFLICT, "The first answer got lost";
    /// Someone else changed it first.
    Stale = "stale-version", PRECONDITION_FAILED, "Someone else changed it first";
    /// More was sent than is read.
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// The body is of another type.
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body is not of a type that is read here";
    /// Fields hold values that the operation cannot take.
    Validation = "validation", UNPROCESSABLE_ENTITY, "Some fields need a change";
    /// The key was sent with another request before.
    KeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "The idempotency key belongs to another request";
    /// A change needs `If-Match`.
    PreconditionRequired = "precondition-required", PRECONDITION_REQUIRED, "Say which version you are changing";
    /// Too many calls.
    TooManyRequests = "too-many-requests", TOO_MANY_REQUESTS, "Too many calls";
    /// Something broke.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something broke on our side";
    /// Too much at once.
    Busy = "busy", SERVICE_UNAVAILABLE, "The server is busy";
    /// The database does not answer.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Something the server needs does not answer";
}

impl Kind {
    /// The kind of an error that only has a status.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            413 => Self::BodyTooLarge,
            415 => Self::UnsupportedMediaType,
            429 => Self::TooManyRequests,
            503 => Self::Unavailable,
            500..=599 => Self::Internal,
            _ => Self::BadRequest,
        }
    }
}
