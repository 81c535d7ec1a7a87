//! What a node remembers of the database, and for how long it may.

use std::{
    fmt,
    hash::Hash,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use domain::Timestamp;
use quick_cache::sync::Cache as Entries;

use crate::Store;

/// How long a change by another node or process may go unseen.
const MAX_STALENESS: Duration = Duration::from_secs(1);
/// How long nobody looks whether there was one.
const RENEWED_AFTER: Duration = Duration::from_millis(750);

/// A bounded cache whose entries end with the store's epoch.
///
/// Every commit that changes or revokes something raises the epoch of its own
/// node, so nothing read before it is believed after it. An entry also ends after
/// a second, because other nodes and the command line commit too; and when the clock
/// was set back, as nobody knows its age then.
pub struct Cache<K, V> {
    entries: Entries<K, Arc<Entry<V>>>,
}

struct Entry<V> {
    epoch: u64,
    loaded_at: Timestamp,
    is_renewed: AtomicBool,
    value: V,
}

impl<V: Clone> Entry<V> {
    const fn new(epoch: u64, loaded_at: Timestamp, value: V) -> Self {
        Self { epoch, loaded_at, is_renewed: AtomicBool::new(false), value }
    }

    /// The value, while it counts. Near the end one caller is told to load it anew, so
    /// that not everybody does when it is over.
    fn answer(&self, epoch: u64, now: Timestamp) -> Option<V> {
        let age = now.since(self.loaded_at);
        let counts = self.epoch == epoch && self.loaded_at <= now && age < MAX_STALENESS;
        let renews = counts && age >= RENEWED_AFTER && !self.is_renewed.swap(true, Relaxed);
        (counts && !renews).then(|| self.value.clone())
    }
}

impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache(..)")
    }
}

impl<K, V> Cache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A cache of at most `capacity` entries.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { entries: Entries::new(capacity) }
    }

    /// The value of `key`, from memory when that may still be believed at `now`,
    /// otherwise from `load`.
    ///
    /// # Errors
    ///
    /// Whatever `load` fails with.
    pub async fn get<E>(
        &self,
        store: &Store,
        now: Timestamp,
        key: K,
        load: impl AsyncFnOnce(&K) -> Result<V, E>,
    ) -> Result<V, E> {
        // Read before loading: a commit in between must make the entry stale.
        let epoch = store.epoch();
        if let Some(value) = self.entries.get(&key).and_then(|it| it.answer(epoch, now)) {
            return Ok(value);
        }
        // In a box, as the future is carried along by every request, and few of them load.
        let value = Box::pin(load(&key)).await?;
        self.entries.insert(key, Arc::new(Entry::new(epoch, now, value.clone())));
        Ok(value)
    }

    /// Forgets the value of `key` on this node; others do within a second.
    pub fn forget(&self, key: &K) {
        self.entries.remove(key);
    }
}

/// One value, believed as long as an entry of a [`Cache`], and cheaper to ask for.
pub struct Remembered<V>(RwLock<Option<Entry<V>>>);

impl<V> Default for Remembered<V> {
    fn default() -> Self {
        Self(RwLock::new(None))
    }
}

impl<V> fmt::Debug for Remembered<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remembered(..)")
    }
}

impl<V: Clone> Remembered<V> {
    /// The value, from memory when that may still be believed at `now`, otherwise from `load`.
    ///
    /// # Errors
    ///
    /// Whatever `load` fails with.
    pub async fn get<E>(
        &self,
        store: &Store,
        now: Timestamp,
        load: impl AsyncFnOnce() -> Result<V, E>,
    ) -> Result<V, E> {
        // Read before loading: a commit in between must make the value stale.
        let epoch = store.epoch();
        if let Some(value) = self.known(epoch, now) {
            return Ok(value);
        }
        let value = Box::pin(load()).await?;
        let entry = Entry::new(epoch, now, value.clone());
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(entry);
        Ok(value)
    }

    fn known(&self, epoch: u64, now: Timestamp) -> Option<V> {
        let entry = self.0.read().unwrap_or_else(PoisonError::into_inner);
        entry.as_ref().and_then(|it| it.answer(epoch, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, store};

    #[tokio::test]
    async fn an_entry_ends_after_a_second_or_when_the_clock_is_set_back() {
        let (store, _folder) = store().await;
        let (cache, remembered) = (Cache::new(1), Remembered::default());
        let loads = async |now| {
            let entry = cache.get(&store, now, (), async |()| Ok::<_, ()>(now)).await.unwrap();
            let value = remembered.get(&store, now, async || Ok::<_, ()>(now)).await.unwrap();
            assert_eq!(entry, value);
            value == now
        };
        let second = Duration::from_secs(1);

        assert!(loads(NOW).await);
        assert!(!loads(NOW.plus(Duration::from_millis(749))).await);
        assert!(loads(NOW.plus(second)).await);
        assert!(loads(NOW.minus(second)).await, "it is from the future");
    }

    #[tokio::test]
    async fn near_its_end_one_caller_renews_an_entry_and_the_others_go_on() {
        let (store, _folder) = store().await;
        let cache = Cache::new(1);
        let ask = async |now, renewed: &str| {
            cache.get(&store, now, (), async |()| Ok::<_, ()>(renewed.to_owned())).await.unwrap()
        };
        ask(NOW, "first").await;

        let soon = NOW.plus(Duration::from_millis(999));
        let renew = async |(): &()| {
            assert_eq!(ask(soon, "nobody's").await, "first");
            // Whoever comes when it is over waits for nobody.
            assert_eq!(ask(soon.plus(Duration::from_millis(1)), "late").await, "late");
            Ok::<_, ()>("second".to_owned())
        };

        assert_eq!(cache.get(&store, soon, (), renew).await.unwrap(), "second");
        assert_eq!(ask(soon, "nobody's").await, "second");
    }
}
