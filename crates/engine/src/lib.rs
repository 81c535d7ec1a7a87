//! The OAuth engine: what each protocol endpoint decides, without HTTP.

mod access_token;
mod audit;
pub mod authorize;
mod catalogue;
mod client_auth;
mod client_keys;
pub mod device;
mod discovery;
mod dpop;
mod engine;
mod gate;
mod id_token_hint;
mod introspect;
mod keys;
mod limits;
mod logout;
mod origins;
mod presented;
mod refusals;
mod revoke;
mod token;
mod usage;
mod userinfo;

#[cfg(test)]
mod testing;

pub use access_token::AccessToken;
pub use catalogue::TargetRefusal;
pub use client_auth::{AssertionRefusal, ClientRefusal, Credentials};
pub use client_keys::ClientKeyRefusal;
pub use dpop::{DpopRefusal, DpopRequest};
pub use engine::{Engine, EngineConfig, EngineParts};
pub use gate::GateRefusal;
pub use introspect::{ActiveToken, Introspection, TokenQueryRefusal};
pub use keys::{KeysError, Resealed, Rotate, Rotated};
pub use logout::{LogoutRefusal, LogoutRequest};
pub use presented::PresentedToken;
pub use token::{CodeRefusal, DeviceRefusal, RefreshRefusal, Refusal, TokenResponse};
pub use userinfo::{BearerRefusal, UserInfo};
