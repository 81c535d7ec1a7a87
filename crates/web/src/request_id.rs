//! The name of one request, told to whoever sent it.

use std::fmt;

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
    /// A new name.
    #[must_use]
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self(format!("{:016x}", u64::from_be_bytes(entropy.bytes::<8>())))
    }

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
