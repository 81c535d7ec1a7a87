//! Nonces for proofs, [RFC 9449 section 8]: the moment they were given, and our code over it.
//!
//! Nothing is stored. Every node that has the master key knows those of the others.
//!
//! [RFC 9449 section 8]: https://www.rfc-editor.org/rfc/rfc9449#section-8

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use domain::Timestamp;

use super::MAX_LEAD;
use crate::Engine;

/// How long a nonce can be used.
const LIFETIME: Duration = Duration::from_mins(5);
/// What our code is made for.
const PURPOSE: &str = "dpop-nonce";
/// How many bytes a moment has.
const MOMENT: usize = 8;

impl Engine {
    /// A nonce for the next proof.
    #[must_use]
    pub fn dpop_nonce(&self) -> String {
        self.nonce_of(self.now())
    }

    fn nonce_of(&self, now: Timestamp) -> String {
        let moment = now.as_millis().to_be_bytes();
        let mac = self.parts.handles.mac(PURPOSE, &moment);
        Base64UrlUnpadded::encode_string(&[moment.as_slice(), &mac].concat())
    }

    /// Whether `nonce` is one that this server gave, not long ago.
    pub(super) fn is_our_nonce(&self, nonce: &str, now: Timestamp) -> bool {
        let mut bytes = [0; MOMENT + 32];
        let Ok(bytes) = Base64UrlUnpadded::decode(nonce, &mut bytes) else { return false };
        let Some((moment, mac)) = bytes.split_first_chunk::<MOMENT>() else { return false };
        let given = Timestamp::from_millis(i64::from_be_bytes(*moment));
        let is_recent = given.plus(LIFETIME) > now && given <= now.plus(MAX_LEAD);
        is_recent && self.parts.handles.verify_mac(PURPOSE, moment, mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{START, World};

    #[tokio::test]
    async fn a_nonce_counts_for_five_minutes() {
        let world = World::new().await;
        let nonce = world.engine.dpop_nonce();
        for (later, counts) in [(0, true), (299_999, true), (300_000, false)] {
            let now = START.plus(Duration::from_millis(later));
            assert_eq!(world.engine.is_our_nonce(&nonce, now), counts, "{later}");
        }
        // Another node's clock may be ahead a little.
        assert!(world.engine.is_our_nonce(&nonce, START.minus(MAX_LEAD)));
        assert!(!world.engine.is_our_nonce(&nonce, START.minus(MAX_LEAD * 2)));
    }

    #[tokio::test]
    async fn another_text_is_no_nonce() {
        let world = World::new().await;
        let nonce = world.engine.dpop_nonce();
        let mut bent = nonce.clone().into_bytes();
        bent[7] ^= 1;
        let now = world.engine.now();
        for bad in [
            String::new(),
            "x".to_owned(),
            nonce.chars().skip(1).collect(),
            format!("{nonce}A"),
            format!("{nonce}="),
            String::from_utf8(bent).unwrap(),
            Base64UrlUnpadded::encode_string(&now.as_millis().to_be_bytes()),
            "n".repeat(10_000),
        ] {
            assert!(!world.engine.is_our_nonce(&bad, now), "{bad}");
        }
        assert!(world.engine.is_our_nonce(&nonce, now));
    }
}
