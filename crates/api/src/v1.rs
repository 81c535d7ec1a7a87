//! The operations of version 1: parse, call, present.

pub(crate) mod api_keys;
pub(crate) mod applications;
pub(crate) mod audit_events;
pub(crate) mod clients;
pub(crate) mod consents;
pub(crate) mod resources;
pub(crate) mod scopes;
pub(crate) mod secrets;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod shared;
pub(crate) mod tokens;
pub(crate) mod users;
