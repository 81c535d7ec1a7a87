//! What is verified, and all that is not.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

use super::{MAX_LEN, Verified, VerifyError, verify};
use crate::{Algorithm, KeySet, PrivateKey, Signer};

fn encode(text: &str) -> String {
    Base64UrlUnpadded::encode_string(text.as_bytes())
}

fn signer(algorithm: Algorithm) -> Signer {
    Signer::new(PrivateKey::generate(algorithm).unwrap())
}

fn set(signers: &[&Signer]) -> KeySet {
    KeySet::new(signers.iter().map(|it| it.public().clone()).collect()).unwrap()
}

/// A token over any header and payload, signed by a new ES256 key.
struct Forge {
    key: PrivateKey,
    keys: KeySet,
}

impl Forge {
    fn new() -> Self {
        let key = PrivateKey::generate(Algorithm::Es256).unwrap();
        let keys = KeySet::new(vec![key.public().clone()]).unwrap();
        Self { key, keys }
    }

    fn header(&self) -> Value {
        json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.key.public().kid() })
    }

    fn with(&self, member: &str, value: impl Into<Value>) -> Value {
        let mut header = self.header();
        header[member] = value.into();
        header
    }

    fn without(&self, member: &str) -> Value {
        let mut header = self.header();
        header.as_object_mut().unwrap().remove(member);
        header
    }

    fn token(&self, header: &str, payload: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(payload));
        let signature = self.key.sign(message.as_bytes()).unwrap();
        format!("{message}.{}", Base64UrlUnpadded::encode_string(&signature))
    }

    fn verify(&self, token: &str) -> Result<Verified, VerifyError> {
        verify(&self.keys, token, &["at+jwt"])
    }

    fn verify_header(&self, header: &Value) -> Result<Verified, VerifyError> {
        self.verify(&self.token(&header.to_string(), "{}"))
    }
}

#[test]
fn what_is_signed_is_verified() {
    let signers = Algorithm::ALL.map(signer);
    let keys = set(&signers.each_ref());

    for signer in &signers {
        let token = signer.sign_json("at+jwt", &json!({ "sub": "alice", "exp": 1 })).unwrap();
        let verified = verify(&keys, &token, &["JWT", "at+jwt"]).unwrap();
        assert_eq!(verified.header.algorithm, signer.algorithm());
        assert_eq!(verified.header.kid, signer.kid());
        assert_eq!(verified.header.typ, "at+jwt");
        assert_eq!(verified.claims.required_text("sub"), Ok("alice"));
        assert_eq!(verified.claims.required_seconds("exp"), Ok(1));
    }
}

#[test]
fn a_change_of_any_bit_is_refused() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let signer = signer(algorithm);
        let keys = set(&[&signer]);
        let token = signer.sign_json("at+jwt", &json!({ "sub": "alice" })).unwrap();

        let bits = (0..token.len()).flat_map(|index| (0..7).map(move |bit| (index, bit)));
        for (index, bit) in bits {
            let mut changed = token.clone().into_bytes();
            changed[index] ^= 1 << bit;
            let changed = String::from_utf8(changed).unwrap();
            let refused = verify(&keys, &changed, &["at+jwt"]);
            assert!(refused.is_err(), "{algorithm}: byte {index}, bit {bit}");
        }
        for (len, _) in token.char_indices() {
            let (cut, _) = token.split_at(len);
            assert!(verify(&keys, cut, &["at+jwt"]).is_err(), "{algorithm}: {len} bytes");
        }
    }
}

#[test]
fn padding_space_and_other_alphabets_are_refused() {
    let forge = Forge::new();
    let token = forge.token(&forge.header().to_string(), r#"{"a":"??>>"}"#);
    assert!(forge.verify(&token).is_ok());

    for changed in [
        format!("{token}="),
        format!("{token}=="),
        format!("{token}\n"),
        format!(" {token}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{}", encode("{}")),
        token.replacen('.', "=.", 1),
        token.replace('.', ". "),
        token.replace('.', ""),
        String::new(),
        "..".to_owned(),
        ".".to_owned(),
        "é.é.é".to_owned(),
    ] {
        assert!(forge.verify(&changed).is_err(), "{changed:?}");
    }
}

/// The last character of a 64-byte signature carries four bits that mean nothing.
#[test]
fn spare_bits_must_be_zero() {
    let forge = Forge::new();
    let token = forge.token(&forge.header().to_string(), "{}");
    let (rest, last) = token.split_at(token.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    let accepted: Vec<char> =
        alphabet.chars().filter(|it| forge.verify(&format!("{rest}{it}")).is_ok()).collect();

    assert_eq!(accepted, last.chars().collect::<Vec<_>>());
}

#[test]
fn the_size_is_bounded_before_work() {
    let forge = Forge::new();

    let long = forge.verify(&"a".repeat(MAX_LEN + 1));
    let largest = forge.verify(&"a".repeat(MAX_LEN));

    assert_eq!(long, Err(VerifyError::TooLong));
    assert_eq!(largest, Err(VerifyError::Malformed));
}

#[test]
fn only_an_expected_type_is_taken() {
    let forge = Forge::new();

    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert!(forge.verify_header(&forge.with("typ", typ)).is_ok(), "{typ}");
    }
    for header in [
        forge.with("typ", "JWT"),
        forge.with("typ", ""),
        forge.with("typ", "at+jwt "),
        forge.with("typ", "application/application/at+jwt"),
        forge.without("typ"),
    ] {
        assert_eq!(forge.verify_header(&header), Err(VerifyError::UnexpectedType), "{header}");
    }
    let token = forge.token(&forge.header().to_string(), "{}");
    assert_eq!(verify(&forge.keys, &token, &[]), Err(VerifyError::UnexpectedType));
}

#[test]
fn the_key_must_be_named_and_known() {
    let forge = Forge::new();

    for header in [forge.without("kid"), forge.with("kid", "x"), forge.with("kid", "")] {
        assert_eq!(forge.verify_header(&header), Err(VerifyError::UnknownKey), "{header}");
    }
}

#[test]
fn the_header_does_not_choose_the_algorithm() {
    let forge = Forge::new();

    for alg in ["none", "None", "", "HS256", "RS256", "PS256", "EdDSA", "ES384", "es256"] {
        let refused = forge.verify_header(&forge.with("alg", alg));
        assert_eq!(refused, Err(VerifyError::WrongAlgorithm), "{alg}");
    }
}

#[test]
fn an_unsigned_token_is_refused() {
    let forge = Forge::new();
    let unsigned = |header: &Value| format!("{}.{}.", encode(&header.to_string()), encode("{}"));

    let none = forge.verify(&unsigned(&forge.with("alg", "none")));
    let stripped = forge.verify(&unsigned(&forge.header()));

    assert_eq!(none, Err(VerifyError::WrongAlgorithm));
    assert_eq!(stripped, Err(VerifyError::BadSignature));
}

/// Both RSA algorithms share the shape of their keys, but no key.
#[test]
fn rsa_paddings_are_not_interchangeable() {
    let signer = signer(Algorithm::Rs256);
    let token = signer.sign_json("at+jwt", &json!({})).unwrap();
    let mut jwk = json!(signer.public());
    jwk["alg"] = "PS256".into();
    let pss = crate::Jwk::from_json(&jwk.to_string()).unwrap();
    let header = json!({ "alg": "PS256", "typ": "at+jwt", "kid": signer.kid() });
    let (_, rest) = token.split_once('.').unwrap();
    let renamed = format!("{}.{rest}", encode(&header.to_string()));
    let keys = KeySet::new(vec![pss]).unwrap();

    let wrong_algorithm = verify(&keys, &token, &["at+jwt"]);
    let wrong_padding = verify(&keys, &renamed, &["at+jwt"]);

    assert_eq!(wrong_algorithm, Err(VerifyError::WrongAlgorithm));
    assert_eq!(wrong_padding, Err(VerifyError::BadSignature));
}

#[test]
fn a_key_in_the_header_is_not_used() {
    let forge = Forge::new();
    let attacker = Forge::new();
    let mut header = forge.with("jwk", json!(attacker.key.public()));
    header["jku"] = "https://attacker.example/jwks".into();
    header["x5u"] = "https://attacker.example/cert".into();

    let honest = forge.verify_header(&header);
    let forged = forge.verify(&attacker.token(&header.to_string(), "{}"));

    assert!(honest.is_ok());
    assert_eq!(forged, Err(VerifyError::BadSignature));
}

#[test]
fn critical_extensions_are_refused_even_empty_ones() {
    let forge = Forge::new();

    for crit in [json!(["b64"]), json!([]), json!(null), json!("exp")] {
        let refused = forge.verify_header(&forge.with("crit", crit.clone()));
        assert_eq!(refused, Err(VerifyError::Critical), "{crit}");
    }
}

#[test]
fn a_malformed_header_is_refused() {
    let forge = Forge::new();
    let kid = forge.key.public().kid();

    for header in [
        String::new(),
        "[]".to_owned(),
        "\"ES256\"".to_owned(),
        format!(r#"{{"typ":"at+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":1,"typ":"at+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"ES256","alg":"none","typ":"at+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":["{kid}"]}}"#),
        format!("{}x", forge.header()),
    ] {
        let refused = forge.verify(&forge.token(&header, "{}"));
        assert_eq!(refused, Err(VerifyError::Header), "{header}");
    }
}

#[test]
fn the_payload_must_be_an_object() {
    let forge = Forge::new();
    let header = forge.header().to_string();
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));

    for payload in ["", "[]", "null", "\"text\"", "1", "{", "{}{}", &deep] {
        let refused = forge.verify(&forge.token(&header, payload));
        assert_eq!(refused, Err(VerifyError::Payload), "{payload:.20}");
    }
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let forge = Forge::new();
    let other = Forge::new();

    let refused = forge.verify(&other.token(&forge.header().to_string(), "{}"));

    assert_eq!(refused, Err(VerifyError::BadSignature));
}
