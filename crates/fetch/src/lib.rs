//! Reads documents of other servers, at addresses that others chose, without being used by them.

mod address;
mod fetcher;

pub use fetcher::{FetchRules, Fetcher, InvalidAuthorities};
