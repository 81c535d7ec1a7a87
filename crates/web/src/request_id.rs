//! The name of one request, told to whoever sent it.

use std::{cell::RefCell, fmt};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::Entropy;

use crate::outline::Outline;

/// The name of one request: sixteen hexadecimal digits.
///
/// Sent as `X-Request-Id`, logged, and shown on error pages as trace ID. What the
/// sender calls the request is ignored, so nobody writes text into the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The name of `request`; none outside of [`crate::Edge`].
    #[must_use]
    pub fn of(request: &HttpRequest) -> Option<Self> {
        Outline::of(request).map(|it| it.id.clone())
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names for requests to come, drawn many at once: they are no secrets, and a draw
/// costs as much as the rest of a name.
#[derive(Default)]
pub(crate) struct RequestIds(RefCell<Vec<u64>>);

impl RequestIds {
    /// A new name.
    pub(crate) fn next(&self, entropy: &dyn Entropy) -> RequestId {
        let mut drawn = self.0.borrow_mut();
        if drawn.is_empty() {
            let bytes = entropy.bytes::<512>();
            drawn.extend(bytes.as_chunks().0.iter().map(|it| u64::from_be_bytes(*it)));
        }
        RequestId(format!("{:016x}", drawn.pop().unwrap_or_default()))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromRequest for RequestId {
    type Error = crate::PageError;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Self::of(request).ok_or(crate::PageError::Internal))
    }
}
