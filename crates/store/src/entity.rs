//! Rows, one module a table; they never leave this crate.
#![expect(unreachable_pub, reason = "the derives of sea-orm write public types beside these")]

pub(crate) mod account;
pub(crate) mod api_key;
pub(crate) mod application;
pub(crate) mod audit_event;
pub(crate) mod audit_head;
pub(crate) mod authorization_code;
pub(crate) mod authorization_request;
pub(crate) mod browser_session;
pub(crate) mod client;
pub(crate) mod client_origin;
pub(crate) mod client_secret;
pub(crate) mod consent;
pub(crate) mod device_authorization;
pub(crate) mod idempotency_record;
pub(crate) mod one_time_link;
pub(crate) mod opaque_token;
pub(crate) mod outbox_job;
pub(crate) mod pushed_request;
pub(crate) mod resource;
pub(crate) mod revoked_token;
pub(crate) mod scope;
pub(crate) mod setting;
pub(crate) mod signing_key;
pub(crate) mod spent_jwt;
pub(crate) mod spent_refresh_token;
pub(crate) mod token_family;
pub(crate) mod token_grant;
