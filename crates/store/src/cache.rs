//! What a node remembers of the database, and for how long it may.

use std::{fmt, hash::Hash, time::Duration};

use domain::Timestamp;

use crate::Store;

/// How long a change by another node or process may go unseen.
const MAX_STALENESS: Duration = Duration::from_secs(1);

/// A bounded cache whose entries end with the store's epoch.
///
/// Every commit that changes or revokes something raises the epoch of its own
/// node, so nothing read before it is believed after it. An entry also ends after
/// a second, because other nodes and the command line commit too; and when the clock
/// was set back, as nobody knows its age then.
pub struct Cache<K, V> {
    entries: moka::sync::Cache<K, Entry<V>>,
}

#[derive(Clone)]
struct Entry<V> {
    epoch: u64,
    loaded_at: Timestamp,
    value: V,
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
    pub fn new(capacity: u64) -> Self {
        Self { entries: moka::sync::Cache::new(capacity) }
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
        if let Some(entry) = self.entries.get(&key)
            && entry.epoch == epoch
            && entry.loaded_at <= now
            && now.since(entry.loaded_at) < MAX_STALENESS
        {
            return Ok(entry.value);
        }
        let value = load(&key).await?;
        self.entries.insert(key, Entry { epoch, loaded_at: now, value: value.clone() });
        Ok(value)
    }

    /// Forgets the value of `key` on this node; others do within a second.
    pub fn forget(&self, key: &K) {
        self.entries.invalidate(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, store};

    #[tokio::test]
    async fn an_entry_ends_after_a_second_or_when_the_clock_is_set_back() {
        let (store, _folder) = store().await;
        let cache = Cache::new(1);
        let loads = async |now| {
            cache.get(&store, now, (), async |()| Ok::<_, ()>(now)).await.unwrap() == now
        };
        let second = Duration::from_secs(1);

        assert!(loads(NOW).await);
        assert!(!loads(NOW.plus(Duration::from_millis(999))).await);
        assert!(loads(NOW.plus(second)).await);
        assert!(loads(NOW.minus(second)).await, "it is from the future");
    }
}
