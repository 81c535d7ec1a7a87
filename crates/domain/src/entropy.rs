//! Chance, handed in so that tests can fix it.

/// Where the server draws random bytes from; tests supply their own.
///
/// An implementation that cannot deliver must not return: a handle made of
/// predictable bytes is worse than a stopped process.
pub trait Entropy: Send + Sync {
    /// Overwrites all of `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Entropy + '_ {
    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

#[cfg(test)]
pub(crate) mod seeded {
    //! Entropy that repeats itself from a seed.

    use std::sync::atomic::{AtomicU64, Ordering};

    use aws_lc_rs::digest::{SHA256, digest};

    use super::Entropy;

    /// SHA-256 of a counter: evenly spread and the same in every run.
    pub(crate) struct SeededEntropy(AtomicU64);

    impl SeededEntropy {
        pub(crate) const fn new(seed: u64) -> Self {
            Self(AtomicU64::new(seed << 32))
        }
    }

    impl Entropy for SeededEntropy {
        fn fill(&self, bytes: &mut [u8]) {
            for chunk in bytes.chunks_mut(32) {
                let block = digest(&SHA256, &self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
                chunk.copy_from_slice(block.as_ref().split_at(chunk.len()).0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Entropy, seeded::SeededEntropy};

    #[test]
    fn bytes_are_filled_to_the_last_and_differ_between_draws() {
        let entropy: &dyn Entropy = &SeededEntropy::new(1);

        let first = entropy.bytes::<33>();
        let second = entropy.bytes::<33>();

        assert_ne!(first, second);
        assert_ne!(first[1..], [0; 32]);
    }
}
