//! Sealing the keys under the active master key.

use domain::{SigningKey, sealed_with};
use store::{
    Tx,
    repo::signing_keys::{self, Half},
};

use super::{KeysError, ring::cell};
use crate::Engine;

/// What resealing did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Values that are now sealed under the active master key.
    pub resealed: u64,
    /// Values that already were.
    pub unchanged: u64,
}

impl Engine {
    /// Seals every half of a key that an older master key holds under the active
    /// one. It can be interrupted and run again.
    ///
    /// # Errors
    ///
    /// When the database fails or a key does not open.
    pub async fn reseal_keys(&self) -> Result<Resealed, KeysError> {
        let mut report = Resealed::default();
        for key in signing_keys::list(&self.parts.store).await? {
            for (half, before) in halves(&key) {
                let is_due = sealed_with(before) != Some(self.parts.sealer.active_id());
                let done = is_due && self.reseal(&key, half, before).await?;
                report.resealed += u64::from(done);
                report.unchanged += u64::from(!is_due);
            }
        }
        Ok(report)
    }

    async fn reseal(&self, key: &SigningKey, half: Half, before: &[u8]) -> Result<bool, KeysError> {
        let sealer = &self.parts.sealer;
        let uuid = key.id.as_uuid();
        let cell = cell(half, uuid.as_bytes());
        let failed = |source| KeysError::Sealed { kid: key.kid.clone(), source };
        let opened = sealer.open(&cell, before).map_err(failed)?;
        let again = sealer.seal(&cell, &opened, self.parts.entropy.as_ref()).map_err(failed)?;
        let place = (key.id, half);
        let written = async |tx: &Tx| signing_keys::reseal(tx, place, before, again.clone()).await;
        Ok(self.parts.store.write(written).await?)
    }
}

/// Those of its halves that are kept.
fn halves(key: &SigningKey) -> impl Iterator<Item = (Half, &[u8])> {
    let halves = [(Half::Private, &key.sealed_private), (Half::Public, &key.sealed_public)];
    halves.into_iter().filter_map(|(half, sealed)| Some((half, sealed.as_deref()?)))
}
