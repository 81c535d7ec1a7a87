//! Proofs of possession, [RFC 9449 section 4]: a JWS under the key that it carries.
//!
//! [RFC 9449 section 4]: https://www.rfc-editor.org/rfc/rfc9449#section-4

use protocol::{DPOP_ALGORITHMS, JwkThumbprint};
use serde::Deserialize;

use crate::{
    Algorithm, Claims, InvalidJwk, PublicKey, jwk, thumbprint,
    verify::{parts, present},
};

/// The longest proof that is looked at: one of an RSA key of 8192 bits has half of it.
const MAX_LEN: usize = 8 * 1024;
/// The one type of a proof.
const TYPE: &str = "dpop+jwt";

/// A proof whose signature fits the key that it carries.
///
/// That it is for this request, recent and new is for the caller to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The key, by its thumbprint.
    pub key: JwkThumbprint,
    /// `jti`: its name, which no other proof of the key has.
    pub jti: String,
    /// `htm`: the method of the request that it is for.
    pub method: String,
    /// `htu`: the address of that request.
    pub uri: String,
    /// `iat`: when it was made, in seconds.
    pub issued_at: i64,
    /// `nonce`, which the server gave.
    pub nonce: Option<String>,
    /// `ath`: the hash of the access token that comes with it.
    pub token_hash: Option<String>,
}

/// Why a text is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProof {
    /// It is longer than anything that a proof needs.
    #[error("the proof is too long")]
    TooLong,
    /// It does not have exactly three parts in canonical base64url.
    #[error("the proof is not a compact JWS")]
    Malformed,
    /// The header is not a JSON object with the members it needs.
    #[error("the proof's header is malformed")]
    Header,
    /// The header marks an extension as critical, and none is known.
    #[error("the proof's header demands an extension that is not known")]
    Critical,
    /// The header's `typ` is another than `dpop+jwt`.
    #[error("the proof's typ is not dpop+jwt")]
    UnexpectedType,
    /// The header's `alg` is not one that proofs may have.
    #[error("the proof's alg is not one of the supported ones")]
    Algorithm,
    /// The header's `jwk` is not a public key for its `alg`.
    #[error("the proof's key cannot be used")]
    Key,
    /// The header's `jwk` is a private or symmetric key.
    #[error("the proof carries a private key")]
    PrivateKey,
    /// The signature does not fit the key.
    #[error("the proof's signature does not fit")]
    BadSignature,
    /// A claim is absent or malformed.
    #[error("the proof lacks a claim, or one is malformed")]
    Claims,
}

/// The header members that are read.
#[derive(Deserialize)]
struct Members {
    alg: String,
    typ: Option<String>,
    jwk: Option<jwk::Members>,
    /// Whether `crit` is there, whatever it holds.
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

impl Proof {
    /// Reads a proof: all of [RFC 9449 section 4.3] that needs no look at the request.
    ///
    /// # Errors
    ///
    /// When it is not one.
    ///
    /// [RFC 9449 section 4.3]: https://www.rfc-editor.org/rfc/rfc9449#section-4.3
    pub fn read(text: &str) -> Result<Self, InvalidProof> {
        if text.len() > MAX_LEN {
            return Err(InvalidProof::TooLong);
        }
        let (message, [header, payload, signature]) =
            parts(text).map_err(|_reason| InvalidProof::Malformed)?;
        let key = key_of(&header)?;
        key.verify(message.as_bytes(), &signature).map_err(|_reason| InvalidProof::BadSignature)?;

        let claims = serde_json::from_slice(&payload).map_err(|_reason| InvalidProof::Claims)?;
        let key = JwkThumbprint::try_from(thumbprint(key.jwk()));
        Self::of(key.map_err(|_reason| InvalidProof::Key)?, &Claims::new(claims))
            .ok_or(InvalidProof::Claims)
    }

    fn of(key: JwkThumbprint, claims: &Claims) -> Option<Self> {
        let required = |name| claims.required_text(name).ok().filter(|it| !it.is_empty());
        let optional = |name| claims.text(name).ok().map(|it| it.map(str::to_owned));
        Some(Self {
            key,
            jti: required("jti")?.to_owned(),
            method: required("htm")?.to_owned(),
            uri: required("htu")?.to_owned(),
            issued_at: claims.required_seconds("iat").ok()?,
            nonce: optional("nonce")?,
            token_hash: optional("ath")?,
        })
    }
}

/// The key that the header carries; other ways to name one are never followed.
fn key_of(header: &[u8]) -> Result<PublicKey, InvalidProof> {
    let header: Members = serde_json::from_slice(header).map_err(|_reason| InvalidProof::Header)?;
    if header.crit {
        return Err(InvalidProof::Critical);
    }
    if header.typ.as_deref() != Some(TYPE) {
        return Err(InvalidProof::UnexpectedType);
    }
    let supported = DPOP_ALGORITHMS.into_iter().find(|it| *it == header.alg);
    let algorithm: Algorithm =
        supported.and_then(|name| name.parse().ok()).ok_or(InvalidProof::Algorithm)?;
    let jwk = header.jwk.ok_or(InvalidProof::Key)?;
    let jwk = jwk.for_algorithm(algorithm).map_err(|reason| {
        if reason == InvalidJwk::Private { InvalidProof::PrivateKey } else { InvalidProof::Key }
    })?;
    PublicKey::new(jwk).map_err(|_reason| InvalidProof::Key)
}

#[cfg(test)]
mod tests;
