//! Pages for what went wrong, and the guard that nothing else is sent instead of them.

mod present;

use std::{error::Error, time::Duration};

use actix_web::{HttpResponse, ResponseError, http::StatusCode, http::header::RETRY_AFTER};
use domain::Permission;
use service::Problem;

pub(crate) use present::{needs_page, present};

/// Why a page is not shown. The answer is the page of its status, with the trace ID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The request cannot be understood; the sentence is shown.
    #[error("the request cannot be understood")]
    BadRequest(String),
    /// The form did not have the fields of its page.
    #[error("the form does not fit its page")]
    BadForm,
    /// The form was not sent from a page of this server that this browser has open.
    #[error("the form was not sent from a page of this browser")]
    StaleForm,
    /// The reader lacks a right.
    #[error("the permission {0} is missing")]
    Forbidden(Permission),
    /// The reader may not do this here, whatever their permissions; the sentence is shown.
    #[error("the reader may not do this here")]
    Refused(String),
    /// There is no such page, or it is not the reader's to know.
    #[error("there is no such page")]
    NotFound,
    /// What is asked for does not fit the state of things; the sentence is shown.
    #[error("the state of things does not allow it")]
    Conflict(String),
    /// More was sent than is read.
    #[error("the request is too large")]
    TooLarge,
    /// Another content type was sent than is read.
    #[error("the content type is not read here")]
    WrongContentType,
    /// Too many tries.
    #[error("too many tries")]
    TooManyRequests {
        /// When the next try may succeed.
        retry_after: Duration,
    },
    /// Something broke.
    #[error("something broke")]
    Internal,
    /// Something needed cannot be reached now.
    #[error("something needed cannot be reached")]
    Unavailable {
        /// When the next try may succeed.
        retry_after: Duration,
    },
}

impl PageError {
    /// Logs `error` with its sources; the reader only learns that something broke.
    #[must_use]
    pub fn internal(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = chain(error), "a page could not be made");
        Self::Internal
    }

    /// Logs `error` with its sources; the reader learns when to try again.
    #[must_use]
    pub fn unavailable(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = chain(error), "something needed cannot be reached");
        Self::Unavailable { retry_after: Duration::from_secs(5) }
    }
}

/// `error` and what caused it, in one line.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// For problems that a page has no place of its own for.
impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Forbidden(permission) => Self::Forbidden(permission),
            Problem::NotFound(_) => Self::NotFound,
            Problem::Invalid(fields) => Self::BadRequest(
                fields.into_iter().map(|it| it.detail).collect::<Vec<_>>().join(" "),
            ),
            Problem::Conflict { detail, .. } => Self::Conflict(detail),
            Problem::Stale { .. } => {
                Self::Conflict("Someone else changed this meanwhile. Nothing was saved.".to_owned())
            }
            Problem::Busy { retry_after_seconds } => {
                Self::Unavailable { retry_after: Duration::from_secs(retry_after_seconds.into()) }
            }
            Problem::Unavailable(error) => Self::unavailable(&error),
        }
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) | Self::BadForm => StatusCode::BAD_REQUEST,
            Self::StaleForm | Self::Forbidden(_) | Self::Refused(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Without a body: [`crate::Edge`] writes the page, for it knows the reader's colours.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Self::TooManyRequests { retry_after } | Self::Unavailable { retry_after } = self {
            response.insert_header((RETRY_AFTER, retry_after.as_secs().max(1)));
        }
        let mut response = response.finish();
        response.extensions_mut().insert(self.clone());
        response
    }
}

#[cfg(test)]
mod tests;
