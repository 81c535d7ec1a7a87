//! Scope tokens and the sets they form, [RFC 6749 section 3.3].
//!
//! [RFC 6749 section 3.3]: https://www.rfc-editor.org/rfc/rfc6749#section-3.3

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most tokens one request may name.
const MAX_TOKENS: usize = 64;
/// The longest scope token, in bytes.
const MAX_TOKEN_LEN: usize = 128;

/// One scope token.
///
/// Printable ASCII without space, `"` and `\`, as the RFC has it, and without
/// comma and plus, which separate tokens here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScopeToken(String);

/// A set of scope tokens in the order they were first named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(Vec<ScopeToken>);

/// The text is not a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidScope {
    /// A token is empty, too long or holds a character that is not allowed.
    #[error(
        "a scope name holds 1 to 128 printable characters and no space, comma, plus, quote or backslash"
    )]
    Token,
    /// More tokens than a request may name.
    #[error("at most 64 scopes can be named at once")]
    TooMany,
}

impl ScopeToken {
    /// The token as it goes on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ScopeToken {
    type Error = InvalidScope;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        let allowed =
            |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e) && !b",+".contains(&byte);
        if (1..=MAX_TOKEN_LEN).contains(&value.len()) && value.bytes().all(allowed) {
            Ok(Self(value))
        } else {
            Err(InvalidScope::Token)
        }
    }
}

impl TryFrom<&str> for ScopeToken {
    type Error = InvalidScope;

    fn try_from(value: &str) -> Result<Self, Self::Error> {
        Self::try_from(value.to_owned())
    }
}

impl From<ScopeToken> for String {
    fn from(token: ScopeToken) -> Self {
        token.0
    }
}

impl fmt::Display for ScopeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Scope {
    /// Splits `text` on spaces, commas and pluses; repeated tokens count once.
    ///
    /// # Errors
    ///
    /// When a token holds a character that is not allowed, or there are too many.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        let mut scope = Self::default();
        for token in text.split([' ', ',', '+']).filter(|token| !token.is_empty()) {
            scope.insert(ScopeToken::try_from(token)?);
            if scope.0.len() > MAX_TOKENS {
                return Err(InvalidScope::TooMany);
            }
        }
        Ok(scope)
    }

    /// Adds `token` at the end unless it is there already.
    pub fn insert(&mut self, token: ScopeToken) {
        if !self.0.contains(&token) {
            self.0.push(token);
        }
    }

    /// Whether the set holds a token spelled `name`.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|token| token.0 == name)
    }

    /// Whether every token of this set is in `other` too.
    #[must_use]
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.0.iter().all(|token| other.0.contains(token))
    }

    /// The tokens of this set for which `keep` holds.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&ScopeToken) -> bool) -> Self {
        Self(self.0.iter().filter(|token| keep(token)).cloned().collect())
    }

    /// The tokens in order.
    pub fn iter(&self) -> impl Iterator<Item = &ScopeToken> {
        self.0.iter()
    }

    /// Whether no token is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many tokens are in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<ScopeToken> for Scope {
    fn from_iter<I: IntoIterator<Item = ScopeToken>>(tokens: I) -> Self {
        let mut scope = Self::default();
        for token in tokens {
            scope.insert(token);
        }
        scope
    }
}

impl TryFrom<String> for Scope {
    type Error = InvalidScope;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, token) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            f.write_str(&token.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn space_comma_and_plus_separate_tokens() {
        let scope = Scope::parse("resource.WRITE,resource.READ+openid  openid").unwrap();

        assert_eq!(scope.to_string(), "resource.WRITE resource.READ openid");
    }

    #[test]
    fn forbidden_characters_are_refused() {
        for bad in ["a\"b", "a\\b", "a\u{e9}", "a\tb", "\u{0}"] {
            assert_eq!(Scope::parse(bad), Err(InvalidScope::Token), "{bad:?}");
        }
    }

    #[test]
    fn sixty_five_tokens_are_too_many() {
        let names: Vec<String> = (0..65).map(|n| format!("s{n}")).collect();

        assert_eq!(Scope::parse(&names.join(" ")), Err(InvalidScope::TooMany));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(text in "[a-z.:/ ,+]{0,80}") {
            let scope = Scope::parse(&text).unwrap();
            prop_assert_eq!(Scope::parse(&scope.to_string()).unwrap(), scope);
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = Scope::parse(&text);
        }
    }
}
