//! Platform settings that administrators change while the server runs.

use std::collections::BTreeMap;

use protocol::GrantType;
use serde::{Deserialize, Serialize};

/// The global switch of each grant type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GrantSwitches(BTreeMap<GrantType, bool>);

impl Default for GrantSwitches {
    fn default() -> Self {
        Self(GrantType::ALL.into_iter().map(|grant| (grant, true)).collect())
    }
}

impl GrantSwitches {
    /// Whether `grant` is on; what was never set is.
    #[must_use]
    pub fn is_on(&self, grant: GrantType) -> bool {
        self.0.get(&grant).copied().unwrap_or(true)
    }

    /// Turns `grant` on or off.
    pub fn set(&mut self, grant: GrantType, on: bool) {
        self.0.insert(grant, on);
    }
}
