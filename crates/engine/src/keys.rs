//! Signing keys: made, published, promoted and retired.

mod change;
mod reseal;
mod ring;
mod schedule;

use std::sync::{Arc, Mutex, PoisonError};

use domain::{SealError, SigningKey, Timestamp};
use jose::{Algorithm, InvalidKeySet, KeyError};
use store::{Remembered, StoreError, repo::signing_keys};

pub use change::{Rotate, Rotated};
pub use reseal::Resealed;
pub(crate) use ring::KeyRing;

use crate::Engine;

/// The algorithms that always have a key: one for speed, one that `OpenID`
/// Connect Discovery asks for.
pub(crate) const ALGORITHMS: [Algorithm; 2] = [Algorithm::Es256, Algorithm::Rs256];

/// Why the signing keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The database failed.
    #[error("the signing keys could not be read or written")]
    Store(#[from] StoreError),
    /// A half of a key does not open.
    #[error("the signing key {kid} cannot be opened")]
    Sealed {
        /// Which.
        kid: String,
        /// Why.
        source: SealError,
    },
    /// A key is not one, or none could be made.
    #[error("a signing key cannot be used")]
    Key(#[from] KeyError),
    /// The keys do not make a set.
    #[error("the signing keys do not make a key set")]
    Set(#[from] InvalidKeySet),
    /// A stored key does not read.
    #[error("the signing key {0} cannot be read")]
    Unreadable(String),
    /// No key is there to sign with.
    #[error("no key signs with {0}; run `countersign keys rotate --now`")]
    Missing(Algorithm),
    /// Keys could not be made in the background.
    #[error("making signing keys was interrupted")]
    Interrupted,
}

impl From<KeysError> for StoreError {
    /// For those who sign or verify: to them it is a column that cannot be read.
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Store(error) => error,
            other @ (KeysError::Sealed { .. }
            | KeysError::Key(_)
            | KeysError::Set(_)
            | KeysError::Unreadable(_)
            | KeysError::Missing(_)
            | KeysError::Interrupted) => {
                tracing::error!(error = %other, "the signing keys cannot be used");
                Self::Corrupt("signing_key.sealed_private")
            }
        }
    }
}

/// The keys as this node last read them, parsed.
#[derive(Debug, Default)]
pub(crate) struct KeyKeeper {
    ring: Remembered<Arc<KeyRing>>,
    parsed: Mutex<Option<Arc<KeyRing>>>,
}

impl KeyKeeper {
    /// The ring of `rows`; what was parsed before is not parsed again.
    fn open(&self, engine: &Engine, rows: &[SigningKey]) -> Result<Arc<KeyRing>, KeysError> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ring) = parsed.as_ref().filter(|it| it.is_of(rows)) {
            return Ok(Arc::clone(ring));
        }
        let ring = Arc::new(KeyRing::open(&engine.parts.sealer, rows)?);
        *parsed = Some(Arc::clone(&ring));
        Ok(ring)
    }
}

impl Engine {
    /// The keys that sign and verify at `now`.
    pub(crate) async fn key_ring(&self, now: Timestamp) -> Result<Arc<KeyRing>, StoreError> {
        let store = &self.parts.store;
        self.keys
            .ring
            .get(store, now, async || {
                let rows = signing_keys::list_kept(store).await?;
                Ok(self.keys.open(self, &rows)?)
            })
            .await
    }

    /// The public keys as a JWK Set.
    ///
    /// # Errors
    ///
    /// When the database fails or a key cannot be used.
    pub async fn jwks(&self) -> Result<String, StoreError> {
        Ok(self.key_ring(self.now()).await?.set().jwks_json().to_owned())
    }

    /// Every key, retired ones included, the oldest first.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn list_keys(&self) -> Result<Vec<SigningKey>, StoreError> {
        signing_keys::list(&self.parts.store).await
    }
}

#[cfg(test)]
mod tests;
