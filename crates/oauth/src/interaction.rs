//! The pages that people see between a request and its answer: sign-in, consent,
//! sign-out, set-up, and links that work once.

mod client_words;
pub(crate) mod consent;
pub(crate) mod device;
mod gone;
pub(crate) mod link;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod password;
pub(crate) mod setup;
mod visitor;

use std::time::Duration;

use service::Problem;
use web::PageError;

use client_words::ClientWords;
pub(crate) use gone::gone;
pub(crate) use visitor::{Browser, signed_in};

/// The page for a database that does not answer; the error is logged.
pub(crate) fn unavailable(error: impl std::error::Error + 'static) -> PageError {
    PageError::unavailable(&error)
}

/// The page for a problem that no form can show beside a field.
pub(crate) fn busy_or_broken(problem: Problem) -> PageError {
    match problem {
        Problem::Busy { retry_after_seconds } => {
            let retry_after = Duration::from_secs(retry_after_seconds.into());
            PageError::Unavailable { retry_after }
        }
        Problem::Forbidden(permission) => PageError::Forbidden(permission),
        Problem::NotFound(_) => PageError::NotFound,
        Problem::Conflict { detail, .. } => PageError::Conflict(detail),
        Problem::Invalid(_) | Problem::Stale { .. } => PageError::BadForm,
        Problem::Unavailable(error) => PageError::unavailable(&error),
    }
}
