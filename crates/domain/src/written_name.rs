//! What names may be written with: nothing that is not seen, nothing that looks like another.

use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Letters and marks that are drawn as nothing, though no category says so.
const BLANK_LETTERS: [char; 6] =
    ['\u{34f}', '\u{115f}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{ffa0}'];

/// Why a text cannot be a user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUsername {
    /// Not 1 to 64 characters without blanks and `@`.
    #[error("Use 1 to 64 characters without spaces and @.")]
    Shape,
    /// It holds a character that nobody sees.
    #[error("Leave out invisible characters and marks of writing direction.")]
    Invisible,
    /// It mixes alphabets whose letters look the same.
    #[error("Use letters of one alphabet: Latin, Greek and Cyrillic ones look alike.")]
    MixedScripts,
}

/// Whether `text` is one line of characters that are seen: no control character, line
/// break, format character (Cf) or mark of writing direction, as those can make one name
/// look like another.
#[must_use]
pub fn is_plain_line(text: &str) -> bool {
    !text.chars().any(is_unseen)
}

/// Checks that `text` can be a user name.
///
/// # Errors
///
/// With the first rule that it breaks.
pub fn check_username(text: &str) -> Result<(), InvalidUsername> {
    let allowed = |c: char| !c.is_whitespace() && !c.is_control() && c != '@';
    if !(1..=64).contains(&text.chars().count()) || !text.chars().all(allowed) {
        return Err(InvalidUsername::Shape);
    }
    if !is_plain_line(text) {
        return Err(InvalidUsername::Invisible);
    }
    let mut scripts: Vec<Script> = text.nfkc().filter_map(Script::of).collect();
    scripts.dedup();
    if scripts.len() > 1 {
        return Err(InvalidUsername::MixedScripts);
    }
    Ok(())
}

fn is_unseen(c: char) -> bool {
    use GeneralCategory as G;
    let category = c.general_category();
    matches!(category, G::Control | G::Format | G::LineSeparator | G::ParagraphSeparator)
        || BLANK_LETTERS.contains(&c)
}

/// The alphabets that share the looks of many letters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
}

impl Script {
    fn of(c: char) -> Option<Self> {
        if !c.is_alphabetic() {
            return None;
        }
        match u32::from(c) {
            0x41..=0x24f | 0x250..=0x2af | 0x1e00..=0x1eff | 0x2c60..=0x2c7f | 0xa720..=0xa7ff => {
                Some(Self::Latin)
            }
            0x370..=0x3ff | 0x1f00..=0x1fff => Some(Self::Greek),
            0x400..=0x52f | 0x1c80..=0x1c8f | 0x2de0..=0x2dff | 0xa640..=0xa69f => {
                Some(Self::Cyrillic)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_only_what_is_seen() {
        for good in ["Ana Ruiz", "José Ω", "Мария", "日本 カメラ", "שלום", "O’Neill", ""]
        {
            assert!(is_plain_line(good), "{good}");
        }
        for unseen in [
            '\n',
            '\0',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{202e}',
            '\u{2066}',
            '\u{3164}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            assert!(!is_plain_line(&format!("Photo{unseen}Printer")), "{unseen:?}");
        }
    }

    #[test]
    fn user_names_do_not_mix_alphabets_that_look_alike() {
        for good in ["uma", "ума", "ωμα", "uma_1", "日本uma", "josé", "ＵＭＡ"] {
            assert_eq!(check_username(good), Ok(()), "{good}");
        }
        assert_eq!(check_username("um\u{430}"), Err(InvalidUsername::MixedScripts));
        assert_eq!(check_username("\u{3bf}lga"), Err(InvalidUsername::MixedScripts));
        assert_eq!(check_username("um\u{200b}a"), Err(InvalidUsername::Invisible));
        for shape in ["", "u m", "a@b", "a\n", &"x".repeat(65)] {
            assert_eq!(check_username(shape), Err(InvalidUsername::Shape), "{shape:?}");
        }
    }
}
