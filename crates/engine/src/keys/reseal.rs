//! Sealing the private keys under the active master key.

use domain::sealed_with;
use store::repo::signing_keys;

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
    /// Seals every private key that an older master key holds under the active
    /// one. It can be interrupted and run again.
    ///
    /// # Errors
    ///
    /// When the database fails or a key does not open.
    pub async fn reseal_keys(&self) -> Result<Resealed, KeysError> {
        let store = &self.parts.store;
        let mut report = Resealed::default();
        for key in signing_keys::list(store).await? {
            let Some(sealed) = key.sealed_private else { continue };
            if sealed_with(&sealed) == Some(self.parts.sealer.active_id()) {
                report.unchanged += 1;
                continue;
            }
            let uuid = key.id.as_uuid();
            let cell = cell(uuid.as_bytes());
            let failed = |source| KeysError::Sealed { kid: key.kid.clone(), source };
            let opened = self.parts.sealer.open(&cell, &sealed).map_err(failed)?;
            let again = self
                .parts
                .sealer
                .seal(&cell, &opened, self.parts.entropy.as_ref())
                .map_err(failed)?;
            let done = store
                .write(async |tx| signing_keys::reseal(tx, key.id, &sealed, again.clone()).await)
                .await?;
            report.resealed += u64::from(done);
        }
        Ok(report)
    }
}
