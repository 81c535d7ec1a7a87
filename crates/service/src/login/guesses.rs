//! How many wrong passwords may be tried, counted before any is compared.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::Timestamp;

/// Fixed, so that a flood of names costs no memory. Two that share a slot share
/// its budget: a collision is stricter, never looser.
const SLOTS: usize = 1 << 16;
/// So many tries are free.
const FREE: u32 = 5;
/// The longest wait, in seconds.
const MAX_WAIT_SECONDS: u32 = 60;
/// After so long without a try, everything is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(15);

/// Counts guesses in a table of fixed size, which is allocated at the first one.
#[derive(Debug, Default)]
pub(crate) struct Guesses(Mutex<Vec<Slot>>);

/// Where the guesses at one account from one address are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bucket(usize);

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    tries: u32,
    last: Timestamp,
}

impl Bucket {
    /// The bucket that a keyed code of account and address falls into.
    pub(crate) fn of(code: &[u8; 32]) -> Self {
        let [high, low, ..] = code;
        Self(usize::from(u16::from_be_bytes([*high, *low])))
    }
}

impl Guesses {
    /// Takes one try from the budget, before the password is compared.
    ///
    /// # Errors
    ///
    /// The seconds to wait, when there is none.
    pub(crate) fn take(&self, bucket: Bucket, now: Timestamp) -> Result<(), u32> {
        let mut slots = self.lock();
        let Some(slot) = slots.get_mut(bucket.0) else { return Ok(()) };
        if now.since(slot.last) >= FORGOTTEN_AFTER {
            *slot = Slot::default();
        }
        let next = slot.last.plus(wait_after(slot.tries));
        if slot.tries > 0 && now < next {
            let millis = next.since(now).as_millis();
            return Err(u32::try_from(millis.div_ceil(1000)).unwrap_or(MAX_WAIT_SECONDS));
        }
        *slot = Slot { tries: slot.tries.saturating_add(1), last: now };
        Ok(())
    }

    /// Gives the whole budget back: the password was right.
    pub(crate) fn forget(&self, bucket: Bucket) {
        if let Some(slot) = self.lock().get_mut(bucket.0) {
            *slot = Slot::default();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Slot>> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.is_empty() {
            slots.resize(SLOTS, Slot::default());
        }
        slots
    }
}

/// How long nothing is compared after so many tries: 1, 2, 4 … 60 seconds.
fn wait_after(tries: u32) -> Duration {
    let Some(beyond) = tries.checked_sub(FREE) else { return Duration::ZERO };
    let doubled = 1_u32.checked_shl(beyond).unwrap_or(MAX_WAIT_SECONDS);
    Duration::from_secs(u64::from(doubled.min(MAX_WAIT_SECONDS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: Bucket = Bucket(7);
    const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn five_tries_are_free_and_then_the_wait_doubles_up_to_a_minute() {
        let guesses = Guesses::default();
        for _ in 0..FREE {
            assert_eq!(guesses.take(ALICE, START), Ok(()));
        }
        let mut now = START;
        for wait in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            assert_eq!(guesses.take(ALICE, now), Err(wait));
            let almost =
                now.plus(Duration::from_secs(u64::from(wait))).minus(Duration::from_millis(1));
            assert_eq!(guesses.take(ALICE, almost), Err(1));
            now = now.plus(Duration::from_secs(u64::from(wait)));
            assert_eq!(guesses.take(ALICE, now), Ok(()), "after {wait} s");
        }
    }

    #[test]
    fn one_account_and_address_has_its_own_budget() {
        let guesses = Guesses::default();
        for _ in 0..FREE {
            assert_eq!(guesses.take(ALICE, START), Ok(()));
        }

        assert!(guesses.take(ALICE, START).is_err());
        assert_eq!(guesses.take(Bucket(8), START), Ok(()));
    }

    #[test]
    fn the_right_password_gives_the_budget_back() {
        let guesses = Guesses::default();
        for _ in 0..FREE {
            assert_eq!(guesses.take(ALICE, START), Ok(()));
        }

        guesses.forget(ALICE);

        assert_eq!(guesses.take(ALICE, START), Ok(()));
    }

    #[test]
    fn a_quarter_of_an_hour_later_nothing_is_held_against_anyone() {
        let guesses = Guesses::default();
        for _ in 0..FREE {
            assert_eq!(guesses.take(ALICE, START), Ok(()));
        }

        assert_eq!(guesses.take(ALICE, START.plus(FORGOTTEN_AFTER)), Ok(()));
    }
}
