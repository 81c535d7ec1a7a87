//! When keys change their state; pure.
//!
//! A key is published before it signs and stays published until what it signed
//! has expired, so that no verifier ever meets an unknown one.

use std::time::Duration;

use domain::{Id, KeyState, SigningKey, Timestamp};
use jose::Algorithm;

use super::ALGORITHMS;

const DAY: Duration = Duration::from_hours(24);
/// How long a key is published before it signs; verifiers keep a key set for minutes.
pub(super) const PUBLISHED_FOR: Duration = DAY;
/// How long a key signs.
const ACTIVE_FOR: Duration = Duration::from_hours(720);
/// How long a key is published after it signed: the longest life of a token and an hour.
const RETIRING_FOR: Duration = Duration::from_hours(25);

/// How long a retired key tells whom an ID token is about: clients hint with the last one
/// they got, however old it is.
const REMEMBERED_FOR: Duration = Duration::from_hours(720);

/// What is due.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// The algorithms whose pending key takes over.
    pub(super) rotate: Vec<Algorithm>,
    /// The keys whose time is over.
    pub(super) retire: Vec<Id<SigningKey>>,
    /// The retired keys of which nothing is needed any more.
    pub(super) forget: Vec<Id<SigningKey>>,
}

/// The key of `algorithm` in `state`; the oldest where there are several.
pub(super) fn key_in(
    keys: &[SigningKey],
    algorithm: Algorithm,
    state: KeyState,
) -> Option<&SigningKey> {
    keys.iter().find(|key| key.state == state && key.algorithm == algorithm.name())
}

/// The keys that are lacking: each algorithm has one that signs and one that waits.
pub(super) fn missing(keys: &[SigningKey]) -> Vec<(Algorithm, KeyState)> {
    let wanted = ALGORITHMS
        .into_iter()
        .flat_map(|algorithm| [(algorithm, KeyState::Active), (algorithm, KeyState::Pending)]);
    wanted.filter(|(algorithm, state)| key_in(keys, *algorithm, *state).is_none()).collect()
}

/// When the pending key of `algorithm` may begin to sign.
pub(super) fn ready_at(keys: &[SigningKey], algorithm: Algorithm) -> Option<Timestamp> {
    key_in(keys, algorithm, KeyState::Pending).map(|key| key.created_at.plus(PUBLISHED_FOR))
}

/// What is due at `now`.
pub(super) fn due(keys: &[SigningKey], now: Timestamp) -> Due {
    let is_due = |algorithm: &Algorithm| {
        let old = key_in(keys, *algorithm, KeyState::Active)
            .and_then(|key| key.activated_at)
            .is_some_and(|since| since.plus(ACTIVE_FOR) <= now);
        old && ready_at(keys, *algorithm).is_some_and(|ready| ready <= now)
    };
    let over = |state: KeyState, after: Duration| {
        let is_over = move |key: &&SigningKey| {
            key.state == state && key.retired_at.is_some_and(|since| since.plus(after) <= now)
        };
        keys.iter().filter(is_over).map(|key| key.id).collect()
    };
    Due {
        rotate: ALGORITHMS.into_iter().filter(is_due).collect(),
        retire: over(KeyState::Retiring, RETIRING_FOR),
        forget: over(KeyState::Retired, REMEMBERED_FOR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::id;

    const HOUR: Duration = Duration::from_hours(1);
    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000_000);

    fn key(number: u128, algorithm: Algorithm, state: KeyState, since: Duration) -> SigningKey {
        let at = NOW.minus(since);
        SigningKey {
            id: id(number),
            kid: number.to_string(),
            algorithm: algorithm.name().to_owned(),
            state,
            sealed_private: None,
            sealed_public: None,
            created_at: at,
            activated_at: (state == KeyState::Active).then_some(at),
            retired_at: matches!(state, KeyState::Retiring | KeyState::Retired).then_some(at),
        }
    }

    #[test]
    fn each_algorithm_needs_one_that_signs_and_one_that_waits() {
        use Algorithm::{Es256, Rs256};
        use KeyState::{Active, Pending};

        assert_eq!(
            missing(&[]),
            [(Es256, Active), (Es256, Pending), (Rs256, Active), (Rs256, Pending)]
        );
        let keys = [key(1, Es256, Active, HOUR), key(2, Rs256, Pending, HOUR)];
        assert_eq!(missing(&keys), [(Es256, Pending), (Rs256, Active)]);
    }

    #[test]
    fn a_key_signs_for_thirty_days_if_the_next_was_published_for_one() {
        use KeyState::{Active, Pending};
        let rotates = |active: Duration, pending: Duration| {
            let keys = [
                key(1, Algorithm::Es256, Active, active),
                key(2, Algorithm::Es256, Pending, pending),
            ];
            !due(&keys, NOW).rotate.is_empty()
        };

        assert!(rotates(30 * DAY, DAY));
        assert!(!rotates(719 * HOUR, DAY));
        assert!(!rotates(40 * DAY, 23 * HOUR));
    }

    #[test]
    fn a_key_stays_published_until_its_tokens_have_expired() {
        let retires = |since: Duration| {
            let keys = [key(7, Algorithm::Es256, KeyState::Retiring, since)];
            !due(&keys, NOW).retire.is_empty()
        };

        assert!(!retires(24 * HOUR));
        assert!(retires(25 * HOUR));
    }

    #[test]
    fn a_retired_key_is_forgotten_after_thirty_days() {
        let forgets = |since: Duration| {
            let keys = [key(7, Algorithm::Es256, KeyState::Retired, since)];
            !due(&keys, NOW).forget.is_empty()
        };

        assert!(!forgets(719 * HOUR));
        assert!(forgets(30 * DAY));
    }
}
