//! Signing: claims to a compact JWS.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Serialize;

use crate::{Algorithm, Jwk, KeyError, PrivateKey};

/// The types whose headers are encoded once, when the signer is made.
const COMMON_TYPES: [&str; 2] = ["at+jwt", "JWT"];

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The claims do not serialize.
    #[error("the claims cannot be written as JSON")]
    Claims(#[source] serde_json::Error),
    /// The key failed.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Signs JSON with one key.
///
/// The key stays parsed and the usual headers stay encoded; signing costs the
/// signature and little more.
pub struct Signer {
    key: PrivateKey,
    headers: [(&'static str, String); 2],
}

impl Signer {
    /// A signer that names `key` by its thumbprint.
    #[must_use]
    pub fn new(key: PrivateKey) -> Self {
        let headers = COMMON_TYPES.map(|typ| (typ, encoded_header(key.public(), typ)));
        Self { key, headers }
    }

    /// The name of the key.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.key.public().kid()
    }

    /// The algorithm of the key.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// The public half of the key.
    #[must_use]
    pub const fn public(&self) -> &Jwk {
        self.key.public()
    }

    /// The compact JWS of `claims` with type `typ`, [RFC 7515 section 7.1].
    ///
    /// # Errors
    ///
    /// When `claims` do not serialize or the cryptographic library fails.
    ///
    /// [RFC 7515 section 7.1]: https://www.rfc-editor.org/rfc/rfc7515#section-7.1
    pub fn sign_json(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignError> {
        let payload = serde_json::to_vec(claims).map_err(SignError::Claims)?;
        let known = self.headers.iter().find(|(known, _)| *known == typ);
        let mut token = match known {
            Some((_, header)) => {
                let mut token = String::with_capacity(header.len() + payload.len() * 4 / 3 + 96);
                token.push_str(header);
                token
            }
            None => encoded_header(self.key.public(), typ),
        };
        token.push('.');
        token.push_str(&Base64UrlUnpadded::encode_string(&payload));
        let signature = self.key.sign(token.as_bytes())?;
        token.push('.');
        token.push_str(&Base64UrlUnpadded::encode_string(&signature));
        Ok(token)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({} {})", self.algorithm(), self.kid())
    }
}

fn encoded_header(key: &Jwk, typ: &str) -> String {
    let header = serde_json::json!({
        "alg": key.algorithm().name(),
        "typ": typ,
        "kid": key.kid(),
    });
    Base64UrlUnpadded::encode_string(header.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding};
    use serde_json::{Value, json};

    use super::{SignError, Signer};
    use crate::{Algorithm, PrivateKey};

    fn decode(part: &str) -> Value {
        serde_json::from_slice(&Base64UrlUnpadded::decode_vec(part).unwrap()).unwrap()
    }

    #[test]
    fn header_and_payload_are_the_ones_asked_for() {
        let signer = Signer::new(PrivateKey::generate(Algorithm::Es256).unwrap());

        for typ in ["at+jwt", "JWT", "logout+jwt"] {
            let token = signer.sign_json(typ, &json!({ "sub": "alice" })).unwrap();
            let parts: Vec<&str> = token.split('.').collect();
            assert_eq!(parts.len(), 3);
            assert_eq!(
                decode(parts[0]),
                json!({ "alg": "ES256", "typ": typ, "kid": signer.kid() })
            );
            assert_eq!(decode(parts[1]), json!({ "sub": "alice" }));
            assert_eq!(parts[2].len(), 86);
        }
    }

    #[test]
    fn claims_that_are_no_json_are_an_error() {
        let signer = Signer::new(PrivateKey::generate(Algorithm::EdDsa).unwrap());
        let claims = std::collections::HashMap::from([((1, 2), 3)]);

        assert!(matches!(signer.sign_json("JWT", &claims), Err(SignError::Claims(_))));
    }
}
