//! The keys that sign and those that verify, parsed.

use domain::{Cell, KeyState, Sealer, SigningKey};
use jose::{Algorithm, Jwk, KeySet, PrivateKey, Signer};

use super::{ALGORITHMS, KeysError};

/// The keys that sign, and all that are published.
#[derive(Debug)]
pub(crate) struct KeyRing {
    /// What it was made from.
    source: Vec<(String, KeyState)>,
    signers: Vec<Signer>,
    set: KeySet,
}

impl KeyRing {
    /// Opens and parses `rows`, which are the published keys.
    pub(super) fn open(sealer: &Sealer, rows: &[SigningKey]) -> Result<Self, KeysError> {
        let mut signers = Vec::new();
        for row in rows.iter().filter(|row| row.state == KeyState::Active) {
            signers.push(Signer::new(private_key(sealer, row)?));
        }
        for algorithm in ALGORITHMS {
            if !signers.iter().any(|it| it.algorithm() == algorithm) {
                return Err(KeysError::Missing(algorithm));
            }
        }
        // Those that sign come first: some verifiers take the first that fits.
        let in_order = [KeyState::Active, KeyState::Pending, KeyState::Retiring, KeyState::Retired]
            .into_iter()
            .flat_map(|state| rows.iter().filter(move |row| row.state == state));
        let public = in_order.map(public_key).collect::<Result<_, _>>()?;
        Ok(Self { source: source(rows), signers, set: KeySet::new(public)? })
    }

    /// Whether it was made from `rows`.
    pub(super) fn is_of(&self, rows: &[SigningKey]) -> bool {
        self.source.len() == rows.len()
            && self
                .source
                .iter()
                .zip(rows)
                .all(|((kid, state), row)| *kid == row.kid && *state == row.state)
    }

    /// What signs with `algorithm`.
    pub(crate) fn signer(&self, algorithm: Algorithm) -> Result<&Signer, KeysError> {
        let signer = self.signers.iter().find(|it| it.algorithm() == algorithm);
        signer.ok_or(KeysError::Missing(algorithm))
    }

    /// Every published key.
    pub(crate) const fn set(&self) -> &KeySet {
        &self.set
    }
}

fn source(rows: &[SigningKey]) -> Vec<(String, KeyState)> {
    rows.iter().map(|row| (row.kid.clone(), row.state)).collect()
}

fn public_key(row: &SigningKey) -> Result<Jwk, KeysError> {
    Jwk::from_json(&row.public_jwk).map_err(|_reason| KeysError::Unreadable(row.kid.clone()))
}

fn private_key(sealer: &Sealer, row: &SigningKey) -> Result<PrivateKey, KeysError> {
    let algorithm: Algorithm =
        row.algorithm.parse().map_err(|_reason| KeysError::Unreadable(row.kid.clone()))?;
    let ciphertext = row.sealed_private.as_deref().unwrap_or_default();
    let id = row.id.as_uuid();
    let opened = sealer
        .open(&cell(id.as_bytes()), ciphertext)
        .map_err(|source| KeysError::Sealed { kid: row.kid.clone(), source })?;
    Ok(PrivateKey::from_pkcs8(algorithm, &opened)?)
}

/// Where the private half of a key is sealed to.
pub(super) const fn cell(row: &[u8]) -> Cell<'_> {
    Cell { table: "signing_key", column: "sealed_private", row }
}
