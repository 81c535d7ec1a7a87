//! The management API: `contract.md`, *Management API core*.

mod access_tokens;
mod api_keys;
mod applications;
mod audit_events;
mod clients;
mod conventions;
mod idempotency;
mod issued;
mod ownership;
mod paging;
mod permissions;
mod resources;
mod secrets;
mod settings;
mod surfaces;
mod users;
