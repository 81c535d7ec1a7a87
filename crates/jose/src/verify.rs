//! Verifying: a compact JWS to claims.

mod unverified;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Deserializer, de::IgnoredAny};

use crate::{Algorithm, Claims, KeySet};

pub use unverified::Unverified;

/// The longest compact JWS that is looked at.
pub const MAX_LEN: usize = 16 * 1024;

/// Why a token was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// It is longer than [`MAX_LEN`].
    #[error("the token is too long")]
    TooLong,
    /// It does not have exactly three parts in canonical base64url.
    #[error("the token is not a compact JWS")]
    Malformed,
    /// The header is not a JSON object with the members it needs.
    #[error("the token's header is malformed")]
    Header,
    /// The header marks an extension as critical, and none is known.
    #[error("the token's header demands an extension that is not known")]
    Critical,
    /// The header names no type, or one that was not expected.
    #[error("the token is of another type")]
    UnexpectedType,
    /// The header names no key of the set.
    #[error("the token names no known key")]
    UnknownKey,
    /// The header names another algorithm than the key has.
    #[error("the token names another algorithm than its key has")]
    WrongAlgorithm,
    /// The signature does not fit.
    #[error("the token's signature does not fit")]
    BadSignature,
    /// The payload is not a JSON object.
    #[error("the token's payload is not a JSON object")]
    Payload,
}

/// What the header of a verified token says.
///
/// Keys in it, or addresses of keys, are never read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The algorithm, which is the key's.
    pub algorithm: Algorithm,
    /// The name of the key.
    pub kid: String,
    /// The type as it was written.
    pub typ: String,
}

/// A token whose signature fits.
///
/// That it is meant for us, and still valid, is for the caller to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The header.
    pub header: Header,
    /// The payload.
    pub claims: Claims,
}

/// Verifies `compact` with the key of `keys` that it names, [RFC 7515 section 5.2].
///
/// The key alone decides the algorithm, [RFC 8725 section 3.1]. The type must
/// be one of `expected_typ`, compared without case and without a leading
/// `application/`, so that one kind of token is never taken for another.
///
/// # Errors
///
/// When it is not a token of such a type, signed by such a key.
///
/// [RFC 7515 section 5.2]: https://www.rfc-editor.org/rfc/rfc7515#section-5.2
/// [RFC 8725 section 3.1]: https://www.rfc-editor.org/rfc/rfc8725#section-3.1
pub fn verify(
    keys: &KeySet,
    compact: &str,
    expected_typ: &[&str],
) -> Result<Verified, VerifyError> {
    if compact.len() > MAX_LEN {
        return Err(VerifyError::TooLong);
    }
    let (message, [header, payload, signature]) = parts(compact)?;

    let header: Members = serde_json::from_slice(&header).map_err(|_reason| VerifyError::Header)?;
    if header.crit {
        return Err(VerifyError::Critical);
    }
    let typ = header.typ.ok_or(VerifyError::UnexpectedType)?;
    if !expected_typ.iter().any(|expected| same_type(&typ, expected)) {
        return Err(VerifyError::UnexpectedType);
    }
    let kid = header.kid.ok_or(VerifyError::UnknownKey)?;
    let key = keys.get(&kid).ok_or(VerifyError::UnknownKey)?;
    let algorithm = key.jwk().algorithm();
    if header.alg != algorithm.name() {
        return Err(VerifyError::WrongAlgorithm);
    }
    key.verify(message.as_bytes(), &signature).map_err(|_reason| VerifyError::BadSignature)?;

    let claims = serde_json::from_slice(&payload).map_err(|_reason| VerifyError::Payload)?;
    Ok(Verified { header: Header { algorithm, kid, typ }, claims: Claims::new(claims) })
}

/// The header members that are read.
#[derive(Deserialize)]
struct Members {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    /// Whether `crit` is there, whatever it holds.
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

/// What is signed, and the three parts decoded.
pub(crate) fn parts(compact: &str) -> Result<(&str, [Vec<u8>; 3]), VerifyError> {
    let (message, signature) = compact.rsplit_once('.').ok_or(VerifyError::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(VerifyError::Malformed)?;
    Ok((message, [decode(header)?, decode(payload)?, decode(signature)?]))
}

pub(crate) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Dots are no base64url, so a fourth part fails here.
fn decode(part: &str) -> Result<Vec<u8>, VerifyError> {
    Base64UrlUnpadded::decode_vec(part).map_err(|_reason| VerifyError::Malformed)
}

fn same_type(typ: &str, expected: &str) -> bool {
    bare(typ).eq_ignore_ascii_case(bare(expected))
}

fn bare(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => typ,
    }
}

#[cfg(test)]
mod tests;
