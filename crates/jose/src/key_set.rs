//! Key sets: the public keys by name.

use std::{collections::HashMap, fmt};

use crate::{Jwk, KeyError, PublicKey};

/// Why keys do not make a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeySet {
    /// Two keys share a `kid`.
    #[error("two keys of the set share a kid")]
    RepeatedKid,
    /// A key is not one.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Public keys, parsed, found by their `kid`.
pub struct KeySet {
    keys: HashMap<String, PublicKey>,
    json: String,
}

impl KeySet {
    /// The set of `keys`, which is published in their order.
    ///
    /// # Errors
    ///
    /// When two share a `kid`, or one is not a key.
    pub fn new(keys: Vec<Jwk>) -> Result<Self, InvalidKeySet> {
        let json = serde_json::json!({ "keys": keys }).to_string();
        let mut by_kid = HashMap::with_capacity(keys.len());
        for jwk in keys {
            let kid = jwk.kid().to_owned();
            if by_kid.insert(kid, PublicKey::new(jwk)?).is_some() {
                return Err(InvalidKeySet::RepeatedKid);
            }
        }
        Ok(Self { keys: by_kid, json })
    }

    /// The key named `kid`.
    #[must_use]
    pub fn get(&self, kid: &str) -> Option<&PublicKey> {
        self.keys.get(kid)
    }

    /// The set as a JWK Set, [RFC 7517 section 5].
    ///
    /// [RFC 7517 section 5]: https://www.rfc-editor.org/rfc/rfc7517#section-5
    #[must_use]
    pub fn jwks_json(&self) -> &str {
        &self.json
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.keys.values()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidKeySet, KeySet};
    use crate::{Algorithm, Jwk, PrivateKey};

    fn jwk(algorithm: Algorithm) -> Jwk {
        PrivateKey::generate(algorithm).unwrap().public().clone()
    }

    #[test]
    fn the_published_set_holds_every_key_in_order() {
        let [first, second] = [jwk(Algorithm::EdDsa), jwk(Algorithm::Es256)];

        let set = KeySet::new(vec![first.clone(), second.clone()]).unwrap();

        let published: serde_json::Value = serde_json::from_str(set.jwks_json()).unwrap();
        assert_eq!(published, serde_json::json!({ "keys": [first, second] }));
        assert_eq!(set.get(first.kid()).map(super::PublicKey::jwk), Some(&first));
        assert!(set.get("another").is_none());
        assert_eq!(KeySet::new(Vec::new()).unwrap().jwks_json(), r#"{"keys":[]}"#);
    }

    #[test]
    fn one_name_for_two_keys_is_refused() {
        let key = jwk(Algorithm::Es256);

        let refused = KeySet::new(vec![key.clone(), key]).unwrap_err();

        assert_eq!(refused, InvalidKeySet::RepeatedKid);
    }
}
