//! What a token request is answered with.

use protocol::{Scope, TokenScheme};
use secrecy::SecretString;

/// A token response, [RFC 6749 section 5.1].
///
/// [RFC 6749 section 5.1]: https://www.rfc-editor.org/rfc/rfc6749#section-5.1
#[derive(Debug)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: SecretString,
    /// How it is presented.
    pub token_type: TokenScheme,
    /// How long it lives, in seconds.
    pub expires_in: u32,
    /// The refresh token, where there is one.
    pub refresh_token: Option<SecretString>,
    /// What the access token opens.
    pub scope: Scope,
    /// The ID token, where the scope holds `openid`.
    pub id_token: Option<SecretString>,
    /// A nonce for the next proof of possession, where the client needs one.
    pub dpop_nonce: Option<String>,
}
