//! Operations on platform settings.

mod grants;

use std::collections::BTreeMap;

use protocol::GrantType;

use crate::named::ApplicationName;

pub use grants::{grants, switched_off, update_grants};

/// The global switch of every grant type.
#[derive(Debug, Clone)]
pub struct GrantSettings {
    /// Counts changes, for `ETag` and `If-Match`.
    pub version: i64,
    /// The switches, in the order pages list them.
    pub grants: Vec<GrantSetting>,
}

/// The global switch of one grant type.
#[derive(Debug, Clone)]
pub struct GrantSetting {
    /// Which.
    pub grant_type: GrantType,
    /// Whether it is on.
    pub enabled: bool,
    /// Whether the configuration file decides, so that it cannot be changed here.
    pub overridden_by_file: bool,
    /// How many applications use it.
    pub applications: u64,
    /// The first ten of them by name.
    pub first_applications: Vec<ApplicationName>,
}

/// Asks for switches to be set; what is left out stays as it is.
#[derive(Debug, Clone)]
pub struct UpdateGrants {
    /// The version that the caller saw.
    pub version: i64,
    /// The switches by the grant types' registered names.
    pub switches: BTreeMap<String, bool>,
}

#[cfg(test)]
mod tests;
