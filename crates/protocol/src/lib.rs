//! RFC vocabulary as types that cannot be wrong.
//!
//! Nothing here knows a database, a clock or HTTP: text goes in, a value that
//! keeps its specification's rules comes out, or an `Invalid…` that says why not.

mod access_token;
mod client_auth_method;
mod client_id;
mod error;
mod form;
mod grant_type;
mod jwk_thumbprint;
mod parameters;
mod pkce;
mod prompt;
mod redirect_uri;
mod response_format;
mod response_mode;
mod scope;

pub use access_token::{DPOP_ALGORITHMS, TokenScheme, challenge};
pub use client_auth_method::{ClientAuthMethod, UnknownClientAuthMethod};
pub use client_id::{ClientId, InvalidClientId};
pub use error::{AuthorizationErrorCode, BearerErrorCode, TokenErrorCode};
pub use form::form_decode;
pub use grant_type::{GrantType, UnknownGrantType};
pub use jwk_thumbprint::{InvalidJwkThumbprint, JwkThumbprint};
pub use parameters::{InvalidParameters, Parameters};
pub use pkce::{CodeChallenge, CodeVerifier, InvalidCodeChallenge, InvalidCodeVerifier};
pub use prompt::{InvalidPrompt, Prompt, PromptSet};
pub use redirect_uri::{InvalidRedirectUri, RedirectUri};
pub use response_format::{ResponseFormat, UnknownResponseFormat};
pub use response_mode::{Carrier, ResponseMode, UnknownResponseMode};
pub use scope::{InvalidScope, Scope, ScopeToken};
