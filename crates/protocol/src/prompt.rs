//! The `prompt` parameter, [OpenID Connect Core section 3.1.2.1].
//!
//! [OpenID Connect Core section 3.1.2.1]: https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest

/// One value of `prompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// No page may be shown.
    None,
    /// The person signs in again.
    Login,
    /// The person is asked again for what was approved before.
    Consent,
    /// The person chooses an account.
    SelectAccount,
}

/// The values of `prompt` that one request carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PromptSet(Vec<Prompt>);

/// The text is not a list of prompts, or joins `none` with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPrompt {
    /// A value this server does not know.
    #[error("prompt is not none, login, consent or select_account")]
    Unknown,
    /// `none` stands alone or not at all.
    #[error("prompt=none cannot be joined with another value")]
    NoneWithOthers,
}

impl Prompt {
    /// Every value, as discovery lists them.
    pub const ALL: [Self; 4] = [Self::None, Self::Login, Self::Consent, Self::SelectAccount];

    /// The value as it goes on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }
}

impl PromptSet {
    /// Reads a space separated list.
    ///
    /// # Errors
    ///
    /// When a value is unknown, or `none` is not alone.
    pub fn parse(text: &str) -> Result<Self, InvalidPrompt> {
        let mut values = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let value = Prompt::ALL.into_iter().find(|it| it.as_str() == word);
            let value = value.ok_or(InvalidPrompt::Unknown)?;
            if !values.contains(&value) {
                values.push(value);
            }
        }
        if values.len() > 1 && values.contains(&Prompt::None) {
            return Err(InvalidPrompt::NoneWithOthers);
        }
        Ok(Self(values))
    }

    /// Whether the request carries `prompt`.
    #[must_use]
    pub fn has(&self, prompt: Prompt) -> bool {
        self.0.contains(&prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_stands_alone() {
        assert!(PromptSet::parse("none").unwrap().has(Prompt::None));
        assert_eq!(PromptSet::parse("none login"), Err(InvalidPrompt::NoneWithOthers));
    }

    #[test]
    fn unknown_values_are_refused() {
        assert_eq!(PromptSet::parse("Login"), Err(InvalidPrompt::Unknown));
    }
}
