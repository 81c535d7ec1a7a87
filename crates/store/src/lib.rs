//! The only crate that talks to a database.
//!
//! Entities are rows and never leave this crate: repositories take and return
//! `domain` types. Writing needs a [`Tx`], which only [`Store::write`] hands out;
//! reading takes a [`Tx`] or the [`Store`] itself.

mod cache;
mod column;
mod entity;
mod error;
pub mod repo;
mod store;
#[cfg(test)]
mod testing;

pub use cache::{Cache, Remembered};
pub use error::StoreError;
pub use repo::page::{Page, PageRequest};
pub use store::{OpenError, Read, Store, StoreOptions, Tx};
