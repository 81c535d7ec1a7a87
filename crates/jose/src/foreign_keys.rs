//! The keys of others, as their JWK Sets name them.

use std::fmt;

use serde_json::Value;

use crate::{Algorithm, InvalidJwk, Jwk, PublicKey};

/// The most keys of a set.
const MAX_KEYS: usize = 32;
/// What an RSA key without `alg` may be for.
const RSA: [Option<Algorithm>; 2] = [Some(Algorithm::Ps256), Some(Algorithm::Rs256)];
/// The members that only private and symmetric keys have.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a text is not a JWK Set that signatures can be checked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidForeignKeys {
    /// It is not a JSON object with a list of objects as `keys`.
    #[error("it is not a JWK Set, a JSON object whose member keys is a list of keys")]
    NotASet,
    /// It has too many keys.
    #[error("it has more than {MAX_KEYS} keys")]
    TooMany,
    /// A key cannot be taken.
    #[error("key {} cannot be taken: {reason}", index + 1)]
    Key {
        /// Its place in the list, counted from zero.
        index: usize,
        /// Why.
        reason: InvalidJwk,
    },
    /// The key at this place has the `kid` and the algorithm of one before it.
    #[error("key {} has the kid of one before it", _0 + 1)]
    RepeatedKid(usize),
    /// It has no key that checks signatures.
    #[error("it has no key for signatures that is EC with curve P-256, Ed25519 or RSA")]
    NoneUsable,
}

/// The public keys of somebody else.
///
/// Reading is strict about what a key that is used must be, and lenient about the others:
/// keys for encryption, of other types, curves and algorithms are passed over, as [RFC 7517
/// section 5] asks. A private or symmetric key spoils the set, as whoever sees it can sign.
///
/// [RFC 7517 section 5]: https://www.rfc-editor.org/rfc/rfc7517#section-5
pub struct ForeignKeys(Vec<PublicKey>);

impl ForeignKeys {
    /// Reads a JWK Set.
    ///
    /// # Errors
    ///
    /// When it is not one, or has no key that can be used, or one that nobody should use.
    pub fn from_json(json: &str) -> Result<Self, InvalidForeignKeys> {
        let set: Value =
            serde_json::from_str(json).map_err(|_reason| InvalidForeignKeys::NotASet)?;
        let entries = set.get("keys").and_then(Value::as_array);
        let entries = entries.ok_or(InvalidForeignKeys::NotASet)?;
        if entries.len() > MAX_KEYS {
            return Err(InvalidForeignKeys::TooMany);
        }
        let mut keys = Self(Vec::with_capacity(entries.len()));
        for (index, entry) in entries.iter().enumerate() {
            let found = read(entry).map_err(|reason| InvalidForeignKeys::Key { index, reason })?;
            let is_known =
                |key: &PublicKey| keys.find(Some(key.jwk().kid()), key.jwk().algorithm()).is_some();
            if found.iter().any(is_known) {
                return Err(InvalidForeignKeys::RepeatedKid(index));
            }
            keys.0.extend(found);
        }
        if keys.0.is_empty() { Err(InvalidForeignKeys::NoneUsable) } else { Ok(keys) }
    }

    /// The names and algorithms of the keys; an RSA key without an algorithm is there twice.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Algorithm)> {
        self.0.iter().map(|key| (key.jwk().kid(), key.jwk().algorithm()))
    }

    /// The key for `algorithm` that is named `kid`; the only one when no name is given.
    pub(crate) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&PublicKey> {
        let mut found = self.0.iter().filter(|key| {
            let jwk = key.jwk();
            jwk.algorithm() == algorithm && kid.is_none_or(|kid| jwk.kid() == kid)
        });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}

impl fmt::Debug for ForeignKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(&self.0).finish()
    }
}

/// The keys that an entry of a set is: none, where it is passed over.
fn read(entry: &Value) -> Result<Vec<PublicKey>, InvalidJwk> {
    let members = entry.as_object().ok_or(InvalidJwk::Malformed)?;
    let kty = members.get("kty").and_then(Value::as_str).ok_or(InvalidJwk::Malformed)?;
    if kty == "oct" || PRIVATE.iter().any(|name| members.contains_key(*name)) {
        return Err(InvalidJwk::Private);
    }
    let open = kty == "RSA" && !members.contains_key("alg");
    let mut keys = Vec::new();
    for algorithm in if open { RSA.as_slice() } else { &[None] } {
        match Jwk::of_another(entry, *algorithm) {
            Ok(jwk) => keys.push(PublicKey::new(jwk).map_err(|_reason| InvalidJwk::NotAKey)?),
            Err(
                InvalidJwk::OtherUse
                | InvalidJwk::UnsupportedType
                | InvalidJwk::UnsupportedAlgorithm,
            ) => {}
            Err(reason) => return Err(reason),
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::PrivateKey;

    fn jwk(algorithm: Algorithm) -> Value {
        json!(PrivateKey::generate(algorithm).unwrap().public())
    }

    fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> Value {
        jwk[member] = value.into();
        jwk
    }

    fn set(keys: &[Value]) -> Result<ForeignKeys, InvalidForeignKeys> {
        ForeignKeys::from_json(&json!({ "keys": keys }).to_string())
    }

    #[test]
    fn an_rsa_key_without_an_algorithm_is_for_either() {
        let mut rsa = with(jwk(Algorithm::Rs256), "kid", "r");
        rsa.as_object_mut().unwrap().remove("alg");

        let keys = set(&[rsa]).unwrap();

        let found: Vec<_> = keys.iter().collect();
        assert_eq!(found, [("r", Algorithm::Ps256), ("r", Algorithm::Rs256)]);
        assert!(keys.find(Some("r"), Algorithm::Es256).is_none());
    }

    #[test]
    fn what_is_for_something_else_is_passed_over() {
        let key = jwk(Algorithm::Es256);
        let others = [
            with(jwk(Algorithm::Es256), "use", "enc"),
            with(jwk(Algorithm::Es256), "key_ops", json!(["deriveKey"])),
            with(jwk(Algorithm::Es256), "alg", "ECDH-ES"),
            json!({ "kty": "EC", "crv": "P-521", "x": "AA", "y": "AA" }),
            json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AA" }),
        ];

        for other in &others {
            let keys = set(&[other.clone(), key.clone()]).unwrap();
            assert_eq!(keys.iter().count(), 1, "{other}");
            let alone = set(std::slice::from_ref(other)).unwrap_err();
            assert_eq!(alone, InvalidForeignKeys::NoneUsable, "{other}");
        }
    }

    #[test]
    fn a_key_that_nobody_should_use_spoils_the_set() {
        let good = jwk(Algorithm::Es256);
        let short = json!({ "kty": "RSA", "n": "gH8A", "e": "AQAB" });
        let off_curve = with(jwk(Algorithm::Es256), "x", good["y"].clone());
        for (bad, reason) in [
            (with(good.clone(), "d", good["x"].clone()), InvalidJwk::Private),
            (with(good.clone(), "d", Value::Null), InvalidJwk::Private),
            (with(with(good.clone(), "d", "AA"), "use", "enc"), InvalidJwk::Private),
            (json!({ "kty": "oct", "k": "AAAA", "alg": "HS256" }), InvalidJwk::Private),
            (json!({ "kty": "oct" }), InvalidJwk::Private),
            (short, InvalidJwk::WeakRsa),
            (off_curve, InvalidJwk::NotAKey),
            (with(good.clone(), "x", "AA"), InvalidJwk::Number),
            (with(good.clone(), "kid", ""), InvalidJwk::Kid),
            (with(good.clone(), "kid", 7), InvalidJwk::Malformed),
            (json!({}), InvalidJwk::Malformed),
            (json!("EC"), InvalidJwk::Malformed),
        ] {
            let refused = set(&[good.clone(), bad.clone()]).unwrap_err();
            assert_eq!(refused, InvalidForeignKeys::Key { index: 1, reason }, "{bad}");
        }
    }

    #[test]
    fn the_set_itself_is_bounded_and_unambiguous() {
        let key = jwk(Algorithm::Es256);
        let twin = with(jwk(Algorithm::Es256), "kid", key["kid"].clone());
        assert_eq!(set(&[key.clone(), twin]).unwrap_err(), InvalidForeignKeys::RepeatedKid(1));
        assert_eq!(set(&vec![key; 33]).unwrap_err(), InvalidForeignKeys::TooMany);
        assert_eq!(set(&[]).unwrap_err(), InvalidForeignKeys::NoneUsable);
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        for text in ["", "{}", "[]", "null", r#"{"keys":{}}"#, r#"{"keys":null}"#, &deep] {
            let refused = ForeignKeys::from_json(text).unwrap_err();
            assert_eq!(refused, InvalidForeignKeys::NotASet, "{text:.20}");
        }
    }
}
