//! Why an operation did not happen.

use domain::{FieldError, Permission};
use store::StoreError;

/// Why an operation did not happen; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The caller lacks this permission.
    #[error("the caller lacks the permission {0}")]
    Forbidden(Permission),
    /// The thing does not exist, or the caller may not know that it does.
    #[error("the {0} does not exist")]
    NotFound(&'static str),
    /// Fields hold values that the operation cannot take.
    #[error("some fields need a change")]
    Invalid(Vec<FieldError>),
    /// The state of things does not allow it; the code names the rule.
    #[error("the state does not allow it: {detail}")]
    Conflict {
        /// The stable name of the rule, such as `last-owner`.
        code: &'static str,
        /// What to do about it.
        detail: String,
    },
    /// Someone else changed it first; this is its version now.
    #[error("someone else changed it first")]
    Stale {
        /// The version that is stored.
        current: i64,
    },
    /// Too much at once; it can be tried again.
    #[error("the server is busy")]
    Busy {
        /// When to try again.
        retry_after_seconds: u32,
    },
    /// The database failed.
    #[error("the operation could not be carried out")]
    Unavailable(#[from] StoreError),
}

impl Problem {
    /// A fault of one field.
    #[must_use]
    pub fn field(field: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::of(field, code, detail)])
    }
}
