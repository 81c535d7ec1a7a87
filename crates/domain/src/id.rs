//! Typed identifiers.

use std::{fmt, hash, marker::PhantomData};

use uuid::{Builder, Uuid};

use crate::{Entropy, Timestamp};

/// Crockford's base32 in lower case: no `i`, `l`, `o`, `u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 128 bits in digits of five bits.
const DIGITS: usize = 26;

/// Something that has an [`Id`], and the prefix that says so in text.
pub trait Identified {
    /// What stands before the underscore, such as `app`.
    const PREFIX: &'static str;
}

/// The identifier of a `T`: a `UUIDv7`, written `app_` and 26 base32 digits.
///
/// That of a client is not that of a user, so one cannot go where the other belongs.
pub struct Id<T> {
    uuid: Uuid,
    of: PhantomData<fn() -> T>,
}

/// The text is not an identifier of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of this kind")]
pub struct InvalidId;

impl<T> Id<T> {
    /// Makes an identifier that sorts by `now`.
    #[must_use]
    pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
        let mut random = [0; 10];
        entropy.fill(&mut random);
        let millis = u64::try_from(now.as_millis()).unwrap_or_default();
        Self::from_uuid(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// Takes back an identifier that this server made.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self { uuid, of: PhantomData }
    }

    /// The identifier as it is stored.
    #[must_use]
    pub const fn as_uuid(self) -> Uuid {
        self.uuid
    }
}

impl<T: Identified> Id<T> {
    /// Reads the written form, byte for byte.
    ///
    /// # Errors
    ///
    /// When the prefix or the digits are not those of a `T`.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let digits = text
            .strip_prefix(T::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .filter(|digits| digits.len() == DIGITS)
            .ok_or(InvalidId)?;
        let mut value: u128 = 0;
        for (at, digit) in digits.bytes().enumerate() {
            let five_bits = ALPHABET.iter().position(|it| *it == digit).ok_or(InvalidId)?;
            if at == 0 && five_bits > 7 {
                return Err(InvalidId);
            }
            let five_bits = u128::try_from(five_bits).map_err(|_reason| InvalidId)?;
            value = (value << 5) | five_bits;
        }
        Ok(Self::from_uuid(Uuid::from_u128(value)))
    }
}

impl<T: Identified> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::PREFIX)?;
        f.write_str("_")?;
        let value = self.uuid.as_u128();
        for at in (0..DIGITS).rev() {
            let digit = usize::try_from((value >> (5 * at)) & 31).unwrap_or_default();
            let byte = ALPHABET.get(digit).copied().unwrap_or(b'0');
            fmt::Write::write_char(f, char::from(byte))?;
        }
        Ok(())
    }
}

impl<T: Identified> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T: Identified> serde::Serialize for Id<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: Identified> serde::Deserialize<'de> for Id<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Thing;
    impl Identified for Thing {
        const PREFIX: &'static str = "thg";
    }

    #[test]
    fn only_the_exact_text_is_read() {
        let text = Id::<Thing>::from_uuid(Uuid::from_u128(1)).to_string();
        assert_eq!(text, "thg_00000000000000000000000001");
        for bad in ["thg_0000000000000000000000000", "usr_00000000000000000000000001", "", "thg_8"]
        {
            assert!(Id::<Thing>::parse(bad).is_err(), "{bad}");
        }
        assert!(Id::<Thing>::parse("thg_80000000000000000000000000").is_err());
        assert!(Id::<Thing>::parse("thg_0000000000000000000000000A").is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(value in any::<u128>()) {
            let id = Id::<Thing>::from_uuid(Uuid::from_u128(value));
            prop_assert_eq!(Id::<Thing>::parse(&id.to_string()), Ok(id));
        }
    }
}
