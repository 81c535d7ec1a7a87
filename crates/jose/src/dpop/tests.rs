//! Proofs that are taken, and every way to be none.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use proptest::prelude::*;
use protocol::DPOP_ALGORITHMS;
use serde_json::{Value, json};

use super::{InvalidProof, MAX_LEN, Proof};
use crate::{Algorithm, PrivateKey, thumbprint};

fn key() -> PrivateKey {
    PrivateKey::generate(Algorithm::Es256).unwrap()
}

fn header(key: &PrivateKey) -> Value {
    let mut jwk: Value = serde_json::from_str(&key.public().to_json()).unwrap();
    for name in ["alg", "kid", "use"] {
        jwk.as_object_mut().unwrap().remove(name);
    }
    json!({ "typ": "dpop+jwt", "alg": key.algorithm().name(), "jwk": jwk })
}

fn claims() -> Value {
    json!({ "jti": "-BwC3ESc6acc2lTc", "htm": "POST", "htu": "https://id.test/token", "iat": 1_562_262_616 })
}

fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().unwrap().remove(name);
    value
}

fn with(mut value: Value, name: &str, to: impl Into<Value>) -> Value {
    value[name] = to.into();
    value
}

fn signed(key: &PrivateKey, header: &Value, claims: &Value) -> String {
    let part = |it: &Value| Base64UrlUnpadded::encode_string(it.to_string().as_bytes());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = key.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", Base64UrlUnpadded::encode_string(&signature))
}

/// RFC 9449 figure 2, whose key has the thumbprint of figure 9.
#[test]
fn the_example_of_the_rfc_is_read() {
    let text = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

    let proof = Proof::read(text).unwrap();

    assert_eq!(proof.key.as_str(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!(
        (proof.method.as_str(), proof.uri.as_str()),
        ("POST", "https://server.example.com/token")
    );
    assert_eq!((proof.jti.as_str(), proof.issued_at), ("-BwC3ESc6acc2lTc", 1_562_262_616));
    assert_eq!((proof.nonce, proof.token_hash), (None, None));
}

#[test]
fn each_listed_algorithm_works_and_no_other() {
    for algorithm in Algorithm::ALL {
        let key = PrivateKey::generate(algorithm).unwrap();

        let read = Proof::read(&signed(&key, &header(&key), &claims()));

        if DPOP_ALGORITHMS.contains(&algorithm.name()) {
            assert_eq!(read.unwrap().key.as_str(), thumbprint(key.public()));
        } else {
            assert_eq!(read, Err(InvalidProof::Algorithm));
        }
    }
}

#[test]
fn a_header_that_is_not_of_a_proof_is_refused_with_the_reason() {
    let (key, other) = (key(), key());
    let good = header(&key);
    let jwk =
        |name: &str, to: Value| with(good.clone(), "jwk", with(good["jwk"].clone(), name, to));
    for (header, reason) in [
        (without(good.clone(), "typ"), InvalidProof::UnexpectedType),
        (with(good.clone(), "typ", "JWT"), InvalidProof::UnexpectedType),
        (with(good.clone(), "typ", "DPOP+JWT"), InvalidProof::UnexpectedType),
        (with(good.clone(), "typ", 1), InvalidProof::Header),
        (without(good.clone(), "alg"), InvalidProof::Header),
        (with(good.clone(), "alg", "none"), InvalidProof::Algorithm),
        (with(good.clone(), "alg", "HS256"), InvalidProof::Algorithm),
        (with(good.clone(), "alg", "RS256"), InvalidProof::Algorithm),
        (with(good.clone(), "alg", "PS256"), InvalidProof::Key),
        (with(good.clone(), "alg", "EdDSA"), InvalidProof::Key),
        (with(good.clone(), "crit", json!(["b64"])), InvalidProof::Critical),
        (without(good.clone(), "jwk"), InvalidProof::Key),
        (with(good.clone(), "jwk", Value::Null), InvalidProof::Key),
        (with(good.clone(), "jwk", "key"), InvalidProof::Header),
        (
            with(good.clone(), "jwk", json!({ "kty": "oct", "k": "c2VjcmV0" })),
            InvalidProof::PrivateKey,
        ),
        (jwk("d", "AAAA".into()), InvalidProof::PrivateKey),
        (jwk("alg", "PS256".into()), InvalidProof::Key),
        (jwk("use", "enc".into()), InvalidProof::Key),
        (jwk("x", good["jwk"]["y"].clone()), InvalidProof::Key),
        (jwk("crv", "P-384".into()), InvalidProof::Key),
        (with(good.clone(), "jwk", header(&other)["jwk"].clone()), InvalidProof::BadSignature),
    ] {
        assert_eq!(Proof::read(&signed(&key, &header, &claims())), Err(reason), "{header}");
    }
}

#[test]
fn a_claim_that_is_absent_or_malformed_is_refused() {
    let key = key();
    let good = claims();
    for name in ["jti", "htm", "htu", "iat"] {
        for bad in [
            without(good.clone(), name),
            with(good.clone(), name, Value::Null),
            with(good.clone(), name, json!([1])),
        ] {
            assert_eq!(
                Proof::read(&signed(&key, &header(&key), &bad)),
                Err(InvalidProof::Claims),
                "{bad}"
            );
        }
    }
    for bad in [
        with(good.clone(), "jti", ""),
        with(good.clone(), "iat", "1562262616"),
        with(good.clone(), "nonce", 1),
        with(good.clone(), "ath", Value::Null),
        json!([]),
    ] {
        assert_eq!(
            Proof::read(&signed(&key, &header(&key), &bad)),
            Err(InvalidProof::Claims),
            "{bad}"
        );
    }
}

#[test]
fn its_size_is_bounded() {
    let key = key();
    let huge = with(claims(), "jti", "j".repeat(MAX_LEN));

    assert_eq!(Proof::read(&signed(&key, &header(&key), &huge)), Err(InvalidProof::TooLong));
    let nested = format!("{}1{}", "[".repeat(3000), "]".repeat(3000));
    let part = Base64UrlUnpadded::encode_string(nested.as_bytes());
    assert_eq!(Proof::read(&format!("{part}.e30.AA")), Err(InvalidProof::Header));
}

#[test]
fn an_rsa_proof_names_its_algorithm_once() {
    let key = PrivateKey::generate(Algorithm::Ps256).unwrap();
    let named = with(header(&key), "jwk", with(header(&key)["jwk"].clone(), "alg", "PS256"));

    assert!(Proof::read(&signed(&key, &named, &claims())).is_ok());
}

proptest! {
    /// Whatever comes over the network is read or refused.
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,300}") {
        prop_assert!(Proof::read(&text).is_err());
    }

    /// Three parts of any JSON-like bytes, so that the deeper layers are reached too.
    #[test]
    fn any_parts_are_read_or_refused(
        typ in "dpop\\+jwt|[a-z+]{0,9}",
        alg in "ES256|EdDSA|PS256|[A-Z0-9]{0,6}",
        kty in "EC|OKP|RSA|oct|.{0,3}",
        number in "[A-Za-z0-9_-]{0,90}",
        payload in proptest::collection::vec(any::<u8>(), 0..80),
        signature in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let jwk = json!({ "kty": kty, "crv": "P-256", "x": number, "y": number, "n": number, "e": "AQAB" });
        let header = json!({ "typ": typ, "alg": alg, "jwk": jwk }).to_string();
        let parts = [header.as_bytes(), &payload, &signature].map(Base64UrlUnpadded::encode_string);

        prop_assert!(Proof::read(&parts.join(".")).is_err());
    }

    /// One flipped bit, wherever it is, and the proof is none.
    #[test]
    fn a_flipped_bit_makes_it_none(place: prop::sample::Index, bit in 0..7_u8) {
        let key = key();
        let mut bytes = signed(&key, &header(&key), &claims()).into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;

        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert!(Proof::read(&text).is_err());
        }
    }
}
