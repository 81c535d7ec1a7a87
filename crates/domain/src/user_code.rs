//! The code that a person types from one device into another.

use std::fmt;

use crate::Entropy;

/// No vowels, so that no word comes out, and no digits: [RFC 8628 section 6.1].
///
/// [RFC 8628 section 6.1]: https://www.rfc-editor.org/rfc/rfc8628#section-6.1
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Twenty letters at eight places are 2.5 * 10^10 codes.
const LEN: usize = 8;
/// The longest text that is looked at: the code with blanks and dashes all over it.
const MAX_TEXT: usize = 64;

/// The code that a person types from one device into another.
///
/// It is a secret for as long as it lives, so nothing prints it but [`UserCode::shown`].
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode([u8; LEN]);

impl UserCode {
    /// A new code; each is as likely as any other.
    #[must_use]
    pub fn new(entropy: &dyn Entropy) -> Self {
        Self([(); LEN].map(|()| letter(entropy)))
    }

    /// Reads what a person typed: capitals, dashes and blanks do not matter.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let letters: Vec<u8> = text
            .chars()
            .filter(|it| !it.is_whitespace() && !is_dash(*it))
            .map(|it| u8::try_from(it.to_ascii_uppercase()).ok())
            .map(|it| it.filter(|letter| ALPHABET.contains(letter)))
            .collect::<Option<_>>()?;
        letters.try_into().ok().map(Self)
    }

    /// The letters alone, as they are compared.
    #[must_use]
    pub const fn letters(&self) -> &[u8] {
        &self.0
    }

    /// The code as people read it, `WDJB-MJHT`.
    #[must_use]
    pub fn shown(&self) -> String {
        let (left, right) = self.0.split_at(LEN / 2);
        let half = |letters: &[u8]| letters.iter().copied().map(char::from).collect::<String>();
        format!("{}-{}", half(left), half(right))
    }
}

fn letter(entropy: &dyn Entropy) -> u8 {
    loop {
        let [byte] = entropy.bytes();
        // 240 is the largest multiple of 20 in a byte; what is beyond would favour some letters.
        let letter = ALPHABET.get(usize::from(byte % 20)).filter(|_| byte < 240);
        if let Some(letter) = letter {
            return *letter;
        }
    }
}

/// The hyphen, and what keyboards and programs make of it.
const fn is_dash(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::entropy::seeded::SeededEntropy;

    #[test]
    fn capitals_dashes_and_blanks_do_not_matter() {
        for typed in
            ["WDJB-MJHT", "wdjbmjht", " wdjb mjht\t", "W-D-J-B-M-J-H-T", "wdjb\u{2011}mjht"]
        {
            let code = UserCode::read(typed).map(|it| it.shown());
            assert_eq!(code.as_deref(), Some("WDJB-MJHT"), "{typed:?}");
        }
    }

    #[test]
    fn what_is_no_code_is_not_read() {
        let long = format!("WDJBMJHT{}", "-".repeat(60));
        for typed in
            ["", "-", "WDJBMJH", "WDJBMJHTT", "WDJAMJHT", "WDJ1MJHT", "WDJBMJH\u{df}", &long]
        {
            assert_eq!(UserCode::read(typed), None, "{typed:?}");
        }
    }

    /// With 20 000 codes each letter is expected 1000 times at each place; six standard
    /// deviations are 185.
    #[test]
    fn the_letters_are_evenly_spread() {
        let entropy = SeededEntropy::new(5);
        let mut counts: BTreeMap<(usize, u8), i32> = BTreeMap::new();
        for _ in 0..20_000 {
            for (place, letter) in UserCode::new(&entropy).letters().iter().enumerate() {
                *counts.entry((place, *letter)).or_default() += 1;
            }
        }

        assert_eq!(counts.len(), LEN * ALPHABET.len());
        for (at, count) in counts {
            assert!((count - 1000).abs() < 185, "{at:?}: {count}");
        }
    }

    #[test]
    fn nothing_of_a_code_is_printed() {
        let code = UserCode::new(&SeededEntropy::new(6));

        assert_eq!(format!("{code:?}"), "UserCode(..)");
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(seed: u32) {
            let code = UserCode::new(&SeededEntropy::new(seed.into()));
            prop_assert_eq!(UserCode::read(&code.shown()), Some(code));
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = UserCode::read(&text);
        }
    }
}
