//! How often failed client authentication is written down.

use std::time::Duration;

use domain::{Client, Id, Timestamp};
use moka::sync::Cache;

/// One row a client and second is enough to see an attack.
const INTERVAL: Duration = Duration::from_secs(1);
/// How many clients are told apart.
const MAX_CLIENTS: u64 = 10_000;

/// When each client's last failure was written down.
#[derive(Debug)]
pub(crate) struct Failures(Cache<Id<Client>, Timestamp>);

impl Default for Failures {
    fn default() -> Self {
        Self(Cache::new(MAX_CLIENTS))
    }
}

impl Failures {
    /// Whether a failure of `client` at `now` is written down; remembers that it was.
    pub(crate) fn is_worth_recording(&self, client: Id<Client>, now: Timestamp) -> bool {
        let recent = self.0.get(&client).is_some_and(|last| now < last.plus(INTERVAL));
        if !recent {
            self.0.insert(client, now);
        }
        !recent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::id;

    #[test]
    fn a_client_fails_on_record_once_a_second() {
        let failures = Failures::default();
        let at = |millis| Timestamp::from_millis(millis);

        assert!(failures.is_worth_recording(id(1), at(0)));
        assert!(!failures.is_worth_recording(id(1), at(999)));
        assert!(failures.is_worth_recording(id(2), at(999)));
        assert!(failures.is_worth_recording(id(1), at(1000)));
    }
}
