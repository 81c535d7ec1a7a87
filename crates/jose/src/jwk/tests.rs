//! What is taken as a key, and what is not.

use serde_json::{Value, json};

use super::{InvalidJwk, Jwk};
use crate::{Algorithm, PrivateKey};

const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

fn ec() -> Value {
    json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y})
}

fn rsa(n: &str, e: &str) -> Value {
    json!({"kty": "RSA", "alg": "RS256", "n": n, "e": e})
}

fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> Value {
    jwk[member] = value.into();
    jwk
}

fn read(jwk: &Value) -> Result<Jwk, InvalidJwk> {
    Jwk::from_json(&jwk.to_string())
}

#[test]
fn what_is_written_is_read_back() {
    for algorithm in Algorithm::ALL {
        let jwk = PrivateKey::generate(algorithm).unwrap().public().clone();
        assert_eq!(Jwk::from_json(&jwk.to_json()).unwrap(), jwk);
    }
}

#[test]
fn the_written_form_has_only_public_members() {
    for (algorithm, members) in [
        (Algorithm::Es256, vec!["alg", "crv", "kid", "kty", "use", "x", "y"]),
        (Algorithm::EdDsa, vec!["alg", "crv", "kid", "kty", "use", "x"]),
    ] {
        let jwk = PrivateKey::generate(algorithm).unwrap().public().to_json();
        let jwk: serde_json::Map<String, Value> = serde_json::from_str(&jwk).unwrap();
        let mut written: Vec<&str> = jwk.keys().map(String::as_str).collect();
        written.sort_unstable();
        assert_eq!(written, members);
        assert_eq!(jwk["use"], "sig");
        assert_eq!(jwk["alg"], algorithm.name());
    }
}

#[test]
fn a_key_of_another_maker_is_read() {
    let jwk = read(&with(with(ec(), "kid", "key 1"), "x5t", "unknown to us")).unwrap();
    assert_eq!((jwk.kid(), jwk.algorithm()), ("key 1", Algorithm::Es256));

    let unnamed = read(&ec()).unwrap();
    assert_eq!(unnamed.kid(), crate::thumbprint(&unnamed));

    let verifying = with(ec(), "key_ops", json!(["verify"]));
    assert!(read(&verifying).is_ok());
}

#[test]
fn a_key_that_is_not_wanted_is_refused_with_the_reason() {
    for (jwk, reason) in [
        (with(ec(), "d", X), InvalidJwk::Private),
        (json!({"kty": "oct", "k": "c2VjcmV0"}), InvalidJwk::Private),
        (with(ec(), "use", "enc"), InvalidJwk::OtherUse),
        (with(ec(), "key_ops", json!(["sign"])), InvalidJwk::OtherUse),
        (with(ec(), "crv", "P-384"), InvalidJwk::UnsupportedType),
        (with(ec(), "kty", "ec"), InvalidJwk::UnsupportedType),
        (with(ec(), "kty", "OKP"), InvalidJwk::UnsupportedType),
        (with(ec(), "alg", "RS256"), InvalidJwk::UnsupportedAlgorithm),
        (with(ec(), "alg", "none"), InvalidJwk::UnsupportedAlgorithm),
        (with(ec(), "alg", "HS256"), InvalidJwk::UnsupportedAlgorithm),
        (with(ec(), "x", format!("{X}=")), InvalidJwk::Number),
        (with(ec(), "x", X.replace("VEU", "VEV")), InvalidJwk::Number),
        (with(ec(), "x", X.replace('8', "+")), InvalidJwk::Number),
        (with(ec(), "x", X.trim_end_matches('U')), InvalidJwk::Number),
        (with(ec(), "x", X.replace("f83O", "")), InvalidJwk::Number),
        (with(ec(), "y", Value::Null), InvalidJwk::Number),
        (with(ec(), "kid", ""), InvalidJwk::Kid),
        (with(ec(), "kid", "k".repeat(256)), InvalidJwk::Kid),
        (with(ec(), "kid", 1), InvalidJwk::Malformed),
        (with(ec(), "kty", Value::Null), InvalidJwk::Malformed),
        (json!([]), InvalidJwk::Malformed),
    ] {
        assert_eq!(read(&jwk), Err(reason), "{jwk}");
    }
    let twice = r#"{"kty": "EC", "kty": "EC"}"#;
    assert_eq!(Jwk::from_json(twice), Err(InvalidJwk::Malformed));
}

#[test]
fn weak_rsa_keys_are_refused() {
    use base64ct::{Base64UrlUnpadded as Base64, Encoding};
    let modulus = |first: u8, len: usize| {
        let mut n = vec![0xff; len];
        n[0] = first;
        Base64::encode_string(&n)
    };

    assert!(read(&rsa(&modulus(0x80, 256), "AQAB")).is_ok());
    assert!(read(&rsa(&modulus(0xff, 1024), "Aw")).is_ok());
    for (n, e, reason) in [
        (modulus(0x7f, 256), "AQAB", InvalidJwk::WeakRsa),
        (modulus(0xff, 128), "AQAB", InvalidJwk::WeakRsa),
        (modulus(0xff, 1025), "AQAB", InvalidJwk::WeakRsa),
        (String::new(), "AQAB", InvalidJwk::WeakRsa),
        (modulus(0x80, 256), "AQ", InvalidJwk::WeakRsa),
        (modulus(0x80, 256), "AQAA", InvalidJwk::WeakRsa),
        (modulus(0x80, 256), "AQAAAAE", InvalidJwk::WeakRsa),
        (modulus(0x80, 256), "", InvalidJwk::WeakRsa),
        (modulus(0x80, 256), "AAEAAQ", InvalidJwk::Number),
        (modulus(0x00, 257), "AQAB", InvalidJwk::Number),
    ] {
        assert_eq!(read(&rsa(&n, e)), Err(reason), "{} {e}", n.len());
    }
    let mut silent = rsa(&modulus(0x80, 256), "AQAB");
    silent.as_object_mut().unwrap().remove("alg");
    assert_eq!(read(&silent), Err(InvalidJwk::UnsupportedAlgorithm));
}
