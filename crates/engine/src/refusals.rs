//! Refusals that anyone can provoke: noted in memory, written down by a worker.
//!
//! Whoever knows a `client_id`, which is no secret, can be refused as often as
//! they like. So each client's refusals are bounded, or strangers could fill the
//! disk; and none is written before its answer is sent, or the time that takes
//! would tell a client that exists from one that does not.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::{AuditEvent, Client, Id, RegisteredClient, Timestamp, audit::Action};
use quick_cache::sync::Cache;
use store::{StoreError, repo::audit};

use crate::Engine;

/// One row a client and second is enough to see an attack.
const INTERVAL: Duration = Duration::from_secs(1);
/// How many clients are told apart.
const MAX_CLIENTS: usize = 10_000;
/// The most events remembered between two flushes; beyond it, refusals go unnoticed.
const MAX_PENDING: usize = 1_000;

/// What was refused since the last flush, and when each client was last noted.
pub(crate) struct Refusals {
    noted: Cache<(Id<Client>, Action), Timestamp>,
    pending: Mutex<Vec<AuditEvent>>,
}

impl Default for Refusals {
    fn default() -> Self {
        Self { noted: Cache::new(MAX_CLIENTS), pending: Mutex::default() }
    }
}

impl Refusals {
    fn note(
        &self,
        which: (Id<Client>, Action),
        now: Timestamp,
        event: impl FnOnce() -> AuditEvent,
    ) {
        if self.noted.get(&which).is_some_and(|last| now < last.plus(INTERVAL)) {
            return;
        }
        self.noted.insert(which, now);
        self.with(|pending| {
            if pending.len() < MAX_PENDING {
                pending.push(event());
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<AuditEvent>) -> T) -> T {
        work(&mut self.pending.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refusals(..)")
    }
}

impl Engine {
    /// Notes a refusal whose sender proved nothing: of each client and kind one a
    /// second.
    pub(crate) fn note_unproven(
        &self,
        client: &RegisteredClient,
        action: Action,
        now: Timestamp,
        event: impl FnOnce() -> AuditEvent,
    ) {
        self.refusals.note((client.client.id, action), now, event);
    }

    /// Writes down the refusals that were noted; a worker calls it every second and
    /// once at the end.
    ///
    /// # Errors
    ///
    /// When the database fails; the next call tries again.
    pub async fn flush_refusals(&self) -> Result<(), StoreError> {
        let events = self.refusals.with(|pending| pending.clone());
        if events.is_empty() {
            return Ok(());
        }
        self.parts
            .store
            .write(async |tx| {
                for event in &events {
                    audit::record(tx, event).await?;
                }
                Ok(())
            })
            .await?;
        self.refusals.with(|pending| pending.drain(..events.len().min(pending.len())).count());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
