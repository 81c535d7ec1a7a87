//! The claims of a person, [OpenID Connect Core section 5.3].
//!
//! [OpenID Connect Core section 5.3]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfo

use protocol::BearerErrorCode;
use serde::Serialize;
use store::{StoreError, repo::users};

use crate::Engine;

/// The claims that the scopes of a token open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserInfo {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
}

/// Why a protected resource was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BearerRefusal {
    /// The token does not count, or is for another API.
    #[error("the access token is invalid, expired, revoked or for another API")]
    InvalidToken,
    /// The token lacks this scope.
    #[error("the access token lacks the scope {0}")]
    InsufficientScope(&'static str),
}

impl BearerRefusal {
    /// The code the caller is told.
    #[must_use]
    pub const fn code(self) -> BearerErrorCode {
        match self {
            Self::InvalidToken => BearerErrorCode::InvalidToken,
            Self::InsufficientScope(_) => BearerErrorCode::InsufficientScope,
        }
    }

    /// What to change.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::InvalidToken => "The access token is invalid, expired or revoked. Get a new one.",
            Self::InsufficientScope(_) => "Get an access token with the scope that is named.",
        }
    }

    /// The scope that is lacking, for the challenge.
    #[must_use]
    pub const fn scope(self) -> Option<&'static str> {
        match self {
            Self::InvalidToken => None,
            Self::InsufficientScope(scope) => Some(scope),
        }
    }
}

impl Engine {
    /// The claims that the access token `text` opens.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn userinfo(
        &self,
        text: &str,
    ) -> Result<Result<UserInfo, BearerRefusal>, StoreError> {
        let now = self.now();
        let token = self.verify_access_token(text, now).await?;
        let Some(token) = token else { return Ok(Err(BearerRefusal::InvalidToken)) };
        if !token.scope.contains("openid") {
            return Ok(Err(BearerRefusal::InsufficientScope("openid")));
        }
        let Some(user_id) = token.user_id.filter(|_| token.is_for(self.issuer())) else {
            return Ok(Err(BearerRefusal::InvalidToken));
        };
        let Some(user) = users::find(&self.parts.store, user_id).await? else {
            return Ok(Err(BearerRefusal::InvalidToken));
        };
        let profile = token.scope.contains("profile");
        let email = token.scope.contains("email");
        Ok(Ok(UserInfo {
            sub: token.subject.clone(),
            name: (profile && !user.name.is_empty()).then_some(user.name),
            preferred_username: profile.then_some(user.username),
            updated_at: profile.then(|| user.updated_at.as_seconds()),
            email: email.then_some(user.email),
            email_verified: email.then_some(user.email_verified),
        }))
    }

    /// Opens the sample protected resource, which asks for `scope` alone.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn open_sample(
        &self,
        text: &str,
        scope: &'static str,
    ) -> Result<Result<(), BearerRefusal>, StoreError> {
        let token = self.verify_access_token(text, self.now()).await?;
        Ok(match token {
            None => Err(BearerRefusal::InvalidToken),
            Some(token) if token.scope.contains(scope) => Ok(()),
            Some(_) => Err(BearerRefusal::InsufficientScope(scope)),
        })
    }
}

#[cfg(test)]
mod tests;
