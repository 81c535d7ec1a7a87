//! What the server promises, asked over HTTP on both databases; a module a specification.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test stops at the first surprise"
)]

mod aliases;
mod bad_input;
mod consent;
mod console;
mod cors;
mod credential_change;
mod first_run;
mod limits;
mod management;
mod oidc_core;
mod operations;
mod races;
mod rfc6749;
mod rfc7009;
mod rfc7636;
mod rfc7662;
mod rfc8414;
mod rfc9068;
mod same_errors;
mod sample_resource;
mod schema;
mod sessions;
mod walkthroughs;
