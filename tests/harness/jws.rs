//! Signed tokens, checked without the server's own code: RFC 7515 over aws-lc-rs alone.

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{
        ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
        UnparsedPublicKey,
    },
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::Value;

/// A JWS whose signature fits a published key.
#[derive(Debug)]
pub struct Jws {
    /// The protected header.
    pub header: Value,
    /// The payload.
    pub claims: Value,
}

impl Jws {
    /// Reads `text`, a compact JWS; one of the keys of `jwks` must have signed it.
    #[must_use]
    #[track_caller]
    pub fn verify(text: &str, jwks: &Value) -> Self {
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts[..] else { panic!("not a compact JWS: {text}") };
        let signed = format!("{header}.{claims}");
        let header: Value = serde_json::from_slice(&decode(header)).unwrap();
        let key = key_of(jwks, &header["kid"]);
        assert_eq!(key["alg"], header["alg"], "the key is for another algorithm");
        assert!(
            is_signed_by(key, signed.as_bytes(), &decode(signature)),
            "the signature of {text} does not fit {key}"
        );
        Self { header, claims: serde_json::from_slice(&decode(claims)).unwrap() }
    }
}

/// The left half of the SHA-256 of `token`, as `at_hash` has it.
#[must_use]
pub fn half_hash(token: &str) -> String {
    let hash = digest(&SHA256, token.as_bytes());
    Base64UrlUnpadded::encode_string(&hash.as_ref()[..16])
}

/// Bytes from base64url without padding.
#[must_use]
#[track_caller]
pub fn decode(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[track_caller]
fn key_of<'a>(jwks: &'a Value, kid: &Value) -> &'a Value {
    let keys = jwks["keys"].as_array().unwrap();
    let mut named = keys.iter().filter(|key| key["kid"] == *kid);
    let key = named.next().unwrap_or_else(|| panic!("no key {kid} in {jwks}"));
    assert!(named.next().is_none(), "two keys are called {kid}");
    key
}

fn is_signed_by(key: &Value, signed: &[u8], signature: &[u8]) -> bool {
    let member = |name: &str| decode(key[name].as_str().unwrap_or_default());
    match key["alg"].as_str() {
        Some("ES256") => {
            assert_eq!((&key["kty"], &key["crv"]), (&"EC".into(), &"P-256".into()));
            let point = [vec![4], member("x"), member("y")].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(signed, signature)
                .is_ok()
        }
        Some("RS256") => RsaPublicKeyComponents { n: member("n"), e: member("e") }
            .verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
            .is_ok(),
        other => panic!("an algorithm that the tests do not know: {other:?}"),
    }
}
