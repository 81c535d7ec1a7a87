//! The machine's clock and its source of chance.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use domain::{Clock, Entropy, Timestamp};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where domain::Clock gets it from")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Default)]
pub struct SystemEntropy(SystemRandom);

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        if self.0.fill(bytes).is_err() {
            // Nothing that was promised holds without randomness, so nothing may go on.
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_stands_in_this_era_and_does_not_run_backwards() {
        let first = SystemClock.now();
        let second = SystemClock.now();

        assert!(first >= Timestamp::from_millis(1_700_000_000_000));
        assert!(second >= first);
    }

    #[test]
    fn two_draws_differ() {
        let entropy = SystemEntropy::default();
        let (mut one, mut other) = ([0_u8; 32], [0_u8; 32]);

        entropy.fill(&mut one);
        entropy.fill(&mut other);

        assert_ne!(one, other);
        assert_ne!(one, [0; 32]);
    }
}
