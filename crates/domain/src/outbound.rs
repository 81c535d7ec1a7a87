//! Documents of other servers, and where they are read from.

use std::pin::Pin;

/// A document that is on its way.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + 'a>>;

/// Where the server reads the documents of other servers from; tests supply their own.
///
/// An implementation keeps what the server promises of every address that others choose: it
/// goes over TLS to a public host, follows no redirect, and takes little time and space.
pub trait Fetch: Send + Sync {
    /// The JSON document at `address`.
    fn json<'a>(&'a self, address: &'a str) -> Fetching<'a>;
}

/// Why there is no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It is no https address of a host.
    #[error("the address is not one of https")]
    Address,
    /// The host is not public, or has no address.
    #[error("the host has no public address")]
    Forbidden,
    /// Too much is being fetched already.
    #[error("too many documents are being fetched")]
    Busy,
    /// Connecting, TLS or reading failed, or took too long.
    #[error("the host did not answer in time or its certificate is not trusted")]
    Unreachable,
    /// The answer is not 200.
    #[error("the host answered with another status than 200")]
    Status,
    /// The answer is not JSON by its `Content-Type`.
    #[error("the host answered with another type than JSON")]
    Type,
    /// The answer is too long.
    #[error("the host answered with too long a document")]
    TooLong,
}
