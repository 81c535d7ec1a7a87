//! The master keys: the one secret that stays outside the database.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

use super::derive;
use crate::Entropy;

/// Bytes of a check value: enough to tell keys apart, nothing to attack.
const CHECK_LEN: usize = 16;

/// The name of a master key: one ASCII letter or digit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u8);

impl KeyId {
    /// The key id written as `byte`, if it is a letter or a digit.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        if byte.is_ascii_alphanumeric() { Some(Self(byte)) } else { None }
    }

    /// The byte that names the key in handles and sealed cells.
    #[must_use]
    pub const fn as_byte(self) -> u8 {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&char::from(self.0), f)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// One master key with its name.
#[derive(Clone)]
pub(crate) struct MasterKey {
    id: KeyId,
    bytes: Zeroizing<[u8; 32]>,
}

impl MasterKey {
    pub(crate) const fn id(&self) -> KeyId {
        self.id
    }

    /// The key this one yields for a purpose; purposes cannot tell each other's keys.
    pub(crate) fn derive(&self, salt: &[u8], purpose: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        derive(self.bytes.as_slice(), salt, purpose)
    }

    fn parse(line: &str, number: usize) -> Result<Self, InvalidMasterKeys> {
        let (id, key) = line.split_once(':').ok_or(InvalidMasterKeys::NotALine { line: number })?;
        let id = match id.trim_end().as_bytes() {
            [byte] => KeyId::from_byte(*byte),
            _ => None,
        }
        .ok_or(InvalidMasterKeys::NotALine { line: number })?;

        let mut bytes = Zeroizing::new([0; 32]);
        let decoded = Base64UrlUnpadded::decode(key.trim_start(), bytes.as_mut_slice())
            .map_or(0, <[u8]>::len);
        if decoded == bytes.len() {
            Ok(Self { id, bytes })
        } else {
            Err(InvalidMasterKeys::NotAKey { line: number })
        }
    }

    fn line(id: KeyId, entropy: &dyn Entropy) -> Zeroizing<String> {
        let bytes = Zeroizing::new(entropy.bytes::<32>());
        let text = Zeroizing::new(Base64UrlUnpadded::encode_string(bytes.as_slice()));
        Zeroizing::new(format!("{id}:{}\n", text.as_str()))
    }

    fn check_value(&self) -> String {
        let value = self.derive(&[], &[b"check"]);
        let (value, _) = value.split_at(CHECK_LEN);
        format!("{}:{}", self.id, Base64UrlUnpadded::encode_string(value))
    }
}

/// Why a text is not a master key file; says what to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMasterKeys {
    /// There is no key in it.
    #[error("the master key file holds no key; put a line `<letter or digit>:<key>` into it")]
    Empty,
    /// A line has another form.
    #[error(
        "line {line} of the master key file must be one letter or digit, a colon and the key, \
         such as `1:<key>`"
    )]
    NotALine {
        /// Counted from one.
        line: usize,
    },
    /// A key is too short, too long or written otherwise.
    #[error(
        "the key on line {line} of the master key file must be 32 bytes in base64url without \
         padding, which is 43 characters"
    )]
    NotAKey {
        /// Counted from one.
        line: usize,
    },
    /// Two keys share a name.
    #[error(
        "line {line} of the master key file uses the id `{id}` a second time; give every key a \
         letter or digit of its own"
    )]
    RepeatedId {
        /// Counted from one.
        line: usize,
        /// The name both have.
        id: KeyId,
    },
}

/// Why these are not the master keys this database was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongMasterKeys {
    /// A name the database knows stands for another key.
    #[error(
        "the master key `{0}` is not the one this database was written with; restore the master \
         key file that belongs to it, or give a new key an id that was never used"
    )]
    Changed(KeyId),
    /// The database knows none of the names.
    #[error(
        "this database was written with other master keys; restore the master key file that \
         belongs to it, and put a new key above the old one instead of replacing it"
    )]
    Unrelated,
}

/// The master keys, the active one first.
///
/// New secrets are sealed, and new handles stored, under the active key; the
/// others only read what was written before. Nothing of them is ever printed.
#[derive(Clone)]
pub struct MasterKeys {
    active: MasterKey,
    older: Vec<MasterKey>,
}

impl MasterKeys {
    /// Reads a master key file: a line `<id>:<base64url of 32 bytes>` for each key.
    ///
    /// Empty lines and lines that begin with `#` are skipped.
    ///
    /// # Errors
    ///
    /// When the file holds no key, or a line is not one.
    pub fn parse(text: &str) -> Result<Self, InvalidMasterKeys> {
        let mut keys: Vec<MasterKey> = Vec::new();
        for (line, number) in text.lines().map(str::trim).zip(1..) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key = MasterKey::parse(line, number)?;
            if keys.iter().any(|known| known.id == key.id) {
                return Err(InvalidMasterKeys::RepeatedId { line: number, id: key.id });
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        let active = keys.next().ok_or(InvalidMasterKeys::Empty)?;
        Ok(Self { active, older: keys.collect() })
    }

    /// The text of a new master key file with one key, named `1`.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Zeroizing<String> {
        let line = MasterKey::line(KeyId(b'1'), entropy);
        Zeroizing::new(format!(
            "# The master key of this Countersign. Keep a copy apart from the database: without it\n\
             # no session, token, client secret or signing key in there can be used again.\n\
             # To change it, add a line with a new id above, restart, then reseal.\n{}",
            line.as_str()
        ))
    }

    /// The name of the key that new secrets are sealed under.
    #[must_use]
    pub const fn active_id(&self) -> KeyId {
        self.active.id
    }

    /// The names of all keys, the active one first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.iter().map(MasterKey::id)
    }

    /// What to store beside the data so that [`Self::check`] can tell these keys again.
    #[must_use]
    pub fn check_value(&self) -> String {
        self.iter().map(MasterKey::check_value).collect::<Vec<_>>().join(" ")
    }

    /// Whether these are the keys whose [`Self::check_value`] was stored.
    ///
    /// Gives the value to store instead when a key has joined. Names are never
    /// forgotten, so an id cannot come to stand for a second key.
    ///
    /// # Errors
    ///
    /// When a known name stands for another key, or no name is known.
    pub fn check(&self, stored: &str) -> Result<Option<String>, WrongMasterKeys> {
        let mut known = 0_usize;
        let mut merged = stored.to_owned();
        for key in self.iter() {
            let value = key.check_value();
            let before = stored
                .split_ascii_whitespace()
                .find(|before| before.as_bytes().first() == Some(&key.id.0));
            match before {
                Some(before) if same(before, &value) => known += 1,
                Some(_) => return Err(WrongMasterKeys::Changed(key.id)),
                None => {
                    merged.push(' ');
                    merged.push_str(&value);
                }
            }
        }
        match known {
            0 => Err(WrongMasterKeys::Unrelated),
            _ if merged == stored => Ok(None),
            _ => Ok(Some(merged)),
        }
    }

    pub(crate) const fn active(&self) -> &MasterKey {
        &self.active
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.active).chain(&self.older)
    }

    pub(crate) fn get(&self, id: KeyId) -> Option<&MasterKey> {
        self.iter().find(|key| key.id == id)
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKeys")
    }
}

fn same(a: &str, b: &str) -> bool {
    verify_slices_are_equal(a.as_bytes(), b.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{InvalidMasterKeys, KeyId, MasterKeys, WrongMasterKeys};
    use crate::entropy::seeded::SeededEntropy;

    const A: &str = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const B: &str = "2:______________________________________-___8";
    const OTHER_A: &str = "1:BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn keys(text: &str) -> MasterKeys {
        MasterKeys::parse(text).unwrap()
    }

    #[test]
    fn the_first_key_is_the_active_one() {
        let keys = keys(&format!("# made by hand\r\n\r\n{B}\r\n  {A}\r\n"));

        assert_eq!(keys.active_id(), KeyId(b'2'));
        assert_eq!(keys.ids().collect::<Vec<_>>(), [KeyId(b'2'), KeyId(b'1')]);
    }

    #[test]
    fn a_wrong_file_is_refused_with_what_to_change() {
        for (text, error) in [
            ("", InvalidMasterKeys::Empty),
            ("# nothing\n\n", InvalidMasterKeys::Empty),
            (
                "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
                InvalidMasterKeys::NotALine { line: 1 },
            ),
            (&A.replace("1:", "10:"), InvalidMasterKeys::NotALine { line: 1 }),
            (&A.replace("1:", "_:"), InvalidMasterKeys::NotALine { line: 1 }),
            (&A.replace("1:", ":"), InvalidMasterKeys::NotALine { line: 1 }),
            ("\n1:AAECAwQFBgcICQoLDA0ODw", InvalidMasterKeys::NotAKey { line: 2 }),
            (&format!("{A}="), InvalidMasterKeys::NotAKey { line: 1 }),
            (&format!("{A}AA"), InvalidMasterKeys::NotAKey { line: 1 }),
            (&A.replace("Hh8", "Hh9"), InvalidMasterKeys::NotAKey { line: 1 }),
            ("1:", InvalidMasterKeys::NotAKey { line: 1 }),
            (
                &format!("{A}\n{OTHER_A}"),
                InvalidMasterKeys::RepeatedId { line: 2, id: KeyId(b'1') },
            ),
        ] {
            assert_eq!(MasterKeys::parse(text).unwrap_err(), error, "{text:?}");
        }
    }

    #[test]
    fn a_generated_file_is_read_back_and_never_the_same_twice() {
        let entropy = SeededEntropy::new(1);

        let first = MasterKeys::generate(&entropy);
        let second = MasterKeys::generate(&entropy);

        assert_eq!(keys(&first).active_id(), KeyId(b'1'));
        assert_ne!(keys(&first).check_value(), keys(&second).check_value());
    }

    #[test]
    fn nothing_of_a_key_is_printed() {
        assert_eq!(format!("{:?}", keys(A)), "MasterKeys");
        let error = MasterKeys::parse("1:c2VjcmV0").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("c2VjcmV0"));
    }

    #[test]
    fn the_keys_that_wrote_the_database_pass_the_check() {
        let stored = keys(A).check_value();

        assert_eq!(keys(A).check(&stored), Ok(None));
    }

    #[test]
    fn a_wrong_key_is_found_by_the_check() {
        let stored = keys(A).check_value();

        assert_eq!(keys(OTHER_A).check(&stored), Err(WrongMasterKeys::Changed(KeyId(b'1'))));
        assert_eq!(keys(B).check(&stored), Err(WrongMasterKeys::Unrelated));
        assert_eq!(keys(A).check(""), Err(WrongMasterKeys::Unrelated));
    }

    #[test]
    fn a_rotation_passes_the_check_and_no_name_is_forgotten() {
        let stored = keys(A).check_value();

        let both = keys(&format!("{B}\n{A}")).check(&stored).unwrap().unwrap();

        assert_eq!(keys(B).check(&both), Ok(None));
        assert_eq!(keys(A).check(&both), Ok(None));
        assert_eq!(
            keys(&format!("{B}\n{OTHER_A}")).check(&both),
            Err(WrongMasterKeys::Changed(KeyId(b'1')))
        );
    }
}
