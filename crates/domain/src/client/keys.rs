//! The keys that a client signs with.

use serde::{Deserialize, Serialize};

/// Where the public keys of a client are; one place, so that they cannot contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientKeys {
    /// A JWK Set as it was registered, read and found good.
    Set(String),
    /// The address of a JWK Set, which is asked for when a signature has to be checked.
    Uri(String),
}

impl ClientKeys {
    /// The registered JWK Set.
    #[must_use]
    pub const fn jwks(&self) -> Option<&str> {
        match self {
            Self::Set(json) => Some(json.as_str()),
            Self::Uri(_) => None,
        }
    }

    /// The address of the JWK Set.
    #[must_use]
    pub const fn jwks_uri(&self) -> Option<&str> {
        match self {
            Self::Set(_) => None,
            Self::Uri(uri) => Some(uri.as_str()),
        }
    }
}

/// The algorithm of a signature that a client makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JwsAlg {
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256; only where it is registered.
    #[serde(rename = "RS256")]
    Rs256,
}

impl JwsAlg {
    /// What is taken where nothing is registered.
    pub const SAFE: [Self; 3] = [Self::Es256, Self::Ps256, Self::EdDsa];
}
