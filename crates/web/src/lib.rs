//! What every surface needs of actix: parameters, forms, sessions, pages, headers.

pub mod access_log;
mod app;
pub mod assets;
pub mod client_address;
mod config;
mod cookies;
pub mod csrf;
mod dpop;
mod edge;
pub mod errors;
mod facts;
pub mod flash;
pub mod form;
mod outline;
pub mod params;
mod query;
pub mod redirect;
mod request_id;
pub mod security_headers;
pub mod session;
pub mod template;
pub mod theme;

#[cfg(test)]
mod testing;

pub use app::{app_defaults, get};
pub use client_address::ClientAddress;
pub use config::WebConfig;
pub use dpop::{DPOP_NONCE, dpop_proof};
pub use edge::Edge;
pub use errors::PageError;
pub use facts::request_facts;
pub use form::Protected;
pub use params::ParamsError;
pub use query::Query;
pub use redirect::see_other;
pub use request_id::RequestId;
pub use security_headers::RedirectOrigin;
pub use session::SignedIn;
pub use template::{Page, Pages, render};
