//! Sealed cells: a value that opens only in the row and column it was sealed for.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::{KeyId, MasterKeys};
use crate::Entropy;

/// The first byte of everything sealed: which layout the rest has.
pub(super) const LAYOUT: u8 = 1;
pub(super) const SALT_LEN: usize = 32;
const TAG_LEN: usize = 16;

/// The place in the database that a sealed value belongs to.
///
/// A value moved to another place does not open there, so whoever can write
/// the database cannot swap one secret for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's primary key, in bytes.
    pub row: &'a [u8],
}

impl Cell<'_> {
    /// The bytes that are authenticated with the value.
    ///
    /// Names hold no NUL and the row comes last, so no two cells read alike.
    fn associated_data(&self) -> Vec<u8> {
        let names = [self.table.as_bytes(), self.column.as_bytes()];
        let mut data = vec![LAYOUT];
        for name in names {
            data.extend_from_slice(name);
            data.push(0);
        }
        data.extend_from_slice(self.row);
        data
    }
}

/// Why a value could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It does not have the form of a sealed value.
    #[error("the value is not a sealed one")]
    NotSealed,
    /// The master key file lacks the key it was sealed with.
    #[error("the value is sealed with the master key `{0}`, which the master key file lacks")]
    UnknownKey(KeyId),
    /// It was changed, moved, or sealed with another key.
    #[error("the sealed value was changed, moved, or sealed with another key")]
    Refused,
    /// It is too long to be sealed.
    #[error("the value is too long to be sealed")]
    TooLong,
}

/// Seals and opens cells.
///
/// A sealed value is `layout | key id | salt | AES-256-GCM ciphertext and tag`.
/// Each has a key of its own, derived from the master key with a fresh salt, so
/// that the nonce can be fixed: the key never encrypts twice.
#[derive(Debug, Clone)]
pub struct Sealer {
    keys: MasterKeys,
}

impl Sealer {
    /// A sealer under the active of `keys`, which opens what any of them sealed.
    #[must_use]
    pub fn new(keys: &MasterKeys) -> Self {
        Self { keys: keys.clone() }
    }

    /// The name of the key that [`Self::seal`] uses.
    #[must_use]
    pub const fn active_id(&self) -> KeyId {
        self.keys.active_id()
    }

    /// Seals `plaintext` for `cell` under the active master key.
    ///
    /// # Errors
    ///
    /// [`SealError::TooLong`] beyond what AES-GCM encrypts at once, 64 GiB.
    pub fn seal(
        &self,
        cell: &Cell<'_>,
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealError> {
        let master = self.keys.active();
        let salt = entropy.bytes::<SALT_LEN>();
        let key = master.derive(&salt, &purpose(cell));
        let head = [&[LAYOUT, master.id().as_byte()], salt.as_slice()].concat();
        encrypt(&key, &cell.associated_data(), &head, plaintext)
    }

    /// What was sealed for `cell`.
    ///
    /// # Errors
    ///
    /// When `sealed` is not a sealed value, was sealed with an unknown key or
    /// for another cell, or was changed since.
    pub fn open(&self, cell: &Cell<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let id = sealed_with(sealed).ok_or(SealError::NotSealed)?;
        let master = self.keys.get(id).ok_or(SealError::UnknownKey(id))?;
        let [_, _, rest @ ..] = sealed else { return Err(SealError::NotSealed) };
        let (salt, body) = rest.split_first_chunk::<SALT_LEN>().ok_or(SealError::NotSealed)?;
        let key = master.derive(salt, &purpose(cell));
        decrypt(&key, &cell.associated_data(), body)
    }
}

/// The name of the master key that `sealed` was sealed with, if it is a sealed value.
#[must_use]
pub fn sealed_with(sealed: &[u8]) -> Option<KeyId> {
    match sealed {
        [LAYOUT, id, rest @ ..] if rest.len() >= SALT_LEN + TAG_LEN => KeyId::from_byte(*id),
        _ => None,
    }
}

fn purpose<'a>(cell: &Cell<'a>) -> [&'a [u8]; 4] {
    [b"seal/", cell.table.as_bytes(), b".", cell.column.as_bytes()]
}

/// `head` followed by the ciphertext and tag of `plaintext`. `key` must never be used again.
pub(super) fn encrypt(
    key: &[u8; 32],
    associated_data: &[u8],
    head: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    let mut sealed = Vec::with_capacity(head.len() + plaintext.len() + TAG_LEN);
    sealed.extend_from_slice(head);
    sealed.extend_from_slice(plaintext);
    let (_, body) = sealed.split_at_mut(head.len());
    let tag = cipher(key)
        .and_then(|key| key.seal_in_place_separate_tag(nonce(), Aad::from(associated_data), body))
        .map_err(|_reason| SealError::TooLong)?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

pub(super) fn decrypt(
    key: &[u8; 32],
    associated_data: &[u8],
    body: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let mut plaintext = Zeroizing::new(body.to_vec());
    let len = cipher(key)
        .and_then(|key| {
            let opened =
                key.open_in_place(nonce(), Aad::from(associated_data), plaintext.as_mut_slice())?;
            Ok(opened.len())
        })
        .map_err(|_reason| SealError::Refused)?;
    plaintext.truncate(len);
    Ok(plaintext)
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, aws_lc_rs::error::Unspecified> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new)
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{Cell, SealError, Sealer, sealed_with};
    use crate::{MasterKeys, entropy::seeded::SeededEntropy};

    const OLD: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const NEW: &str = "b:______________________________________-___8";
    const CELL: Cell<'_> = Cell { table: "signing_key", column: "private", row: b"row 1" };

    fn sealer(keys: &str) -> Sealer {
        Sealer::new(&MasterKeys::parse(keys).unwrap())
    }

    fn seal(keys: &Sealer, cell: &Cell<'_>) -> Vec<u8> {
        keys.seal(cell, b"the secret", &SeededEntropy::new(7)).unwrap()
    }

    #[test]
    fn a_cell_opens_in_its_place() {
        let keys = sealer(OLD);

        let sealed = seal(&keys, &CELL);

        assert_eq!(keys.open(&CELL, &sealed).unwrap().as_slice(), b"the secret");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
    }

    /// Computed with another implementation of HKDF and AES-GCM.
    #[test]
    fn the_layout_is_the_one_written_down() {
        let keys = sealer(OLD);
        let sealed = hex(KNOWN);

        assert_eq!(keys.open(&CELL, &sealed).unwrap().as_slice(), b"the secret");
    }

    #[test]
    fn the_same_value_sealed_twice_looks_different() {
        let keys = sealer(OLD);
        let entropy = SeededEntropy::new(7);

        let first = keys.seal(&CELL, b"the secret", &entropy).unwrap();
        let second = keys.seal(&CELL, b"the secret", &entropy).unwrap();

        assert_ne!(first[34..], second[34..]);
    }

    #[test]
    fn two_swapped_cells_do_not_open() {
        let keys = sealer(OLD);
        let sealed = seal(&keys, &CELL);

        for elsewhere in [
            Cell { row: b"row 2", ..CELL },
            Cell { row: b"", ..CELL },
            Cell { column: "public", ..CELL },
            Cell { table: "mail_setting", ..CELL },
            Cell { table: "signing_key.private", column: "", row: b"row 1" },
        ] {
            assert_eq!(keys.open(&elsewhere, &sealed), Err(SealError::Refused), "{elsewhere:?}");
        }
    }

    #[test]
    fn a_change_of_any_bit_is_refused() {
        let keys = sealer(&format!("{OLD}\n{NEW}"));
        let sealed = seal(&keys, &CELL);

        for index in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[index] ^= 1 << bit;
                assert!(keys.open(&CELL, &changed).is_err(), "byte {index}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_cut_or_lengthened_value_is_refused() {
        let keys = sealer(OLD);
        let sealed = seal(&keys, &CELL);

        for len in 0..sealed.len() {
            assert!(keys.open(&CELL, &sealed[..len]).is_err(), "{len} bytes");
        }
        assert!(keys.open(&CELL, &[sealed.as_slice(), &[0]].concat()).is_err());
    }

    #[test]
    fn an_old_key_opens_after_a_rotation_and_new_values_use_the_new_one() {
        let before = sealer(OLD);
        let after = sealer(&format!("{NEW}\n{OLD}"));
        let old = seal(&before, &CELL);

        let new = seal(&after, &CELL);

        assert_eq!(after.open(&CELL, &old).unwrap().as_slice(), b"the secret");
        assert_eq!(sealed_with(&old), Some(before.active_id()));
        assert_eq!(sealed_with(&new), Some(after.active_id()));
        assert_eq!(before.open(&CELL, &new), Err(SealError::UnknownKey(after.active_id())));
    }

    #[test]
    fn another_key_of_the_same_name_is_refused() {
        let sealed = seal(&sealer(OLD), &CELL);

        assert_eq!(sealer(&NEW.replace("b:", "a:")).open(&CELL, &sealed), Err(SealError::Refused));
    }

    const KNOWN: &str = "01616465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f80818283\
        4e55caa1d8253e3bcb5cd061e1a9a7eb2bed786f3bf619ff9fcb";

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }

    proptest! {
        #[test]
        fn whatever_is_sealed_is_opened(plaintext: Vec<u8>, row: Vec<u8>, seed in any::<u32>()) {
            let keys = sealer(OLD);
            let cell = Cell { row: &row, ..CELL };
            let entropy = SeededEntropy::new(seed.into());

            let sealed = keys.seal(&cell, &plaintext, &entropy).unwrap();

            assert_eq!(keys.open(&cell, &sealed).unwrap().as_slice(), plaintext);
        }

        #[test]
        fn garbage_is_refused(garbage: Vec<u8>) {
            assert!(sealer(OLD).open(&CELL, &garbage).is_err());
        }
    }
}
