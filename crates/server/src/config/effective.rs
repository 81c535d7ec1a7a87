//! The configuration as it took effect, fit to be shown.

use std::fmt;

use super::{Fallback, KEYS, Support, layers::Values};

/// Every value with its source, secrets masked; prints as the lines of `config print`.
#[derive(Debug)]
pub struct Effective(Values);

impl Effective {
    pub(crate) const fn of(values: Values) -> Self {
        Self(values)
    }
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in KEYS.iter().filter(|key| key.support == Support::Now) {
            match (self.0.entry(key.name), key.fallback) {
                (Some(entry), _) => {
                    writeln!(f, "{} = {}  # {}", key.name, entry.value.shown(), entry.source)?;
                }
                (None, Fallback::Unset(then)) => {
                    writeln!(f, "# {} is not set: {then}", key.name)?;
                }
                (None, Fallback::Value(_)) => {}
            }
        }
        Ok(())
    }
}
