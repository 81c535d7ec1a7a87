//! Introspection, [RFC 7662].
//!
//! [RFC 7662]: https://www.rfc-editor.org/rfc/rfc7662

use domain::{
    HandleDigest, HandleKind, Id, RegisteredClient, RequestFacts, Timestamp, UserStatus,
    ends_with_session,
};
use protocol::TokenErrorCode;
use serde::Serialize;
use store::{
    StoreError,
    repo::token_families::{self, Position},
};

use crate::{AccessToken, ClientRefusal, Credentials, Engine};

/// What the caller is told of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Introspection {
    /// The token does not count, or is none of the caller's business.
    Inactive {
        /// Always `false`.
        active: bool,
    },
    /// The token counts.
    Active(Box<ActiveToken>),
}

/// A token that counts, [RFC 7662 section 2.2].
///
/// [RFC 7662 section 2.2]: https://www.rfc-editor.org/rfc/rfc7662#section-2.2
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActiveToken {
    active: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
    exp: i64,
    iat: i64,
    sub: String,
    #[serde(skip_serializing_if = "Audience::is_empty")]
    aud: Audience,
    iss: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    env: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    gid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
}

/// The key that the token is bound to, [RFC 9449 section 6.2].
///
/// [RFC 9449 section 6.2]: https://www.rfc-editor.org/rfc/rfc9449#section-6.2
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Confirmation {
    jkt: String,
}

/// One audience stands alone, several in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn is_empty(&self) -> bool {
        matches!(self, Self::Several(list) if list.is_empty())
    }
}

/// Why a question about a token, or a demand to revoke it, was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenQueryRefusal {
    /// The caller was not authenticated.
    #[error(transparent)]
    Client(#[from] ClientRefusal),
    /// No token was sent.
    #[error("the parameter token is missing")]
    MissingToken,
}

impl TokenQueryRefusal {
    /// The code the caller is told.
    #[must_use]
    pub const fn code(self) -> TokenErrorCode {
        match self {
            Self::Client(refusal) => refusal.code(),
            Self::MissingToken => TokenErrorCode::InvalidRequest,
        }
    }

    /// The seconds to wait, where waiting is what helps.
    #[must_use]
    pub const fn retry_after_seconds(self) -> Option<u32> {
        match self {
            Self::Client(refusal) => refusal.retry_after_seconds(),
            Self::MissingToken => None,
        }
    }

    /// What to change.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Client(refusal) => refusal.description(),
            Self::MissingToken => "Send the parameter token.",
        }
    }
}

impl Introspection {
    const INACTIVE: Self = Self::Inactive { active: false };
}

impl Engine {
    /// Tells an authenticated client what a token is worth.
    ///
    /// Only those it concerns are told: the client that holds it, and clients
    /// that may ask for a scope of the API it is for.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn introspect(
        &self,
        credentials: &Credentials<'_>,
        facts: &RequestFacts,
    ) -> Result<Result<Introspection, TokenQueryRefusal>, StoreError> {
        let now = self.now();
        let caller = match self.authenticate_confidential(credentials, facts, now).await? {
            Ok(caller) => caller,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let Some(token) = credentials.parameters.get("token") else {
            return Ok(Err(TokenQueryRefusal::MissingToken));
        };
        let handle = self.parts.handles.read(token);
        if let Some((HandleKind::RefreshToken, digest)) = &handle {
            return Box::pin(self.introspect_refresh(digest, &caller, now)).await.map(Ok);
        }
        let Some(known) = self.verify_read(token, handle, now).await? else {
            return Ok(Ok(Introspection::INACTIVE));
        };
        if self.concerns(&known, &caller, now).await? {
            Ok(Ok(Introspection::Active(Box::new(self.describe(&known)))))
        } else {
            Ok(Ok(Introspection::INACTIVE))
        }
    }

    async fn concerns(
        &self,
        token: &AccessToken,
        caller: &RegisteredClient,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if token.client.client.id == caller.client.id {
            return Ok(true);
        }
        let catalogue = self.catalogue(now).await?;
        // The server itself is no API of theirs: every client may ask for `openid`.
        Ok(caller.client.settings.scopes.iter().any(|scope| {
            let home = catalogue.identifier_of(scope).filter(|it| *it != self.issuer());
            home.is_some_and(|it| token.is_for(it))
        }))
    }

    fn describe(&self, token: &AccessToken) -> ActiveToken {
        ActiveToken {
            active: true,
            scope: token.scope.to_string(),
            client_id: token.client.client.client_id.to_string(),
            username: token.username.clone(),
            token_type: Some(token.scheme().as_str()),
            cnf: token.key.as_ref().map(|it| Confirmation { jkt: it.as_str().to_owned() }),
            exp: token.expires_at.as_seconds(),
            iat: token.issued_at.as_seconds(),
            sub: token.subject.clone(),
            aud: match token.audience.as_slice() {
                [one] => Audience::One(one.clone()),
                several => Audience::Several(several.to_vec()),
            },
            iss: self.issuer().to_owned(),
            jti: Some(token.jti.clone()),
            env: token.environment.as_str(),
            gid: token.grant_id.map(|it| it.to_string()),
            auth_time: token.auth_time.map(Timestamp::as_seconds),
            sid: token.session_id.map(|it| it.to_string()),
        }
    }

    /// A refresh token is the business of the client that holds it alone.
    async fn introspect_refresh(
        &self,
        digest: &HandleDigest,
        caller: &RegisteredClient,
        now: Timestamp,
    ) -> Result<Introspection, StoreError> {
        let found = token_families::find(&self.parts.store, digest, now).await?;
        let Some(known) = found else { return Ok(Introspection::INACTIVE) };
        let grant = &known.grant;
        let ends = known.family.idle_expires_at.min(known.family.expires_at);
        let needs_session = ends_with_session(grant.session_id, &grant.scope);
        let session_lives = known.holder.session_lives || !needs_session;
        let counts = grant.client_id == caller.client.id
            && matches!(known.position, Position::Leaf)
            && !known.is_revoked
            && known.holder.status == UserStatus::Active
            && session_lives
            && now < ends;
        if !counts {
            return Ok(Introspection::INACTIVE);
        }
        Ok(Introspection::Active(Box::new(ActiveToken {
            active: true,
            scope: grant.scope.to_string(),
            client_id: caller.client.client_id.to_string(),
            username: Some(known.holder.username),
            token_type: None,
            cnf: known.family.dpop_jkt.map(|it| Confirmation { jkt: it.as_str().to_owned() }),
            exp: ends.as_seconds(),
            iat: grant.created_at.as_seconds(),
            sub: grant.user_id.to_string(),
            aud: Audience::One(self.issuer().to_owned()),
            iss: self.issuer().to_owned(),
            jti: None,
            env: caller.client.environment.as_str(),
            gid: Some(grant.id.to_string()),
            auth_time: Some(grant.auth_time.as_seconds()),
            sid: grant.session_id.map(|it: Id<_>| it.to_string()),
        })))
    }
}

#[cfg(test)]
mod tests;
