//! The control center: pages over the operations of `service`.
//!
//! A handler parses what came in, calls one operation and presents what came
//! of it. Everything works without scripts.

mod address;
mod applications;
mod code;
mod conflict;
mod env_file;
mod failure;
mod form;
mod grants;
mod guard;
mod once;
mod overview;
mod resources;
mod routes;
mod search;
mod sign_out;
mod users;
mod words;

#[cfg(test)]
mod testing;

pub use routes::{ADDRESSES, routes};
