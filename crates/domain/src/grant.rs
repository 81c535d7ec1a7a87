//! What was granted, and what was issued from it.

use protocol::{CodeChallenge, JwkThumbprint, Scope};

use crate::{BrowserSession, Client, Id, Identified, Timestamp, User};

/// What a person granted a client in one authorization; its tokens name it.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Identifies the grant.
    pub id: Id<Grant>,
    /// Who was granted access.
    pub client_id: Id<Client>,
    /// Whose access it is.
    pub user_id: Id<User>,
    /// The sign-in it was granted in.
    pub session_id: Option<Id<BrowserSession>>,
    /// What was granted.
    pub scope: Scope,
    /// The only APIs its tokens may be for, RFC 8707; none stands for all that the scopes open.
    pub resources: Vec<String>,
    /// When the person had last signed in.
    pub auth_time: Timestamp,
    /// How they had signed in, RFC 8176 values.
    pub amr: Vec<String>,
    /// When it was granted.
    pub created_at: Timestamp,
    /// When it ended, if it did.
    pub revoked_at: Option<Timestamp>,
}

impl Identified for Grant {
    const PREFIX: &'static str = "gra";
}

/// Whether what was granted in `session` ends with it.
///
/// The rule is asked with whatever is issued: codes, refresh tokens and access tokens.
#[must_use]
pub fn ends_with_session(session: Option<Id<BrowserSession>>, scope: &Scope) -> bool {
    session.is_some() && !scope.contains("offline_access")
}

/// What an authorization code stands for until it is redeemed.
#[derive(Debug, Clone)]
pub struct CodeGrant {
    /// The grant that redeeming it makes.
    pub grant: Grant,
    /// The redirect URI the code was sent to.
    pub redirect_uri: String,
    /// Whether the request named that URI, so that the token request must too.
    pub redirect_uri_was_sent: bool,
    /// The PKCE commitment, if one was made.
    pub code_challenge: Option<CodeChallenge>,
    /// The key that whoever redeems it must prove to hold, if the request named one.
    pub dpop_jkt: Option<JwkThumbprint>,
    /// The `nonce` to repeat in the ID token.
    pub nonce: Option<String>,
    /// When the code stops being redeemable.
    pub expires_at: Timestamp,
}

/// A line of refresh tokens of one grant, of which one is live.
#[derive(Debug, Clone)]
pub struct TokenFamily {
    /// Identifies the family.
    pub id: Id<TokenFamily>,
    /// What it renews.
    pub grant_id: Id<Grant>,
    /// Counts rotations.
    pub generation: i64,
    /// The key that whoever uses its tokens must prove to hold: that of a public client.
    pub dpop_jkt: Option<JwkThumbprint>,
    /// When it ends unless it is used before.
    pub idle_expires_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl Identified for TokenFamily {
    const PREFIX: &'static str = "fam";
}

/// An opaque access token, all but its value.
#[derive(Debug, Clone)]
pub struct OpaqueToken {
    /// Identifies the token; its `jti`.
    pub id: Id<OpaqueToken>,
    /// The grant it came of; none for client credentials.
    pub grant_id: Option<Id<Grant>>,
    /// Who holds it.
    pub client_id: Id<Client>,
    /// Whose access it is; none for client credentials.
    pub user_id: Option<Id<User>>,
    /// What it opens.
    pub scope: Scope,
    /// The API it is for.
    pub audience: String,
    /// The key that it is bound to, if it is bound.
    pub dpop_jkt: Option<JwkThumbprint>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl Identified for OpaqueToken {
    const PREFIX: &'static str = "tok";
}
