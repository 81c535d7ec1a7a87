//! When secrets, clients and grants were last used: counted in memory, written now and then.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::{Client, ClientSecret, Grant, Id, Timestamp};
use store::{
    StoreError,
    repo::{
        grants,
        registered_clients::{self, SecretUse},
    },
};

use crate::Engine;

/// How exact the times are that people see.
const PRECISION: Duration = Duration::from_mins(1);
/// The most things remembered between two flushes; beyond it, uses go unnoticed.
const MAX_PENDING: usize = 50_000;

/// What was used since the last flush.
#[derive(Default)]
pub(crate) struct Usage(Mutex<Pending>);

#[derive(Default)]
struct Pending {
    secrets: Noted<ClientSecret, Option<IpAddr>>,
    clients: Noted<Client, ()>,
    grants: Noted<Grant, ()>,
}

/// Uses of one kind of thing, each with what else is noted of it.
struct Noted<T, D> {
    pending: HashMap<Id<T>, (Timestamp, D)>,
    /// When what was written lately was written.
    written: HashMap<Id<T>, Timestamp>,
}

impl<T, D> Default for Noted<T, D> {
    fn default() -> Self {
        Self { pending: HashMap::new(), written: HashMap::new() }
    }
}

impl<T, D> Noted<T, D> {
    fn note(&mut self, id: Id<T>, now: Timestamp, detail: impl FnOnce() -> D) {
        let is_full = self.pending.len() >= MAX_PENDING;
        match self.pending.entry(id) {
            Entry::Occupied(mut known) => *known.get_mut() = (now, detail()),
            Entry::Vacant(new) if !is_full => drop(new.insert((now, detail()))),
            Entry::Vacant(_) => {}
        }
    }

    /// Takes what is due: each thing at most once in [`PRECISION`].
    fn take(&mut self, now: Timestamp) -> Vec<(Id<T>, Timestamp, D)> {
        self.written.retain(|_, at| now < at.plus(PRECISION));
        let written = &self.written;
        let mut due: Vec<_> = self.pending.extract_if(|id, _| !written.contains_key(id)).collect();
        // Every node writes in the same order, so that none waits for another in a circle.
        due.sort_by_key(|(id, _)| *id);
        self.written.extend(due.iter().map(|(id, _)| (*id, now)));
        due.into_iter().map(|(id, (at, detail))| (id, at, detail)).collect()
    }
}

impl Usage {
    pub(crate) fn secret_used(
        &self,
        id: Id<ClientSecret>,
        address: Option<IpAddr>,
        now: Timestamp,
    ) {
        self.with(|it| it.secrets.note(id, now, || address));
    }

    pub(crate) fn client_used(&self, id: Id<Client>, now: Timestamp) {
        self.with(|it| it.clients.note(id, now, || ()));
    }

    pub(crate) fn grant_used(&self, id: Id<Grant>, now: Timestamp) {
        self.with(|it| it.grants.note(id, now, || ()));
    }

    fn with<T>(&self, work: impl FnOnce(&mut Pending) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Engine {
    /// Writes down when secrets, clients and grants were last used, each at most
    /// once a minute; a worker calls it every few seconds and once at the end.
    ///
    /// # Errors
    ///
    /// When the database fails; what was counted since the last time is then lost.
    pub async fn flush_usage(&self) -> Result<(), StoreError> {
        let now = self.now();
        let (secrets, clients, used_grants) =
            self.usage.with(|it| (it.secrets.take(now), it.clients.take(now), it.grants.take(now)));
        if secrets.is_empty() && clients.is_empty() && used_grants.is_empty() {
            return Ok(());
        }
        let secrets: Vec<SecretUse> = secrets
            .into_iter()
            .map(|(id, at, address)| SecretUse {
                id,
                at,
                address: address.map(|it| it.to_string()),
            })
            .collect();
        let clients: Vec<_> = clients.into_iter().map(|(id, at, ())| (id, at)).collect();
        let used_grants: Vec<_> = used_grants.into_iter().map(|(id, at, ())| (id, at)).collect();
        self.parts
            .store
            .write(async |tx| {
                // Clients before their secrets, as those do who replace a secret.
                registered_clients::record_client_uses(tx, &clients).await?;
                registered_clients::record_secret_uses(tx, &secrets).await?;
                grants::record_uses(tx, &used_grants).await
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::id;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn a_thing_is_written_once_a_minute_with_its_last_use() {
        let mut noted = Noted::<Client, ()>::default();

        noted.note(id(1), at(1), || ());
        noted.note(id(1), at(2), || ());
        assert_eq!(noted.take(at(3)), [(id(1), at(2), ())]);

        noted.note(id(1), at(4), || ());
        noted.note(id(2), at(4), || ());
        assert_eq!(noted.take(at(5)), [(id(2), at(4), ())]);
        assert_eq!(noted.take(at(64)), [(id(1), at(4), ())]);
        assert_eq!(noted.take(at(200)), []);
    }

    #[test]
    fn memory_is_bounded() {
        let mut noted = Noted::<Client, ()>::default();
        for number in 0..=MAX_PENDING {
            noted.note(id(u128::try_from(number).unwrap()), at(1), || ());
        }

        assert_eq!(noted.take(at(2)).len(), MAX_PENDING);
    }
}
