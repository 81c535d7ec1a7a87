//! The text of a handle: base62 digits and a checksum.

use zeroize::{Zeroize, Zeroizing};

use super::HandleKind;
use crate::KeyId;

const DIGITS: usize = 43;
const CHECK_DIGITS: usize = 6;
/// The longest text, that of kind `setup`; what is longer is not looked at.
const MAX_LEN: usize = "cs_setup_1".len() + DIGITS + "_".len() + CHECK_DIGITS;

/// The digits of 2^256 - 1. The alphabet is in ASCII order, so texts of this
/// length compare as the numbers do.
const LARGEST: &[u8; DIGITS] = b"yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1";

/// What a well-formed text says.
pub(super) struct Parts {
    pub(super) kind: HandleKind,
    pub(super) key_id: KeyId,
}

/// Writes the handle that `random` is.
pub(super) fn write(kind: HandleKind, key_id: KeyId, random: &[u8; 32]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(MAX_LEN));
    text.push_str("cs_");
    text.push_str(kind.prefix());
    text.push('_');
    text.push(char::from(key_id.as_byte()));
    push_random(&mut text, random);
    let check = checksum(text.as_bytes());
    text.push('_');
    text.extend(check.map(char::from));
    text
}

/// What `text` says, if it is exactly a text that [`write()`] could have written.
pub(super) fn parse(text: &str) -> Option<Parts> {
    if text.len() > MAX_LEN {
        return None;
    }
    let (covered, check) = text.rsplit_once('_')?;
    let (kind, body) = covered.strip_prefix("cs_")?.split_once('_')?;
    let kind = HandleKind::from_prefix(kind)?;
    let body: &[u8; DIGITS + 1] = body.as_bytes().try_into().ok()?;
    let [key_id, random @ ..] = body;
    let well_formed = random.iter().all(u8::is_ascii_alphanumeric)
        && random <= LARGEST
        && check.as_bytes() == checksum(covered.as_bytes());
    let key_id = KeyId::from_byte(*key_id)?;
    well_formed.then_some(Parts { kind, key_id })
}

/// The last four random digits of a well-formed text.
pub(super) fn hint(text: &str) -> Option<&str> {
    parse(text)?;
    let (covered, _) = text.rsplit_once('_')?;
    covered.get(covered.len().checked_sub(4)?..)
}

/// Long division by 62^5, the largest power that leaves room beside a 32-bit limb.
fn push_random(text: &mut String, random: &[u8; 32]) {
    let mut limbs = [0_u64; 8];
    for (limb, bytes) in limbs.iter_mut().zip(random.chunks_exact(4)) {
        *limb = bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    }
    let mut digits = Zeroizing::new([b'0'; DIGITS]);
    for group in digits.rchunks_mut(5) {
        let mut rest = 0;
        for limb in &mut limbs {
            let value = rest << 32 | *limb;
            *limb = value / 62_u64.pow(5);
            rest = value % 62_u64.pow(5);
        }
        write_digits(group, rest);
    }
    limbs.zeroize();
    text.extend(digits.iter().copied().map(char::from));
}

fn checksum(covered: &[u8]) -> [u8; CHECK_DIGITS] {
    let mut digits = [b'0'; CHECK_DIGITS];
    write_digits(&mut digits, u64::from(crc32(covered)));
    digits
}

fn write_digits(digits: &mut [u8], mut value: u64) {
    for digit in digits.iter_mut().rev() {
        let [.., low] = (value % 62).to_be_bytes();
        *digit = match low {
            0..10 => b'0' + low,
            10..36 => b'A' + (low - 10),
            _ => b'a' + (low - 36),
        };
        value /= 62;
    }
}

/// CRC-32 as zlib computes it.
fn crc32(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        let [.., low] = crc.to_be_bytes();
        crc >> 8 ^ CRC_TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default()
    });
    !crc
}

const CRC_TABLE: [u32; 256] = crc_table();

const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut rest: &mut [u32] = &mut table;
    let mut byte = 0_u32;
    while let [entry, tail @ ..] = rest {
        let mut crc = byte;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        *entry = crc;
        byte += 1;
        rest = tail;
    }
    table
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{crc32, hint, parse, write};
    use crate::{HandleKind, KeyId};

    fn key_id() -> KeyId {
        KeyId::from_byte(b'1').unwrap()
    }

    /// Appends the checksum that `covered` would have.
    fn checked(covered: &str) -> String {
        let check = super::checksum(covered.as_bytes());
        format!("{covered}_{}", std::str::from_utf8(&check).unwrap())
    }

    #[test]
    fn the_checksum_is_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    /// Computed with another implementation.
    #[test]
    fn a_known_handle_is_written() {
        let random: Vec<u8> = (200..232).collect();

        let text =
            write(HandleKind::ProductionSecret, key_id(), random.as_slice().try_into().unwrap());

        assert_eq!(*text, "cs_prd_1lc0fkuzExgy6YduBSD0TT0zcPORyXq8NUkmmHIKQ8gh_0r9low");
        assert_eq!(hint(&text), Some("Q8gh"));
    }

    #[test]
    fn the_range_of_the_digits_is_that_of_256_bits() {
        let zero = write(HandleKind::ApiKey, key_id(), &[0; 32]);
        let largest = write(HandleKind::ApiKey, key_id(), &[0xff; 32]);
        let beyond = "cs_api_1yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp2";

        assert!(zero.starts_with(&format!("cs_api_1{}_", "0".repeat(43))));
        assert!(largest.starts_with("cs_api_1yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1_"));
        assert!(parse(&zero).is_some());
        assert!(parse(&largest).is_some());
        assert!(parse(&checked(beyond)).is_none());
        assert!(parse(&checked(&format!("cs_api_1{}", "z".repeat(43)))).is_none());
    }

    #[test]
    fn another_form_is_refused_even_with_a_right_checksum() {
        let digits = "A".repeat(43);
        assert!(parse(&checked(&format!("cs_rt_1{digits}"))).is_some());

        for covered in [
            format!("cs_rt_1{}", "A".repeat(42)),
            format!("cs_rt_1{}", "A".repeat(44)),
            format!("cs_rt_1{}-", "A".repeat(42)),
            format!("cs_rt_1{}_", "A".repeat(42)),
            format!("cs_rt_1{}é", "A".repeat(41)),
            format!("cs_rt_-{digits}"),
            format!("cs_rt_{digits}"),
            format!("cs_xx_1{digits}"),
            format!("cs_RT_1{digits}"),
            format!("cs__1{digits}"),
            format!("CS_rt_1{digits}"),
            format!("rt_1{digits}"),
            format!(" cs_rt_1{digits}"),
            String::new(),
        ] {
            assert!(parse(&checked(&covered)).is_none(), "{covered:?}");
        }
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let text = write(HandleKind::RefreshToken, key_id(), &[0x5a; 32]);

        let attempts = (0..text.len()).flat_map(|index| (' '..='~').map(move |it| (index, it)));
        for (index, replacement) in attempts {
            let mut changed: Vec<char> = text.chars().collect();
            changed[index] = replacement;
            let changed: String = changed.into_iter().collect();
            assert_eq!(parse(&changed).is_some(), changed == *text, "{changed:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_parsed(random: [u8; 32], kind in 0..HandleKind::ALL.len()) {
            let kind = HandleKind::ALL[kind];

            let text = write(kind, key_id(), &random);

            let parts = parse(&text).unwrap();
            assert_eq!((parts.kind, parts.key_id), (kind, key_id()));
            assert!(text.len() <= super::MAX_LEN);
        }

        #[test]
        fn larger_numbers_have_larger_texts(a: [u8; 32], b: [u8; 32]) {
            let [first, second] = [a, b].map(|it| write(HandleKind::ApiKey, key_id(), &it));

            let digits = 8..51;
            assert_eq!(first.get(digits.clone()).cmp(&second.get(digits)), a.cmp(&b));
        }

        #[test]
        fn cut_and_lengthened_texts_are_refused(random: [u8; 32], by in 1..60_usize, tail in any::<char>()) {
            let text = write(HandleKind::AccessToken, key_id(), &random);

            assert!(parse(text.get(..text.len().saturating_sub(by)).unwrap_or_default()).is_none());
            assert!(parse(text.get(by..).unwrap_or_default()).is_none());
            assert!(parse(&format!("{}{tail}", text.as_str())).is_none());
            assert!(parse(&format!("{tail}{}", text.as_str())).is_none());
        }

        #[test]
        fn arbitrary_text_is_refused(text: String) {
            assert!(parse(&text).is_none());
            assert_eq!(hint(&text), None);
        }
    }
}
