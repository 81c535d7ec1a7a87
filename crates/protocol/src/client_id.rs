//! The identifier of a client.

use std::fmt;

use serde::Serialize;

/// The identifier a client was registered under.
///
/// Any non-empty run of visible ASCII and space, as [RFC 6749 appendix A.1]
/// defines it; compared byte for byte.
///
/// [RFC 6749 appendix A.1]: https://www.rfc-editor.org/rfc/rfc6749#appendix-A.1
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ClientId(String);

/// The value is empty or holds a character outside `%x20-7E`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("client_id is empty or not printable ASCII")]
pub struct InvalidClientId;

impl ClientId {
    /// The identifier as it goes on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClientId {
    type Error = InvalidClientId;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        let printable = value.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
        if value.is_empty() || !printable {
            return Err(InvalidClientId);
        }
        Ok(Self(value))
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
