//! The management REST API and the document that describes it.
//!
//! Handlers read a request, call one operation of `service` and present what it
//! gave. `routes.rs` lists them once; the document is made from the same list.

mod answer;
mod caller;
mod gate;
mod idempotency;
mod input;
mod openapi;
mod operation;
mod problem;
mod routes;
mod schema;
#[cfg(feature = "swagger")]
mod swagger;
#[cfg(test)]
mod testing;
mod v1;

pub use caller::{AccessTokens, SentToken, TokenFault, Unavailable, VerifiedToken, Verifying};
pub use openapi::{document, document_json};
pub use routes::routes;
