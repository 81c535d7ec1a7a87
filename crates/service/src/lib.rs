//! What operators and users can do: one operation for every surface, without HTTP.

pub mod api_keys;
pub mod applications;
pub mod audit_log;
pub mod bootstrap;
mod call;
pub mod clients;
pub mod idempotency;
pub mod issued;
pub mod links;
mod listing;
pub mod login;
pub mod named;
pub mod overview;
pub mod password;
mod patch;
mod problem;
pub mod resources;
pub mod search;
pub mod secrets;
mod service;
pub mod sessions;
pub mod settings;
#[cfg(test)]
mod testing;
mod transaction;
pub mod users;
mod validation;

pub use call::{ApplicationScope, Call};
pub use listing::{ListPage, Listing, MAX_LIMIT, MAX_TOTAL, Sort};
pub use patch::Patch;
pub use problem::Problem;
pub use service::{Service, ServiceConfig, ServiceParts};
