//! The OAuth 2.0 Authorization Framework, RFC 6749.

mod authorization_endpoint;
mod client_authentication;
mod client_credentials;
mod code_redemption;
mod refresh;
