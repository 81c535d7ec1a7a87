//! Public signing keys as JSON Web Keys.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, de::IgnoredAny};
use serde_json::Value;

use crate::{Algorithm, thumbprint};

/// The longest `kid` that is taken from others.
const MAX_KID_LEN: usize = 255;

/// A public signing key with its algorithm and name, [RFC 7517].
///
/// Reading is strict: private members, other uses, weak or sloppily encoded
/// keys are refused. A key has one algorithm; where `alg` is absent, the curve
/// says it, and an RSA key without it is refused. A key without `kid` is named
/// by its thumbprint. Members this server does not know are skipped, as the
/// RFC asks.
///
/// [RFC 7517]: https://www.rfc-editor.org/rfc/rfc7517#section-4
#[derive(Clone, PartialEq, Eq)]
pub struct Jwk {
    kid: String,
    algorithm: Algorithm,
    material: Material,
}

/// The numbers of a public key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Material {
    /// A point of P-256.
    Ec { x: [u8; 32], y: [u8; 32] },
    /// Modulus and exponent, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// An Ed25519 public key.
    Okp { x: [u8; 32] },
}

/// Why a JSON object is not a public signing key that this server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJwk {
    /// It is not JSON, not an object, or a member has the wrong type.
    #[error("the key is not a JSON Web Key")]
    Malformed,
    /// It has a member that only private or symmetric keys have.
    #[error("the key holds a private part; send the public key only")]
    Private,
    /// The key type or curve is not supported.
    #[error("the key must be of type EC with curve P-256, OKP with curve Ed25519, or RSA")]
    UnsupportedType,
    /// `alg` is unknown, absent where needed, or of another key type.
    #[error("the key must name an algorithm that fits it: ES256, RS256, PS256 or EdDSA")]
    UnsupportedAlgorithm,
    /// `use` or `key_ops` says it is for something else.
    #[error("the key is not meant for signatures")]
    OtherUse,
    /// A number of the key is absent or not encoded as it must be.
    #[error("a number of the key is absent or not in canonical base64url")]
    Number,
    /// The RSA modulus or exponent is out of bounds.
    #[error(
        "an RSA key must have 2048 to 8192 bits and an odd exponent above 1 of at most 32 bits"
    )]
    WeakRsa,
    /// The numbers are no key, such as a point that is not on the curve.
    #[error("the numbers of the key do not make a key")]
    NotAKey,
    /// `kid` is empty or too long.
    #[error("the key's `kid` must have 1 to 255 bytes")]
    Kid,
}

impl Jwk {
    /// The key that `material` is, named by its thumbprint.
    pub(crate) fn new(algorithm: Algorithm, material: Material) -> Self {
        let mut jwk = Self { kid: String::new(), algorithm, material };
        jwk.kid = thumbprint(&jwk);
        jwk
    }

    /// Reads a JSON Web Key.
    ///
    /// # Errors
    ///
    /// When it is not a public signing key that this server takes.
    pub fn from_json(json: &str) -> Result<Self, InvalidJwk> {
        serde_json::from_str::<Members>(json).map_err(|_reason| InvalidJwk::Malformed)?.parse()
    }

    /// Reads a key of another maker as one for `algorithm`, or for the one it names.
    pub(crate) fn of_another(
        json: &Value,
        algorithm: Option<Algorithm>,
    ) -> Result<Self, InvalidJwk> {
        let members = Members::deserialize(json).map_err(|_reason| InvalidJwk::Malformed)?;
        match algorithm {
            Some(algorithm) => members.for_algorithm(algorithm),
            None => members.parse(),
        }
    }

    /// The key's name.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The one algorithm the key is for.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }

    pub(crate) const fn material(&self) -> &Material {
        &self.material
    }
}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jwk({} {})", self.algorithm, self.kid)
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = Members {
            r#use: Some("sig".to_owned()),
            alg: Some(self.algorithm.name().to_owned()),
            kid: Some(self.kid.clone()),
            ..Members::default()
        };
        match &self.material {
            Material::Ec { x, y } => {
                members.kty.push_str("EC");
                members.crv = Some("P-256".to_owned());
                members.x = Some(Base64UrlUnpadded::encode_string(x));
                members.y = Some(Base64UrlUnpadded::encode_string(y));
            }
            Material::Rsa { n, e } => {
                members.kty.push_str("RSA");
                members.n = Some(Base64UrlUnpadded::encode_string(n));
                members.e = Some(Base64UrlUnpadded::encode_string(e));
            }
            Material::Okp { x } => {
                members.kty.push_str("OKP");
                members.crv = Some("Ed25519".to_owned());
                members.x = Some(Base64UrlUnpadded::encode_string(x));
            }
        }
        members.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Members::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// The members of a JSON Web Key as they are written.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Members {
    kty: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#use: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_ops: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    /// `d`, with which every asymmetric private key begins.
    #[serde(skip_serializing)]
    d: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    p: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    q: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    dp: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    dq: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    qi: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    oth: Option<IgnoredAny>,
    /// `k`, the symmetric key.
    #[serde(skip_serializing)]
    k: Option<IgnoredAny>,
}

impl Members {
    /// The key of a message that is signed with `algorithm`; it may not name another.
    pub(crate) fn for_algorithm(mut self, algorithm: Algorithm) -> Result<Jwk, InvalidJwk> {
        let alg = self.alg.get_or_insert_with(|| algorithm.name().to_owned());
        if alg != algorithm.name() {
            return Err(InvalidJwk::UnsupportedAlgorithm);
        }
        self.parse()
    }

    fn parse(self) -> Result<Jwk, InvalidJwk> {
        let private = [self.d, self.p, self.q, self.dp, self.dq, self.qi, self.oth, self.k];
        if private.iter().any(Option::is_some) {
            return Err(InvalidJwk::Private);
        }
        let verifies = self.key_ops.as_ref().is_none_or(|it| it.iter().any(|op| op == "verify"));
        if !verifies || self.r#use.as_ref().is_some_and(|it| it != "sig") {
            return Err(InvalidJwk::OtherUse);
        }
        let alg = match &self.alg {
            Some(alg) => Some(alg.parse().map_err(|_reason| InvalidJwk::UnsupportedAlgorithm)?),
            None => None,
        };
        let (material, algorithm) = match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some("P-256")) => (
                Material::Ec { x: fixed(self.x.as_deref())?, y: fixed(self.y.as_deref())? },
                alg.unwrap_or(Algorithm::Es256),
            ),
            ("OKP", Some("Ed25519")) => {
                (Material::Okp { x: fixed(self.x.as_deref())? }, alg.unwrap_or(Algorithm::EdDsa))
            }
            ("RSA", _) => (self.rsa()?, alg.ok_or(InvalidJwk::UnsupportedAlgorithm)?),
            _ => return Err(InvalidJwk::UnsupportedType),
        };
        let fits = match algorithm {
            Algorithm::Es256 => matches!(material, Material::Ec { .. }),
            Algorithm::Rs256 | Algorithm::Ps256 => matches!(material, Material::Rsa { .. }),
            Algorithm::EdDsa => matches!(material, Material::Okp { .. }),
        };
        if !fits {
            return Err(InvalidJwk::UnsupportedAlgorithm);
        }
        let mut jwk = Jwk::new(algorithm, material);
        if let Some(kid) = self.kid {
            if kid.is_empty() || kid.len() > MAX_KID_LEN {
                return Err(InvalidJwk::Kid);
            }
            jwk.kid = kid;
        }
        Ok(jwk)
    }

    fn rsa(&self) -> Result<Material, InvalidJwk> {
        let n = number(self.n.as_deref())?;
        let e = number(self.e.as_deref())?;
        let long_enough = match n.as_slice() {
            [0, ..] => return Err(InvalidJwk::Number),
            [first, ..] => n.len() * 8 >= 2048 + usize::from(*first < 0x80) && n.len() <= 1024,
            [] => false,
        };
        let exponent_fits = match e.as_slice() {
            [0, ..] => return Err(InvalidJwk::Number),
            [.., last] => e.len() <= 4 && last % 2 == 1 && e != [1],
            [] => false,
        };
        if long_enough && exponent_fits {
            Ok(Material::Rsa { n, e })
        } else {
            Err(InvalidJwk::WeakRsa)
        }
    }
}

fn number(text: Option<&str>) -> Result<Vec<u8>, InvalidJwk> {
    text.and_then(|text| Base64UrlUnpadded::decode_vec(text).ok()).ok_or(InvalidJwk::Number)
}

fn fixed(text: Option<&str>) -> Result<[u8; 32], InvalidJwk> {
    number(text)?.try_into().map_err(|_wrong_length| InvalidJwk::Number)
}

#[cfg(test)]
mod tests;
