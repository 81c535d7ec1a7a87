//! The keys that sign and those that verify, parsed.

use std::ops::Deref;

use domain::{Cell, KeyState, Sealer, SigningKey};
use jose::{Algorithm, Jwk, KeySet, PrivateKey, Signer};
use store::repo::signing_keys::Half;

use super::{ALGORITHMS, KeysError};

/// The keys that sign, all that are published, and those that were.
#[derive(Debug)]
pub(crate) struct KeyRing {
    /// What it was made from.
    source: Vec<(String, KeyState)>,
    signers: Vec<Signer>,
    set: KeySet,
    hints: KeySet,
}

impl KeyRing {
    /// Opens `rows`, which are the keys that are kept.
    ///
    /// A key counts if its sealed half opens, of a retired key the public one: only this
    /// server can have sealed it. One that only verifies and does not open is left out, as
    /// somebody may have written it into the database; one that signs has to open.
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
                    left_out(row, &error);
                    continue;
                }
            };
            public.push(key.public().clone());
            if row.state == KeyState::Active {
                signers.push(Signer::new(key));
            }
        }
        let mut hints = public.clone();
        for row in rows.iter().filter(|row| row.state == KeyState::Retired) {
            match public_key(sealer, row) {
                Ok(key) => hints.push(key),
                Err(error) => left_out(row, &error),
            }
        }
        for algorithm in ALGORITHMS {
            if !signers.iter().any(|it| it.algorithm() == algorithm) {
                return Err(KeysError::Missing(algorithm));
            }
        }
        let (set, hints) = (KeySet::new(public)?, KeySet::new(hints)?);
        Ok(Self { source: source(rows), signers, set, hints })
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

    /// Every published key, and those that were published lately: they tell whom an ID token
    /// is about, and nothing else.
    pub(crate) const fn hints(&self) -> &KeySet {
        &self.hints
    }
}

fn source(rows: &[SigningKey]) -> Vec<(String, KeyState)> {
    rows.iter().map(|row| (row.kid.clone(), row.state)).collect()
}

fn private_key(sealer: &Sealer, row: &SigningKey) -> Result<PrivateKey, KeysError> {
    let unreadable = || KeysError::Unreadable(row.kid.clone());
    let algorithm: Algorithm = row.algorithm.parse().map_err(|_reason| unreadable())?;
    let key = PrivateKey::from_pkcs8(algorithm, &open(sealer, row, Half::Private)?)?;
    // The name is unique among the rows, so no two keys of the set share one.
    if key.public().kid() == row.kid { Ok(key) } else { Err(unreadable()) }
}

fn public_key(sealer: &Sealer, row: &SigningKey) -> Result<Jwk, KeysError> {
    let opened = open(sealer, row, Half::Public)?;
    let json = std::str::from_utf8(&opened).ok();
    json.and_then(|json| Jwk::from_json(json).ok())
        .filter(|key| key.kid() == row.kid)
        .ok_or_else(|| KeysError::Unreadable(row.kid.clone()))
}

fn open(
    sealer: &Sealer,
    row: &SigningKey,
    half: Half,
) -> Result<impl Deref<Target = Vec<u8>> + use<>, KeysError> {
    let column = match half {
        Half::Private => &row.sealed_private,
        Half::Public => &row.sealed_public,
    };
    let id = row.id.as_uuid();
    sealer
        .open(&cell(half, id.as_bytes()), column.as_deref().unwrap_or_default())
        .map_err(|source| KeysError::Sealed { kid: row.kid.clone(), source })
}

fn left_out(row: &SigningKey, error: &KeysError) {
    tracing::error!(kid = row.kid, %error, "a signing key is left out");
}

/// Where a half of a key is sealed to.
pub(super) const fn cell(half: Half, row: &[u8]) -> Cell<'_> {
    Cell { table: "signing_key", column: half.column(), row }
}
