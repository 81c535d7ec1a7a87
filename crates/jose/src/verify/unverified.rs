//! Tokens of others, who say in them whose keys to look for.

use std::fmt;

use super::{MAX_LEN, Members, VerifyError, parts, same_type};
use crate::{Algorithm, Claims, ForeignKeys};

/// A compact JWS that somebody else signed, taken apart and not yet believed.
///
/// Its claims are read before its signature because one of them says whose it is; nothing else
/// may be done with them until [`Self::verify`] succeeds. Keys in its header, or addresses of
/// keys, are never read.
pub struct Unverified<'a> {
    message: &'a str,
    header: Members,
    claims: Claims,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Takes `compact` apart. A type in the header must be one of `expected_typ`; others may
    /// leave it out.
    ///
    /// # Errors
    ///
    /// When it is not a JWT, or one of another type.
    pub fn read(compact: &'a str, expected_typ: &[&str]) -> Result<Self, VerifyError> {
        if compact.len() > MAX_LEN {
            return Err(VerifyError::TooLong);
        }
        let (message, [header, payload, signature]) = parts(compact)?;
        let header: Members =
            serde_json::from_slice(&header).map_err(|_reason| VerifyError::Header)?;
        if header.crit {
            return Err(VerifyError::Critical);
        }
        let is_other = |typ: &String| !expected_typ.iter().any(|it| same_type(typ, it));
        if header.typ.as_ref().is_some_and(is_other) {
            return Err(VerifyError::UnexpectedType);
        }
        let claims = serde_json::from_slice(&payload).map_err(|_reason| VerifyError::Payload)?;
        Ok(Self { message, header, claims: Claims::new(claims), signature })
    }

    /// What it says, which anyone may have written.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Checks the signature with the key of `keys` that the header names, or with the only one
    /// for its algorithm where it names none.
    ///
    /// # Errors
    ///
    /// When the algorithm is none of `allowed`, the key is not among `keys`, or did not sign it.
    pub fn verify(&self, keys: &ForeignKeys, allowed: &[Algorithm]) -> Result<(), VerifyError> {
        let algorithm: Algorithm =
            self.header.alg.parse().map_err(|_reason| VerifyError::WrongAlgorithm)?;
        if !allowed.contains(&algorithm) {
            return Err(VerifyError::WrongAlgorithm);
        }
        let kid = self.header.kid.as_deref();
        let key = keys.find(kid, algorithm).ok_or(VerifyError::UnknownKey)?;
        key.verify(self.message.as_bytes(), &self.signature)
            .map_err(|_reason| VerifyError::BadSignature)
    }
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unverified(..)")
    }
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use serde_json::{Value, json};

    use super::*;
    use crate::PrivateKey;

    const ALLOWED: [Algorithm; 2] = [Algorithm::Es256, Algorithm::EdDsa];

    fn token(key: &PrivateKey, header: &Value) -> String {
        let encode = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
        let message = format!("{}.{}", encode(header), encode(&json!({ "sub": "app" })));
        let signature = key.sign(message.as_bytes()).unwrap();
        format!("{message}.{}", Base64UrlUnpadded::encode_string(&signature))
    }

    fn keys(keys: &[Value]) -> ForeignKeys {
        ForeignKeys::from_json(&json!({ "keys": keys }).to_string()).unwrap()
    }

    fn check(token: &str, keys: &ForeignKeys) -> Result<(), VerifyError> {
        Unverified::read(token, &["JWT"])?.verify(keys, &ALLOWED)
    }

    #[test]
    fn the_named_key_or_the_only_one_of_its_algorithm_is_used() {
        let key = PrivateKey::generate(Algorithm::Es256).unwrap();
        let other = PrivateKey::generate(Algorithm::Es256).unwrap();
        let edwards = PrivateKey::generate(Algorithm::EdDsa).unwrap();
        let (mine, theirs) = (json!(key.public()), json!(other.public()));
        let both = keys(&[mine.clone(), theirs]);
        let one = keys(&[mine, json!(edwards.public())]);
        let named = token(&key, &json!({ "alg": "ES256", "kid": key.public().kid() }));
        let nameless = token(&key, &json!({ "alg": "ES256", "typ": "jwt" }));
        let misnamed = token(&key, &json!({ "alg": "ES256", "kid": other.public().kid() }));

        assert_eq!(check(&named, &both), Ok(()));
        assert_eq!(check(&nameless, &one), Ok(()));
        assert_eq!(check(&nameless, &both), Err(VerifyError::UnknownKey));
        assert_eq!(check(&misnamed, &both), Err(VerifyError::BadSignature));
        assert_eq!(check(&misnamed, &one), Err(VerifyError::UnknownKey));
    }

    #[test]
    fn the_header_brings_neither_algorithm_nor_key() {
        let key = PrivateKey::generate(Algorithm::Es256).unwrap();
        let attacker = PrivateKey::generate(Algorithm::Es256).unwrap();
        let set = keys(&[json!(key.public())]);
        let kid = key.public().kid();

        for alg in ["none", "HS256", "RS256", "PS256", "ES384", "es256", ""] {
            let refused = check(&token(&key, &json!({ "alg": alg, "kid": kid })), &set);
            assert_eq!(refused, Err(VerifyError::WrongAlgorithm), "{alg}");
        }
        let edwards = check(&token(&key, &json!({ "alg": "EdDSA", "kid": kid })), &set);
        assert_eq!(edwards, Err(VerifyError::UnknownKey));
        let embedded = json!({
            "alg": "ES256",
            "kid": kid,
            "jwk": attacker.public(),
            "jku": "https://attacker.test/jwks",
            "x5u": "https://attacker.test/x5u",
            "x5c": ["MIIB"],
        });
        assert_eq!(check(&token(&attacker, &embedded), &set), Err(VerifyError::BadSignature));
        assert_eq!(check(&token(&key, &embedded), &set), Ok(()));
    }

    #[test]
    fn another_type_or_a_critical_extension_is_refused() {
        let key = PrivateKey::generate(Algorithm::Es256).unwrap();
        let set = keys(&[json!(key.public())]);

        for (header, reason) in [
            (json!({ "alg": "ES256", "typ": "at+jwt" }), VerifyError::UnexpectedType),
            (json!({ "alg": "ES256", "typ": "dpop+jwt" }), VerifyError::UnexpectedType),
            (json!({ "alg": "ES256", "crit": ["b64"], "b64": true }), VerifyError::Critical),
            (json!({ "typ": "JWT" }), VerifyError::Header),
        ] {
            assert_eq!(check(&token(&key, &header), &set), Err(reason), "{header}");
        }
    }
}
