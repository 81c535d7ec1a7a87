//! The OAuth engine: what each protocol endpoint decides, without HTTP.

mod access_token;
mod audit;
pub mod authorize;
mod catalogue;
mod client_auth;
mod discovery;
mod engine;
mod gate;
mod introspect;
mod keys;
mod limits;
mod origins;
mod refusals;
mod revoke;
mod token;
mod usage;
mod userinfo;

#[cfg(test)]
mod testing;

pub use access_token::AccessToken;
pub use catalogue::TargetRefusal;
pub use client_auth::{ClientRefusal, Credentials};
pub use engine::{Engine, EngineConfig, EngineParts};
pub use gate::GateRefusal;
pub use introspect::{ActiveToken, Introspection, TokenQueryRefusal};
pub use keys::{KeysError, Resealed, Rotate, Rotated};
pub use token::{CodeRefusal, RefreshRefusal, Refusal, TokenResponse};
pub use userinfo::{BearerRefusal, UserInfo};
