//! Passwords: what may be one, and the threads that hash them.

mod hasher;
mod rules;

use std::fmt;

use domain::FieldError;
use secrecy::{ExposeSecret as _, SecretString};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

pub(crate) use hasher::{Hasher, Verdict};
pub use rules::PasswordContext;

use crate::{Problem, Service};

/// What hashing one password costs: Argon2id on one lane.
///
/// The default is what the product is measured with; less is for tests only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, iterations: 2 }
    }
}

/// The most characters and bytes that are looked at.
pub(crate) const MAX_CHARS: usize = 256;
pub(crate) const MAX_BYTES: usize = 1024;

/// A password in the one form that is hashed: NFKC, nothing trimmed or re-cased.
pub(crate) struct Normalized(Zeroizing<String>);

impl Normalized {
    /// Normalizes what a person typed; `None` when it is longer than any password.
    pub(crate) fn of(password: &SecretString) -> Option<Self> {
        let text = password.expose_secret();
        if text.len() > MAX_BYTES {
            return None;
        }
        let normalized: String = text.nfkc().collect();
        (normalized.len() <= MAX_BYTES && normalized.chars().count() <= MAX_CHARS)
            .then(|| Self(Zeroizing::new(normalized)))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Normalized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Normalized(..)")
    }
}

/// Whether `password` may be the password of the person in `context`.
///
/// # Errors
///
/// A fault of the field `password`, with what to change.
pub fn check(password: &SecretString, context: &PasswordContext<'_>) -> Result<(), FieldError> {
    rules::check(password, context).map(|_normalized| ())
}

/// Checks `password` and hashes it; nothing of this may run inside a transaction.
///
/// # Errors
///
/// [`Problem::Invalid`] with a fault of the field `password`, or [`Problem::Busy`].
pub async fn hash(
    service: &Service,
    password: &SecretString,
    context: &PasswordContext<'_>,
) -> Result<String, Problem> {
    let normalized =
        rules::check(password, context).map_err(|fault| Problem::Invalid(vec![fault]))?;
    service.sign_in.hasher.hash(normalized, &*service.parts.entropy).await
}
