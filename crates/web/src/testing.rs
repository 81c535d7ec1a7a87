//! A configuration for unit tests: a clock that stands, entropy that counts.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use domain::{Clock, Entropy, HandleKeys, MasterKeys, Timestamp};

use crate::WebConfig;

const MASTER: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000)
    }
}

struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let count = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            for (to, from) in chunk.iter_mut().zip(count.to_le_bytes()) {
                *to = from;
            }
        }
    }
}

/// A server that is reached at `url`, behind proxies of `10.0.0.0/8`.
pub(crate) fn config(url: &str) -> WebConfig {
    WebConfig {
        public_url: url.parse().unwrap(),
        secure: url.starts_with("https"),
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        product_name: "Countersign".to_owned(),
        clock: Arc::new(Standing),
        entropy: Arc::new(Counting(AtomicU64::new(1))),
        handles: Arc::new(HandleKeys::new(&MasterKeys::parse(MASTER).unwrap())),
    }
}
