//! Public signing keys as JSON Web Keys.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, de::IgnoredAny};

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
struct Members {
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
mod tests {
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
}
