//! What may be a password.

use domain::{FieldError, canonical};
use secrecy::{ExposeSecret as _, SecretString};

use super::{MAX_BYTES, MAX_CHARS, Normalized};

/// The fewest characters of a password that nothing else stands beside.
const MIN_CHARS: usize = 15;
/// How much must be left when every word a stranger knows is taken out.
const MIN_OWN_CHARS: usize = 8;
/// A password that repeats a piece of at most so many characters is that piece.
const MAX_PERIOD: usize = 8;
/// Words that stand for this product wherever it runs.
const PRODUCT_WORDS: [&str; 4] = ["countersign", "password", "passwort", "administrator"];
/// Rows of a keyboard and other runs that guessers try first.
const RUNS: [&str; 6] = [
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "1234567890qwertyuiop",
];

/// What a stranger knows of the person and the server: none of it may be the password.
#[derive(Debug, Clone, Copy, Default)]
pub struct PasswordContext<'a> {
    /// What the person signs in with.
    pub username: &'a str,
    /// Where their mail goes.
    pub email: &'a str,
    /// What they are called.
    pub name: &'a str,
    /// The public address of the server.
    pub public_url: &'a str,
}

/// Gives `password` in the form that is hashed.
pub(super) fn check(
    password: &SecretString,
    context: &PasswordContext<'_>,
) -> Result<Normalized, FieldError> {
    let too_long = || {
        let detail = format!("Use at most {MAX_CHARS} characters.");
        FieldError::of("password", "too-long", detail)
    };
    if password.expose_secret().len() > MAX_BYTES {
        return Err(too_long());
    }
    let normalized = Normalized::of(password).ok_or_else(too_long)?;
    let text = normalized.as_str();
    if text.chars().count() < MIN_CHARS {
        let detail = format!(
            "Use at least {MIN_CHARS} characters. A few words that you can remember work well."
        );
        return Err(FieldError::of("password", "too-short", detail));
    }
    if text.chars().any(char::is_control) {
        let detail = "A password cannot hold control characters, such as tabs or line ends.";
        return Err(FieldError::of("password", "control-character", detail));
    }
    let folded = canonical(text);
    if is_repetitive(&folded) || RUNS.iter().any(|run| run.contains(folded.as_str())) {
        let detail = "This is one of the first passwords that others would try. Use a few words that do not belong together.";
        return Err(FieldError::of("password", "too-simple", detail));
    }
    if own_part(&folded, context) < MIN_OWN_CHARS {
        let detail =
            "This is mostly your name, your address or the name of this server. Use other words.";
        return Err(FieldError::of("password", "known-words", detail));
    }
    Ok(normalized)
}

/// Whether the text is one short piece over and over.
fn is_repetitive(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=MAX_PERIOD.min(chars.len().saturating_sub(1))).any(|period| {
        chars.iter().zip(chars.iter().skip(period)).all(|(left, right)| left == right)
    })
}

/// How many characters are left without the words that a stranger knows.
fn own_part(folded: &str, context: &PasswordContext<'_>) -> usize {
    let email = canonical(context.email);
    let name = canonical(context.name);
    let host = url::Url::parse(context.public_url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default();
    let mut words: Vec<String> = vec![canonical(context.username), email.clone(), host.clone()];
    words.extend(email.split(['@', '.', '+', '-', '_']).map(str::to_owned));
    words.extend(name.split_whitespace().map(str::to_owned));
    words.extend(host.split('.').map(str::to_owned));
    words.extend(PRODUCT_WORDS.map(str::to_owned));
    words.retain(|word| word.chars().count() >= 3);
    // Longest first: a whole address goes before the words that it is made of.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = words.iter().fold(folded.to_owned(), |text, word| text.replace(word.as_str(), ""));
    rest.chars().filter(|it| it.is_alphanumeric()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: PasswordContext<'_> = PasswordContext {
        username: "alice",
        email: "alice.liddell@wonderland.example",
        name: "Alice Liddell",
        public_url: "https://id.wonderland.example",
    };

    fn code(password: &str) -> Option<&'static str> {
        check(&SecretString::from(password), &CONTEXT).err().map(|fault| fault.code)
    }

    #[test]
    fn length_counts_characters_and_nothing_is_cut() {
        assert_eq!(code("horse staple 14"), None);
        assert_eq!(code("horse staple14"), Some("too-short"));
        assert_eq!(code(&"horse battery st".repeat(16)), None);
        assert_eq!(code(&format!("{}x", "horse battery st".repeat(16))), Some("too-long"));
        assert_eq!(code(&"x".repeat(1_000_000)), Some("too-long"));
    }

    #[test]
    fn no_kind_of_character_is_demanded_and_words_may_have_spaces() {
        assert_eq!(code("correct horse battery staple"), None);
        assert_eq!(code("ÄÖÜ смешной пароль"), None);
        assert_eq!(code(" leading and trailing "), None);
    }

    #[test]
    fn what_others_would_try_first_is_refused() {
        for simple in
            ["aaaaaaaaaaaaaaaa", "passwordpassword", "123456789012345", "qwertyuiopasdfgh"]
        {
            assert_eq!(code(simple), Some("too-simple"), "{simple}");
        }
        for known in [
            "alice.liddell@wonderland.example",
            "AliceLiddell2026",
            "wonderland-alice",
            "countersign-password-1",
        ] {
            assert_eq!(code(known), Some("known-words"), "{known}");
        }
    }

    #[test]
    fn composed_and_decomposed_letters_are_the_same_password() {
        let composed =
            Normalized::of(&SecretString::from("caf\u{e9} caf\u{e9} caf\u{e9}")).unwrap();
        let decomposed =
            Normalized::of(&SecretString::from("cafe\u{301} cafe\u{301} cafe\u{301}")).unwrap();

        assert_eq!(composed.as_str(), decomposed.as_str());
    }
}
