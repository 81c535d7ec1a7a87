//! JSON Object Signing: keys, signatures, key sets and thumbprints; no I/O, no clock.

mod algorithm;
mod claims;
mod dpop;
mod foreign_keys;
mod jwk;
mod key;
mod key_set;
mod sign;
mod thumbprint;
mod verify;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use claims::{Claims, InvalidClaim};
pub use dpop::{InvalidProof, Proof};
pub use foreign_keys::{ForeignKeys, InvalidForeignKeys};
pub use jwk::{InvalidJwk, Jwk};
pub use key::{KeyError, PrivateKey, PublicKey};
pub use key_set::{InvalidKeySet, KeySet};
pub use sign::{SignError, Signer};
pub use thumbprint::thumbprint;
pub use verify::{Header, MAX_LEN, Unverified, Verified, VerifyError, verify};
