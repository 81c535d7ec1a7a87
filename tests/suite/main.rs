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
mod jarm;
mod limits;
mod management;
mod oidc_core;
mod oidc_logout;
mod operations;
mod races;
mod response_modes;
mod rfc6749;
mod rfc7009;
mod rfc7523;
mod rfc7636;
mod rfc7662;
mod rfc8414;
mod rfc8628;
mod rfc8707;
mod rfc9068;
mod rfc9101;
mod rfc9126;
mod rfc9449;
mod same_errors;
mod sample_resource;
mod schema;
mod sessions;
mod walkthroughs;
