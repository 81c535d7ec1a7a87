//! Proofs of possession, made without the server's own code: RFC 9449 over aws-lc-rs alone.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};

/// A key that a client holds.
pub struct DpopKey {
    pair: EcdsaKeyPair,
    jwk: Value,
}

/// A proof that a test bends before it is signed.
pub struct DpopProof<'a> {
    key: &'a DpopKey,
    header: Value,
    claims: Value,
}

impl DpopKey {
    /// A new key.
    #[must_use]
    pub fn generate() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref();
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..]),
        });
        Self { pair, jwk }
    }

    /// The key's thumbprint, RFC 7638.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let (x, y) = (&self.jwk["x"], &self.jwk["y"]);
        sha256(&format!(r#"{{"crv":"P-256","kty":"EC","x":{x},"y":{y}}}"#))
    }

    /// The public key.
    #[must_use]
    pub const fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// A proof for a request of `method` to `url`, made at `now` in milliseconds.
    #[must_use]
    pub fn proof(&self, method: &str, url: &str, now: i64) -> DpopProof<'_> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let jti = format!("proof-{}", COUNTER.fetch_add(1, Ordering::Relaxed));
        DpopProof {
            key: self,
            header: json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk }),
            claims: json!({ "jti": jti, "htm": method, "htu": url, "iat": now / 1000 }),
        }
    }
}

impl DpopProof<'_> {
    /// The same proof with a member of its header; `null` takes it away.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.header, name, value.into());
        self
    }

    /// The same proof with a claim; `null` takes it away.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.claims, name, value.into());
        self
    }

    /// The same proof for a request with this access token.
    #[must_use]
    pub fn with(self, access_token: &str) -> Self {
        self.claim("ath", sha256(access_token))
    }

    /// The proof, signed.
    #[must_use]
    pub fn sign(&self) -> String {
        let part = |value: &Value| encode(value.to_string().as_bytes());
        let message = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = self.key.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", encode(signature.as_ref()))
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    let members = object.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
}

fn sha256(text: &str) -> String {
    encode(digest(&SHA256, text.as_bytes()).as_ref())
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
