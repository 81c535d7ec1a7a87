//! One field that was rejected.

use serde::Serialize;

/// A field that was rejected, why, and what to change.
///
/// The API shows it under `errors`, the control center beside the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// A JSON pointer as a fragment, such as `#/redirect_uris/1`.
    pub pointer: String,
    /// The stable name of the rule, such as `https-required`.
    pub code: &'static str,
    /// A sentence for people.
    pub detail: String,
}

impl FieldError {
    /// A fault of `field`, the name of a top-level member.
    #[must_use]
    pub fn of(field: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self { pointer: format!("#/{field}"), code, detail: detail.into() }
    }

    /// A fault of the entry `index` of the list `field`.
    #[must_use]
    pub fn at(field: &str, index: usize, code: &'static str, detail: impl Into<String>) -> Self {
        Self { pointer: format!("#/{field}/{index}"), code, detail: detail.into() }
    }

    /// The top-level member the pointer leads into.
    #[must_use]
    pub fn field(&self) -> &str {
        self.pointer.trim_start_matches("#/").split('/').next().unwrap_or_default()
    }
}
