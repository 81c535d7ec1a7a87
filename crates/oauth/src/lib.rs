//! The protocol endpoints, the sign-in and consent pages.

mod bearer;
mod client;
mod cors;
mod dpop;
mod endpoint;
mod failure;
mod format;
mod interaction;
mod redirect;
mod routes;

pub use routes::{Aliases, Oauth};
