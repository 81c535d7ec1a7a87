//! The keys that turn handles into what is stored of them.

use std::fmt;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::{Handle, HandleDigest, HandleKind, text};
use crate::{Entropy, KeyId, MasterKeys, sealing::MasterKey};

/// Issues handles and finds the digest of those that come back.
///
/// Each kind has its own key under each master key, prepared once: a digest
/// costs one HMAC. The active master key makes new ones; the others know those
/// that were issued under them.
pub struct HandleKeys {
    masters: MasterKeys,
    prepared: Vec<(KeyId, HandleKind, hmac::Key)>,
}

impl HandleKeys {
    /// Prepares the keys of every kind under every master key.
    #[must_use]
    pub fn new(masters: &MasterKeys) -> Self {
        let prepared = masters.iter().flat_map(|master| {
            HandleKind::ALL.map(|kind| (master.id(), kind, handle_key(master, kind)))
        });
        Self { masters: masters.clone(), prepared: prepared.collect() }
    }

    /// A new handle and what to store of it.
    #[must_use]
    pub fn issue(&self, kind: HandleKind, entropy: &dyn Entropy) -> (Handle, HandleDigest) {
        let random = Zeroizing::new(entropy.bytes::<32>());
        let master = self.masters.active();
        let text = text::write(kind, master.id(), &random);
        let digest = self.digest_under(master, kind, &text);
        (Handle { kind, text }, digest)
    }

    /// What is stored of `text`, if it can be a handle of this `kind`.
    ///
    /// `None` for any other text, without a query: another kind, length,
    /// alphabet or checksum, or a key that is not configured. The exact bytes
    /// count; nothing is trimmed or re-cased first.
    #[must_use]
    pub fn digest(&self, kind: HandleKind, text: &str) -> Option<HandleDigest> {
        let parts = text::parse(text).filter(|parts| parts.kind == kind)?;
        let master = self.masters.get(parts.key_id)?;
        Some(self.digest_under(master, kind, text))
    }

    /// The kind for which [`Self::digest`] gives a digest of `text`, and that digest.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<(HandleKind, HandleDigest)> {
        let parts = text::parse(text)?;
        let master = self.masters.get(parts.key_id)?;
        Some((parts.kind, self.digest_under(master, parts.kind, text)))
    }

    /// The last four random digits of `text`, if it is a handle's.
    #[must_use]
    pub fn hint(text: &str) -> Option<&str> {
        text::hint(text)
    }

    /// A message authentication code of `data` for one `purpose`.
    ///
    /// For what the server must know again without storing it, such as form
    /// tokens and cursors. Codes for one purpose are worth nothing for another.
    #[must_use]
    pub fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        tag(&mac_key(self.masters.active(), purpose), data)
    }

    /// Whether `mac` is that of `data` for `purpose` under any of the keys, in constant time.
    #[must_use]
    pub fn verify_mac(&self, purpose: &str, data: &[u8], mac: &[u8]) -> bool {
        self.masters.iter().any(|master| hmac::verify(&mac_key(master, purpose), data, mac).is_ok())
    }

    fn digest_under(&self, master: &MasterKey, kind: HandleKind, text: &str) -> HandleDigest {
        let prepared = self.prepared.iter().find(|(id, of, _)| (*id, *of) == (master.id(), kind));
        HandleDigest::new(match prepared {
            Some((_, _, key)) => tag(key, text.as_bytes()),
            None => tag(&handle_key(master, kind), text.as_bytes()),
        })
    }
}

impl fmt::Debug for HandleKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandleKeys")
    }
}

fn handle_key(master: &MasterKey, kind: HandleKind) -> hmac::Key {
    let key = master.derive(&[], &[b"handle/", kind.prefix().as_bytes()]);
    hmac::Key::new(hmac::HMAC_SHA256, key.as_slice())
}

fn mac_key(master: &MasterKey, purpose: &str) -> hmac::Key {
    let key = master.derive(&[], &[b"mac/", purpose.as_bytes()]);
    hmac::Key::new(hmac::HMAC_SHA256, key.as_slice())
}

fn tag(key: &hmac::Key, data: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hmac::sign(key, data).as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use proptest::prelude::proptest;

    use super::{HandleKeys, HandleKind};
    use crate::{Entropy, MasterKeys, entropy::seeded::SeededEntropy};

    const KEY: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const NEXT: &str = "2:______________________________________-___8";

    fn keys(text: &str) -> HandleKeys {
        HandleKeys::new(&MasterKeys::parse(text).unwrap())
    }

    fn hex(bytes: &[u8]) -> String {
        use std::fmt::Write;
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    }

    struct Counting;

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for (byte, value) in bytes.iter_mut().zip(200..) {
                *byte = value;
            }
        }
    }

    /// Computed with another implementation of HKDF, base62, CRC-32 and HMAC.
    #[test]
    fn a_known_handle_has_the_known_digest() {
        let (handle, digest) = keys(KEY).issue(HandleKind::ProductionSecret, &Counting);

        assert_eq!(handle.expose(), "cs_prd_1lc0fkuzExgy6YduBSD0TT0zcPORyXq8NUkmmHIKQ8gh_0r9low");
        assert_eq!(handle.hint(), "Q8gh");
        assert_eq!(
            hex(digest.as_bytes()),
            "6d8aa9c98595b19eb5062ecf81054d164e9155a1b73d79fc6f439ffcb5babd9f"
        );
    }

    #[test]
    fn an_issued_handle_is_known_again_as_its_kind_only() {
        let keys = keys(KEY);
        let entropy = SeededEntropy::new(3);

        for kind in HandleKind::ALL {
            let (handle, digest) = keys.issue(kind, &entropy);
            assert_eq!(keys.read(handle.expose()), Some((kind, digest)));
            for other in HandleKind::ALL {
                let expected = (other == kind).then_some(digest);
                assert_eq!(keys.digest(other, handle.expose()), expected);
            }
        }
    }

    #[test]
    fn kinds_and_keys_digest_apart() {
        let seen: HashSet<_> = [KEY, NEXT]
            .into_iter()
            .flat_map(|key| HandleKind::ALL.map(|kind| keys(key).issue(kind, &Counting).1))
            .collect();

        assert_eq!(seen.len(), 2 * HandleKind::ALL.len());
    }

    #[test]
    fn handles_outlive_a_rotation_until_their_key_is_removed() {
        let (old, digest) = keys(KEY).issue(HandleKind::RefreshToken, &Counting);
        let both = keys(&format!("{NEXT}\n{KEY}"));

        let (new, _) = both.issue(HandleKind::RefreshToken, &Counting);

        assert_eq!(both.digest(HandleKind::RefreshToken, old.expose()), Some(digest));
        assert!(new.expose().starts_with("cs_rt_2"));
        assert_eq!(keys(NEXT).digest(HandleKind::RefreshToken, old.expose()), None);
        assert_eq!(keys(NEXT).read(old.expose()), None);
    }

    #[test]
    fn nothing_of_a_handle_is_printed() {
        let (handle, digest) = keys(KEY).issue(HandleKind::ApiKey, &Counting);

        assert_eq!(
            format!("{handle:?} {digest:?}").len(),
            "Handle(api) HandleDigest(00000000)".len()
        );
        assert!(!format!("{handle:?}").contains("lc0f"));
    }

    /// With 20 000 handles each digit but the first few is expected 322 times
    /// at each place; six standard deviations are 107.
    #[test]
    fn the_digits_are_evenly_spread() {
        let keys = keys(KEY);
        let entropy = SeededEntropy::new(9);
        let mut counts: BTreeMap<(usize, char), i32> = BTreeMap::new();
        let mut seen = HashSet::new();

        for _ in 0..20_000 {
            let (handle, digest) = keys.issue(HandleKind::AccessToken, &entropy);
            for (place, digit) in handle.expose().chars().skip(7).take(43).enumerate() {
                *counts.entry((place, digit)).or_default() += 1;
            }
            seen.insert(digest);
        }

        assert_eq!(seen.len(), 20_000);
        for place in 1..43 {
            let digits: Vec<_> = counts.range((place, '0')..=(place, 'z')).collect();
            assert_eq!(digits.len(), 62, "place {place}");
            for (at, count) in digits {
                assert!((count - 322).abs() < 107, "{at:?}: {count}");
            }
        }
    }

    #[test]
    fn a_mac_holds_for_its_purpose_and_data_only() {
        let keys = keys(KEY);

        let mac = keys.mac("csrf", b"data");

        assert_eq!(hex(&mac), "987ccc47403b39df328ea3a1e3779b6eaa4cf597ccd7af7ce242a50603a5fce5");
        assert!(keys.verify_mac("csrf", b"data", &mac));
        assert!(!keys.verify_mac("cursor", b"data", &mac));
        assert!(!keys.verify_mac("csrf", b"date", &mac));
        assert!(!keys.verify_mac("csrf", b"data", &mac[..31]));
        assert!(!keys.verify_mac("csrf", b"data", &[]));
    }

    #[test]
    fn a_mac_outlives_a_rotation() {
        let mac = keys(KEY).mac("csrf", b"data");
        let both = keys(&format!("{NEXT}\n{KEY}"));

        assert!(both.verify_mac("csrf", b"data", &mac));
        assert_ne!(both.mac("csrf", b"data"), mac);
        assert!(!keys(NEXT).verify_mac("csrf", b"data", &mac));
    }

    proptest! {
        #[test]
        fn a_recased_handle_is_refused(seed: u32, place in 0..58_usize) {
            let keys = keys(KEY);
            let (handle, _) = keys.issue(HandleKind::AccessToken, &SeededEntropy::new(seed.into()));
            let mut text: Vec<char> = handle.expose().chars().collect();
            let Some(letter) = text.get_mut(place).filter(|it| it.is_ascii_alphabetic()) else {
                return Ok(());
            };
            *letter = char::from_u32(u32::from(*letter) ^ 0x20).unwrap();
            let recased: String = text.into_iter().collect();

            assert_eq!(keys.digest(HandleKind::AccessToken, &recased), None);
        }
    }
}
