//! Making keys, and moving them from one state to the next.

use domain::{
    AuditEvent, Id, KeyState, SigningKey, Timestamp,
    audit::{Action, Actor, Outcome, Surface},
};
use jose::{Algorithm, PrivateKey};
use serde_json::{Map, Value};
use store::{
    StoreError, Tx,
    repo::{
        audit,
        signing_keys::{self, Half},
    },
};

use super::{
    ALGORITHMS, KeyRing, KeysError,
    ring::cell,
    schedule::{Due, due, key_in, missing, ready_at},
};
use crate::Engine;

/// How keys are to be rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotate {
    /// The pending keys take over once they were published long enough; the old
    /// ones go on verifying.
    WhenPublished,
    /// New keys take over at once and all others are removed, those that only
    /// verify and those that wait included: what they signed counts no more.
    Now,
}

/// What became of a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotated {
    /// These keys sign now.
    Done(Vec<String>),
    /// The pending keys have to be published until then.
    NotBefore(Timestamp),
}

impl Engine {
    /// Makes the keys that are lacking and checks that those that sign open.
    ///
    /// Nodes that start together wait for one another and share what the first made.
    ///
    /// # Errors
    ///
    /// When the database fails, a key cannot be made, or one that signs does not open.
    pub async fn ensure_keys(&self) -> Result<(), KeysError> {
        let now = self.now();
        let store = &self.parts.store;
        let lacking = missing(&signing_keys::list_published(store).await?);
        if !lacking.is_empty() {
            let made = self.make_keys(&lacking, now).await?;
            store.write(async |tx| self.insert_missing(tx, &made, now).await).await?;
        }
        KeyRing::open(&self.parts.sealer, &signing_keys::list_published(store).await?)?;
        Ok(())
    }

    /// Rotates the keys of every algorithm by hand.
    ///
    /// # Errors
    ///
    /// When the database fails or a key cannot be made.
    pub async fn rotate_keys(
        &self,
        rotate: Rotate,
        actor: Actor,
        surface: Surface,
    ) -> Result<Rotated, KeysError> {
        let now = self.now();
        let event = self.key_event(actor, surface, now);
        if rotate == Rotate::Now {
            return Ok(Rotated::Done(self.start_over(event).await?));
        }
        let keys = signing_keys::list_published(&self.parts.store).await?;
        let ready = ALGORITHMS.into_iter().filter_map(|it| ready_at(&keys, it)).max();
        if let Some(ready) = ready.filter(|ready| now < *ready) {
            return Ok(Rotated::NotBefore(ready));
        }
        Ok(Rotated::Done(self.take_over(&ALGORITHMS, event).await?))
    }

    /// Does what the schedule asks for; a worker calls it now and then. Says
    /// whether anything was due.
    ///
    /// # Errors
    ///
    /// When the database fails or a key cannot be made.
    pub async fn advance_keys(&self) -> Result<bool, KeysError> {
        let now = self.now();
        let store = &self.parts.store;
        let due = due(&signing_keys::list_kept(store).await?, now);
        if !due.rotate.is_empty() {
            let event = self.key_event(Actor::system(), Surface::Worker, now);
            self.take_over(&due.rotate, event).await?;
        }
        if !due.retire.is_empty() || !due.forget.is_empty() {
            store.write(async |tx| self.retire(tx, &due, now).await).await?;
        }
        Ok(due != Due::default())
    }

    async fn retire(&self, tx: &Tx, due: &Due, now: Timestamp) -> Result<(), StoreError> {
        signing_keys::lock(tx).await?;
        let mut retired = false;
        for id in &due.retire {
            retired |= signing_keys::retire(tx, *id, now).await?;
        }
        for id in &due.forget {
            signing_keys::forget(tx, *id).await?;
        }
        if retired {
            let event = self.key_event(Actor::system(), Surface::Worker, now);
            let kids = active_kids(&signing_keys::list_published(tx).await?);
            audit::record(tx, &with_kids(event, &kids, Rotate::WhenPublished)).await?;
        }
        Ok(())
    }

    /// Lets the pending keys of `algorithms` take over; gives the names of those
    /// that sign then. A rotation that another node did meanwhile is not repeated.
    async fn take_over(
        &self,
        algorithms: &[Algorithm],
        event: AuditEvent,
    ) -> Result<Vec<String>, KeysError> {
        let store = &self.parts.store;
        let now = event.at;
        let seen = signing_keys::list_published(store).await?;
        let wanted: Vec<_> = algorithms.iter().map(|it| (*it, KeyState::Pending)).collect();
        let next = self.make_keys(&wanted, now).await?;
        let kids = store
            .write(async |tx| {
                signing_keys::lock(tx).await?;
                let keys = signing_keys::list_published(tx).await?;
                if keys.iter().map(|it| &it.kid).ne(seen.iter().map(|it| &it.kid)) {
                    return Ok(active_kids(&keys));
                }
                for algorithm in algorithms {
                    step(tx, &keys, *algorithm, now).await?;
                }
                for key in &next {
                    signing_keys::insert(tx, key).await?;
                }
                let kids = active_kids(&signing_keys::list_published(tx).await?);
                audit::record(tx, &with_kids(event.clone(), &kids, Rotate::WhenPublished)).await?;
                Ok(kids)
            })
            .await?;
        Ok(kids)
    }

    /// Removes every key and begins with new ones; gives the names of those that
    /// sign then. What another node changed meanwhile is removed with the rest.
    async fn start_over(&self, event: AuditEvent) -> Result<Vec<String>, KeysError> {
        let now = event.at;
        let made = self.make_keys(&missing(&[]), now).await?;
        let kids = active_kids(&made);
        let event = with_kids(event, &kids, Rotate::Now);
        self.parts
            .store
            .write(async |tx| {
                signing_keys::lock(tx).await?;
                for key in signing_keys::list_kept(tx).await? {
                    signing_keys::retire(tx, key.id, now).await?;
                    signing_keys::forget(tx, key.id).await?;
                }
                for key in &made {
                    signing_keys::insert(tx, key).await?;
                }
                audit::record(tx, &event).await
            })
            .await?;
        Ok(kids)
    }

    async fn insert_missing(
        &self,
        tx: &Tx,
        made: &[SigningKey],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        signing_keys::lock(tx).await?;
        let lacking = missing(&signing_keys::list_published(tx).await?);
        let mut inserted = Vec::new();
        for (algorithm, state) in lacking {
            if let Some(key) = key_in(made, algorithm, state) {
                signing_keys::insert(tx, key).await?;
                inserted.push(key.kid.clone());
            }
        }
        if !inserted.is_empty() {
            let event = self.key_event(Actor::system(), Surface::Worker, now);
            audit::record(tx, &with_kids(event, &inserted, Rotate::WhenPublished)).await?;
        }
        Ok(())
    }

    /// Makes sealed keys, all at once on threads of their own: RSA takes its time.
    async fn make_keys(
        &self,
        wanted: &[(Algorithm, KeyState)],
        now: Timestamp,
    ) -> Result<Vec<SigningKey>, KeysError> {
        let tasks: Vec<_> = wanted
            .iter()
            .map(|(algorithm, state)| {
                let algorithm = *algorithm;
                (*state, tokio::task::spawn_blocking(move || PrivateKey::generate(algorithm)))
            })
            .collect();
        let mut keys = Vec::new();
        for (state, task) in tasks {
            let key = task.await.map_err(|_reason| KeysError::Interrupted)??;
            keys.push(self.seal_key(&key, state, now)?);
        }
        Ok(keys)
    }

    /// The row of a key that is in `state` from now on.
    pub(crate) fn seal_key(
        &self,
        key: &PrivateKey,
        state: KeyState,
        now: Timestamp,
    ) -> Result<SigningKey, KeysError> {
        let entropy = self.parts.entropy.as_ref();
        let id = Id::<SigningKey>::new(now, entropy);
        let uuid = id.as_uuid();
        let kid = key.public().kid().to_owned();
        let seal = |half: Half, text: &[u8]| {
            let sealed = self.parts.sealer.seal(&cell(half, uuid.as_bytes()), text, entropy);
            sealed.map_err(|source| KeysError::Sealed { kid: kid.clone(), source })
        };
        let sealed_private = seal(Half::Private, &key.to_pkcs8()?)?;
        let sealed_public = seal(Half::Public, key.public().to_json().as_bytes())?;
        Ok(SigningKey {
            id,
            kid,
            algorithm: key.algorithm().name().to_owned(),
            state,
            sealed_private: Some(sealed_private),
            sealed_public: Some(sealed_public),
            created_at: now,
            activated_at: (state == KeyState::Active).then_some(now),
            retired_at: None,
        })
    }

    fn key_event(&self, actor: Actor, surface: Surface, now: Timestamp) -> AuditEvent {
        AuditEvent {
            id: Id::new(now, self.parts.entropy.as_ref()),
            at: now,
            action: Action::SigningKeyRotated,
            outcome: Outcome::Success,
            actor,
            surface,
            target: None,
            target_name: None,
            reason: None,
            details: Map::new(),
            address: None,
            request_id: None,
            sequence: None,
        }
    }
}

/// One algorithm's step: the pending key signs, the active one only verifies.
async fn step(
    tx: &Tx,
    keys: &[SigningKey],
    algorithm: Algorithm,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(active) = key_in(keys, algorithm, KeyState::Active) {
        signing_keys::demote(tx, active.id, now).await?;
    }
    if let Some(pending) = key_in(keys, algorithm, KeyState::Pending) {
        signing_keys::promote(tx, pending.id, now).await?;
    }
    Ok(())
}

fn active_kids(keys: &[SigningKey]) -> Vec<String> {
    keys.iter().filter(|it| it.state == KeyState::Active).map(|it| it.kid.clone()).collect()
}

fn with_kids(mut event: AuditEvent, kids: &[String], rotate: Rotate) -> AuditEvent {
    event.details.insert("kids".to_owned(), Value::from(kids.to_vec()));
    event.details.insert("emergency".to_owned(), Value::from(rotate == Rotate::Now));
    event
}
