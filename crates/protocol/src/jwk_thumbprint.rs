//! The name of a key by which tokens and codes are bound to it.

use crate::pkce::is_sha256;

/// The SHA-256 thumbprint of a public key, [RFC 7638 section 3]: `jkt` and `dpop_jkt` of [RFC 9449].
///
/// [RFC 7638 section 3]: https://www.rfc-editor.org/rfc/rfc7638#section-3
/// [RFC 9449]: https://www.rfc-editor.org/rfc/rfc9449#section-6
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwkThumbprint(String);

/// The text is not the base64url encoding of a SHA-256 hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key's thumbprint is 43 base64url characters")]
pub struct InvalidJwkThumbprint;

impl TryFrom<String> for JwkThumbprint {
    type Error = InvalidJwkThumbprint;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        if is_sha256(&value) { Ok(Self(value)) } else { Err(InvalidJwkThumbprint) }
    }
}

impl JwkThumbprint {
    /// The thumbprint as it is sent and stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_of_a_hash_is_one() {
        let example = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs".to_owned();
        assert_eq!(JwkThumbprint::try_from(example.clone()).unwrap().as_str(), example);
        for bad in [
            String::new(),
            example.chars().skip(1).collect(),
            format!("{example}A"),
            example.replace('_', "+"),
        ] {
            assert_eq!(JwkThumbprint::try_from(bad), Err(InvalidJwkThumbprint));
        }
    }
}
