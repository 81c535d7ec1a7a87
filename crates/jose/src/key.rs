//! Private and public keys, parsed once and kept so.

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{self, KeySize, PublicKeyComponents},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
        RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaEncoding,
    },
};
use zeroize::Zeroizing;

use crate::{Algorithm, Jwk, jwk::Material};

/// Why there is no such key or signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are not a key of the algorithm.
    #[error("the bytes are not a key for {0}")]
    Rejected(Algorithm),
    /// The cryptographic library failed to make, write or use a key.
    #[error("the cryptographic library failed on a key for {0}")]
    Failed(Algorithm),
    /// The signature is not one of the message by the key.
    #[error("the signature does not fit")]
    BadSignature,
}

/// A private signing key for one algorithm, parsed and ready to sign.
pub struct PrivateKey {
    pair: Pair,
    public: Jwk,
    random: SystemRandom,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Rsa(rsa::KeyPair, &'static dyn RsaEncoding),
    Ed25519(Ed25519KeyPair),
}

impl PrivateKey {
    /// A new key for `algorithm`; RSA keys have 3072 bits.
    ///
    /// # Errors
    ///
    /// When the cryptographic library fails to make one.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let pair = match algorithm {
            Algorithm::Es256 => {
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Pair::Ecdsa)
            }
            Algorithm::Rs256 => rsa::KeyPair::generate(KeySize::Rsa3072)
                .map(|pair| Pair::Rsa(pair, &RSA_PKCS1_SHA256)),
            Algorithm::Ps256 => rsa::KeyPair::generate(KeySize::Rsa3072)
                .map(|pair| Pair::Rsa(pair, &RSA_PSS_SHA256)),
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(Pair::Ed25519),
        };
        Self::new(algorithm, pair.map_err(|_reason| KeyError::Failed(algorithm))?)
    }

    /// Reads a key that [`Self::to_pkcs8`] wrote.
    ///
    /// # Errors
    ///
    /// When `pkcs8` is not a key for `algorithm`, or an RSA key below 2048 bits.
    pub fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let pair = match algorithm {
            Algorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Pair::Ecdsa)
            }
            Algorithm::Rs256 => {
                rsa::KeyPair::from_pkcs8(pkcs8).map(|pair| Pair::Rsa(pair, &RSA_PKCS1_SHA256))
            }
            Algorithm::Ps256 => {
                rsa::KeyPair::from_pkcs8(pkcs8).map(|pair| Pair::Rsa(pair, &RSA_PSS_SHA256))
            }
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8).map(Pair::Ed25519),
        };
        Self::new(algorithm, pair.map_err(|_reason| KeyError::Rejected(algorithm))?)
    }

    /// The key in PKCS#8; seal it before it is stored.
    ///
    /// # Errors
    ///
    /// When the cryptographic library fails to write it.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        match &self.pair {
            Pair::Ecdsa(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            Pair::Rsa(pair, _) => pair.as_der().map(|der| der.as_ref().to_vec()),
            Pair::Ed25519(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
        }
        .map(Zeroizing::new)
        .map_err(|_reason| KeyError::Failed(self.algorithm()))
    }

    /// The one algorithm the key signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// The public half, named by its thumbprint.
    #[must_use]
    pub const fn public(&self) -> &Jwk {
        &self.public
    }

    /// The signature of `message`, in the form JWS uses.
    ///
    /// # Errors
    ///
    /// When the cryptographic library fails.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |_reason| KeyError::Failed(self.algorithm());
        match &self.pair {
            Pair::Ecdsa(pair) => {
                pair.sign(&self.random, message).map(|it| it.as_ref().to_vec()).map_err(failed)
            }
            Pair::Ed25519(pair) => {
                pair.try_sign(message).map(|it| it.as_ref().to_vec()).map_err(failed)
            }
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &self.random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
        }
    }

    fn new(algorithm: Algorithm, pair: Pair) -> Result<Self, KeyError> {
        let material = match &pair {
            Pair::Ecdsa(pair) => point(pair.public_key().as_ref()),
            Pair::Rsa(pair, _) => Some(Material::Rsa {
                n: pair.public_key().modulus().big_endian_without_leading_zero().to_vec(),
                e: pair.public_key().exponent().big_endian_without_leading_zero().to_vec(),
            }),
            Pair::Ed25519(pair) => {
                pair.public_key().as_ref().try_into().ok().map(|x| Material::Okp { x })
            }
        };
        let material = material.ok_or(KeyError::Rejected(algorithm))?;
        if matches!(&material, Material::Rsa { n, .. } if n.len() < 256) {
            return Err(KeyError::Rejected(algorithm));
        }
        Ok(Self { pair, public: Jwk::new(algorithm, material), random: SystemRandom::new() })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({} {})", self.algorithm(), self.public.kid())
    }
}

/// The coordinates of an uncompressed point of P-256.
fn point(uncompressed: &[u8]) -> Option<Material> {
    let [4, coordinates @ ..] = uncompressed else { return None };
    let (x, rest) = coordinates.split_first_chunk()?;
    let y = rest.try_into().ok()?;
    Some(Material::Ec { x: *x, y })
}

/// A public key for one algorithm, parsed and ready to verify.
pub struct PublicKey {
    jwk: Jwk,
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// Parses `jwk`.
    ///
    /// # Errors
    ///
    /// When its numbers are not a key, such as a point that is not on the curve.
    pub fn new(jwk: Jwk) -> Result<Self, KeyError> {
        let rsa_parameters = match jwk.algorithm() {
            Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
            Algorithm::Rs256 | Algorithm::Es256 | Algorithm::EdDsa => &RSA_PKCS1_2048_8192_SHA256,
        };
        let parsed = match jwk.material() {
            Material::Ec { x, y } => {
                let point = [[4].as_slice(), x, y].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            }
            Material::Okp { x } => ParsedPublicKey::new(&ED25519, x),
            Material::Rsa { n, e } => {
                PublicKeyComponents { n, e }.to_parsed_public_key(rsa_parameters)
            }
        };
        let parsed = parsed.map_err(|_reason| KeyError::Rejected(jwk.algorithm()))?;
        Ok(Self { jwk, parsed })
    }

    /// The key as it is published.
    #[must_use]
    pub const fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// Checks that `signature` is one of `message` by this key.
    ///
    /// # Errors
    ///
    /// [`KeyError::BadSignature`] when it is not.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        self.parsed.verify_sig(message, signature).map_err(|_reason| KeyError::BadSignature)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.jwk, f)
    }
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding};

    use super::{KeyError, PrivateKey, PublicKey};
    use crate::{Algorithm, Jwk};

    fn verify_compact(jwk: &str, compact: &str) -> Result<(), KeyError> {
        let key = PublicKey::new(Jwk::from_json(jwk).unwrap()).unwrap();
        let (message, signature) = compact.rsplit_once('.').unwrap();
        key.verify(message.as_bytes(), &Base64UrlUnpadded::decode_vec(signature).unwrap())
    }

    #[test]
    fn the_es256_vector_of_rfc_7515_verifies() {
        let jwk = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
        let compact = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

        assert_eq!(verify_compact(jwk, compact), Ok(()));
        let changed = compact.replace(".eyJpc3Mi", ".eyJpc3Mj");
        assert_eq!(verify_compact(jwk, &changed), Err(KeyError::BadSignature));
    }

    #[test]
    fn the_eddsa_vector_of_rfc_8037_verifies_and_is_made_again() {
        let jwk =
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let compact = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        assert_eq!(verify_compact(jwk, compact), Ok(()));

        let seed = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
        let head = [
            0x30, 0x2e, 0x02, 0x01, 0, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
            0x20,
        ];
        let pkcs8 = [head.as_slice(), &Base64UrlUnpadded::decode_vec(seed).unwrap()].concat();
        let key = PrivateKey::from_pkcs8(Algorithm::EdDsa, &pkcs8).unwrap();
        let (message, signature) = compact.rsplit_once('.').unwrap();
        let signed = key.sign(message.as_bytes()).unwrap();
        assert_eq!(Base64UrlUnpadded::encode_string(&signed), signature);
    }

    #[test]
    fn a_key_survives_being_stored() {
        for algorithm in Algorithm::ALL {
            let key = PrivateKey::generate(algorithm).unwrap();
            let stored = key.to_pkcs8().unwrap();

            let again = PrivateKey::from_pkcs8(algorithm, &stored).unwrap();

            assert_eq!(again.public(), key.public());
            let public = PublicKey::new(key.public().clone()).unwrap();
            let signature = again.sign(b"message").unwrap();
            assert_eq!(public.verify(b"message", &signature), Ok(()));
            assert_eq!(public.verify(b"massage", &signature), Err(KeyError::BadSignature));
        }
    }

    #[test]
    fn new_rsa_keys_have_3072_bits() {
        let key = PrivateKey::generate(Algorithm::Rs256).unwrap();

        assert_eq!(key.sign(b"").unwrap().len() * 8, 3072);
    }

    #[test]
    fn a_key_of_another_algorithm_is_refused() {
        let stored = PrivateKey::generate(Algorithm::Es256).unwrap().to_pkcs8().unwrap();

        for algorithm in [Algorithm::Rs256, Algorithm::Ps256, Algorithm::EdDsa] {
            let refused = PrivateKey::from_pkcs8(algorithm, &stored).unwrap_err();
            assert_eq!(refused, KeyError::Rejected(algorithm));
        }
        assert!(PrivateKey::from_pkcs8(Algorithm::Es256, &stored[1..]).is_err());
    }

    #[test]
    fn a_point_off_the_curve_is_refused() {
        let jwk = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5bA"}"#;

        let refused = PublicKey::new(Jwk::from_json(jwk).unwrap()).unwrap_err();

        assert_eq!(refused, KeyError::Rejected(Algorithm::Es256));
    }

    #[test]
    fn nothing_private_is_printed() {
        let key = PrivateKey::generate(Algorithm::EdDsa).unwrap();

        assert_eq!(format!("{key:?}"), format!("PrivateKey(EdDSA {})", key.public().kid()));
    }
}
