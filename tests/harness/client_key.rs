//! Assertions of clients, made without the server's own code: RFC 7523 over aws-lc-rs alone.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};

/// A key that a client signs with.
pub struct ClientKey {
    pair: EcdsaKeyPair,
    kid: String,
}

impl ClientKey {
    /// The `client_assertion_type` of a JWT.
    pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /// A new key called `kid`.
    #[must_use]
    pub fn generate(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { pair, kid: kid.to_owned() }
    }

    /// The public key.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.kid })
    }

    /// A set of this key alone.
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk()] })
    }

    /// The header that everything is right about.
    #[must_use]
    pub fn header(&self) -> Value {
        json!({ "alg": "ES256", "typ": "JWT", "kid": self.kid })
    }

    /// The claims of an assertion that everything is right about, made at `now` in milliseconds.
    #[must_use]
    pub fn claims(client_id: &str, issuer: &str, now: i64) -> Value {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let jti = format!("assertion-{}", COUNTER.fetch_add(1, Ordering::Relaxed));
        let now = now / 1000;
        json!({
            "iss": client_id, "sub": client_id, "aud": issuer, "jti": jti,
            "iat": now, "exp": now + 60,
        })
    }

    /// A compact JWS with this header and these claims.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| encode(value.to_string().as_bytes());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", encode(signature.as_ref()))
    }

    /// An assertion that everything is right about.
    #[must_use]
    pub fn assertion(&self, client_id: &str, issuer: &str, now: i64) -> String {
        self.sign(&self.header(), &Self::claims(client_id, issuer, now))
    }
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
