//! The keys that sign and those that verify, parsed.

use domain::{Cell, KeyState, Sealer, SigningKey};
use jose::{Algorithm, KeySet, PrivateKey, Signer};

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
    /// Opens `rows`, which are the published keys.
    ///
    /// A key counts if its sealed private half opens: only this server can have
    /// sealed it. One that only verifies and does not open is left out, as somebody
    /// may have written it into the database; one that signs has to open.
    pub(super) fn open(sealer: &Sealer, rows: &[SigningKey]) -> Result<Self, KeysError> {
        let mut signers = Vec::new();
        let mut public = Vec::new();
        // Those that sign come first: some verifiers take the first that fits.
        let in_order = [KeyState::Active, KeyState::Pending, KeyState::Retiring]
            .into_iter()
            .flat_map(|state| rows.iter().filter(move |row| row.state == state));
        for row in in_order {
            let key = match private_key(sealer, row) {
                Ok(key) => key,
                Err(error) if row.state == KeyState::Active => return Err(error),
                Err(error) => {
                    tracing::error!(kid = row.kid, %error, "a signing key is left out");
                    continue;
                }
            };
            public.push(key.public().clone());
            if row.state == KeyState::Active {
                signers.push(Signer::new(key));
            }
        }
        for algorithm in ALGORITHMS {
            if !signers.iter().any(|it| it.algorithm() == algorithm) {
                return Err(KeysError::Missing(algorithm));
            }
        }
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

fn private_key(sealer: &Sealer, row: &SigningKey) -> Result<PrivateKey, KeysError> {
    let unreadable = || KeysError::Unreadable(row.kid.clone());
    let algorithm: Algorithm = row.algorithm.parse().map_err(|_reason| unreadable())?;
    let ciphertext = row.sealed_private.as_deref().unwrap_or_default();
    let id = row.id.as_uuid();
    let opened = sealer
        .open(&cell(id.as_bytes()), ciphertext)
        .map_err(|source| KeysError::Sealed { kid: row.kid.clone(), source })?;
    let key = PrivateKey::from_pkcs8(algorithm, &opened)?;
    // The name is unique among the rows, so no two keys of the set share one.
    if key.public().kid() == row.kid { Ok(key) } else { Err(unreadable()) }
}

/// Where the private half of a key is sealed to.
pub(super) const fn cell(row: &[u8]) -> Cell<'_> {
    Cell { table: "signing_key", column: "sealed_private", row }
}
