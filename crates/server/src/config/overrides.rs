//! Values that win over file and environment.

use std::fmt;

use secrecy::SecretString;

use super::Source;

/// Values that win over file and environment: flags, and what a command insists on.
#[derive(Clone, Default)]
pub struct Overrides(Vec<Override>);

/// One value that wins.
#[derive(Clone)]
pub(crate) struct Override {
    pub(crate) key: String,
    pub(crate) value: SecretString,
    pub(crate) source: Source,
}

impl Overrides {
    /// Nothing to override.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The same, with `key` set by the command line flag `flag`.
    ///
    /// Loading refuses it when `key` is a secret: command lines are public.
    #[must_use]
    pub fn flag(self, flag: &str, key: &str, value: &str) -> Self {
        self.with(key, value, Source::Flag(flag.to_owned()))
    }

    /// The same, with `key` set by `command` because it cannot work otherwise.
    #[must_use]
    pub fn command(self, command: &str, key: &str, value: &str) -> Self {
        self.with(key, value, Source::Command(command.to_owned()))
    }

    fn with(mut self, key: &str, value: &str, source: Source) -> Self {
        self.0.push(Override { key: key.to_owned(), value: SecretString::from(value), source });
        self
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Override> {
        self.0.iter()
    }
}

impl fmt::Debug for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|entry| &entry.key)).finish()
    }
}
