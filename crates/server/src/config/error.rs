//! What is wrong with a configuration.

use std::fmt;

/// One thing that is wrong, as one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(String);

impl Fault {
    /// A fault told by `sentence`, which must not repeat a secret.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The configuration cannot be used; every fault that was found is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(Vec<Fault>);

impl ConfigError {
    /// All that was found wrong; never empty.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.0
    }
}

impl From<Vec<Fault>> for ConfigError {
    fn from(faults: Vec<Fault>) -> Self {
        Self(faults)
    }
}

impl From<Fault> for ConfigError {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
