//! What the server holds and the rules it holds them by; no I/O, not async.

mod api_key;
mod application;
pub mod audit;
pub mod authorization;
mod browser_session;
pub mod client;
mod clock;
mod consent;
mod device_authorization;
mod entropy;
mod field_error;
mod grant;
mod handle;
mod id;
mod outbound;
pub mod outbox;
mod permission;
pub mod rate_limit;
mod registered_client;
mod resource;
mod sealing;
mod settings;
mod signing_key;
mod user;
mod user_code;
mod written_name;

pub use api_key::ApiKey;
pub use application::{Application, ApplicationStatus, ApplicationType, UnknownName};
pub use audit::{AuditEvent, RequestFacts};
pub use browser_session::{BrowserSession, SessionKind};
pub use client::{
    Client, ClientKeys, ClientSecret, ClientSettings, Environment, IdTokenAlg, JwsAlg, RefreshMode,
};
pub use clock::{Clock, Timestamp};
pub use consent::Consent;
pub use device_authorization::DeviceAuthorization;
pub use entropy::Entropy;
pub use field_error::FieldError;
pub use grant::{CodeGrant, Grant, OpaqueToken, TokenFamily, ends_with_session};
pub use handle::{Handle, HandleDigest, HandleKeys, HandleKind};
pub use id::{Id, Identified, InvalidId};
pub use outbound::{Fetch, FetchError, Fetching};
pub use permission::{Permission, Role, UnknownPermission, UnknownRole};
pub use rate_limit::RateLimit;
pub use registered_client::RegisteredClient;
pub use resource::{
    BUILT_IN_SCOPES, BuiltInScope, Resource, ScopeDefinition, TokenFormat, built_in_scope,
    is_resource_identifier,
};
pub use sealing::{
    Cell, InvalidMasterKeys, KeyId, MasterKeys, SealError, Sealer, WrongMasterKeys, open_as_holder,
    seal_to_holder, sealed_with,
};
pub use settings::GrantSwitches;
pub use signing_key::{KeyState, SigningKey};
pub use user::{User, UserStatus, canonical, is_email, searchable};
pub use user_code::UserCode;
pub use written_name::{InvalidUsername, check_username, is_plain_line};
