//! Repositories: free functions over [`Tx`](crate::Tx) or [`Read`](crate::Read),
//! one module an aggregate.

pub mod activity;
pub mod api_keys;
pub mod applications;
pub mod audit;
pub mod authorization_codes;
pub mod authorization_requests;
pub mod browser_sessions;
pub mod catalogue;
pub mod client_origins;
pub mod client_secrets;
pub mod clients;
pub mod consents;
pub mod credentials;
pub mod device_authorizations;
pub mod findings;
pub mod grants;
pub mod idempotency;
pub mod issued;
pub mod keyset;
pub mod known_handles;
pub mod names;
pub mod one_time_links;
pub mod opaque_tokens;
pub mod outbox;
pub mod page;
pub mod pushed_requests;
pub mod registered_clients;
pub mod resources;
pub mod revoked_tokens;
pub mod settings;
pub mod signing_keys;
pub mod spent_jwts;
pub mod sweep;
mod text_match;
pub mod token_families;
pub mod users;
