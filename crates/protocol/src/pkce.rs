//! Proof Key for Code Exchange, [RFC 7636].
//!
//! [RFC 7636]: https://www.rfc-editor.org/rfc/rfc7636

use aws_lc_rs::digest::{SHA256, digest};
use base64ct::{Base64UrlUnpadded, Encoding as _};

/// The length of a base64url-encoded SHA-256 without padding.
const CHALLENGE_LEN: usize = 43;

/// The secret a client proves it kept: 43 to 128 unreserved characters.
///
/// See [RFC 7636 section 4.1].
///
/// [RFC 7636 section 4.1]: https://www.rfc-editor.org/rfc/rfc7636#section-4.1
pub struct CodeVerifier(String);

/// The `S256` commitment sent with the authorization request.
///
/// `plain` has no representation: OAuth 2.1 clients can all hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeChallenge(String);

/// The verifier has the wrong length or a reserved character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("code_verifier is not 43 to 128 unreserved characters")]
pub struct InvalidCodeVerifier;

/// The challenge is not the base64url encoding of a SHA-256 hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("code_challenge is not 43 base64url characters")]
pub struct InvalidCodeChallenge;

impl TryFrom<String> for CodeVerifier {
    type Error = InvalidCodeVerifier;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if (43..=128).contains(&value.len()) && value.bytes().all(unreserved) {
            Ok(Self(value))
        } else {
            Err(InvalidCodeVerifier)
        }
    }
}

impl CodeVerifier {
    /// The challenge this verifier answers.
    #[must_use]
    pub fn challenge(&self) -> CodeChallenge {
        let hash = digest(&SHA256, self.0.as_bytes());
        CodeChallenge(Base64UrlUnpadded::encode_string(hash.as_ref()))
    }
}

impl std::fmt::Debug for CodeVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeVerifier(..)")
    }
}

impl TryFrom<String> for CodeChallenge {
    type Error = InvalidCodeChallenge;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        if is_sha256(&value) { Ok(Self(value)) } else { Err(InvalidCodeChallenge) }
    }
}

/// Whether `text` can be a SHA-256 hash in base64url without padding.
pub(crate) fn is_sha256(text: &str) -> bool {
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.len() == CHALLENGE_LEN && text.bytes().all(base64url)
}

impl CodeChallenge {
    /// The challenge as it is sent and stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b_verifies() {
        let verifier =
            CodeVerifier::try_from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned())
                .unwrap();
        let challenge =
            CodeChallenge::try_from("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned())
                .unwrap();

        assert_eq!(verifier.challenge(), challenge);
    }

    #[test]
    fn lengths_and_alphabets_are_checked() {
        for bad in [42, 129] {
            assert!(CodeVerifier::try_from("a".repeat(bad)).is_err());
        }
        assert!(CodeVerifier::try_from(format!("{}+", "a".repeat(42))).is_err());
        for bad in [42, 44] {
            assert!(CodeChallenge::try_from("a".repeat(bad)).is_err());
        }
        assert!(CodeChallenge::try_from(format!("{}=", "a".repeat(42))).is_err());
    }
}
