//! The claims of a person, [OpenID Connect Core section 5.3].
//!
//! [OpenID Connect Core section 5.3]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfo

use protocol::{BearerErrorCode, TokenScheme};
use serde::Serialize;
use store::{StoreError, repo::users};

use crate::{DpopRefusal, Engine, PresentedToken};

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
    /// The token comes by another scheme than this, which is its own.
    #[error("the access token has to be presented as {}", .0.as_str())]
    WrongScheme(TokenScheme),
    /// The proof of possession was refused.
    #[error(transparent)]
    Dpop(#[from] DpopRefusal),
}

impl BearerRefusal {
    /// The code the caller is told.
    #[must_use]
    pub const fn code(self) -> BearerErrorCode {
        match self {
            Self::InvalidToken | Self::WrongScheme(_) | Self::Dpop(DpopRefusal::OtherKey) => {
                BearerErrorCode::InvalidToken
            }
            Self::Dpop(refusal) if refusal.asks_for_nonce() => BearerErrorCode::UseDpopNonce,
            Self::Dpop(_) => BearerErrorCode::InvalidDpopProof,
            Self::InsufficientScope(_) => BearerErrorCode::InsufficientScope,
        }
    }

    /// What to change.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::InvalidToken => "The access token is invalid, expired or revoked. Get a new one.",
            Self::WrongScheme(TokenScheme::Dpop) => {
                "The access token is bound to a key. Send it as DPoP, with a proof of the key."
            }
            Self::WrongScheme(TokenScheme::Bearer) => {
                "The access token is bound to no key. Send it as Bearer."
            }
            Self::Dpop(refusal) => refusal.description(),
            Self::InsufficientScope(_) => "Get an access token with the scope that is named.",
        }
    }

    /// The scope that is lacking, for the challenge.
    #[must_use]
    pub const fn scope(self) -> Option<&'static str> {
        match self {
            Self::InvalidToken | Self::WrongScheme(_) | Self::Dpop(_) => None,
            Self::InsufficientScope(scope) => Some(scope),
        }
    }
}

impl Engine {
    /// The claims that the access token `presented` opens.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn userinfo(
        &self,
        presented: &PresentedToken<'_>,
    ) -> Result<Result<UserInfo, BearerRefusal>, StoreError> {
        let now = self.now();
        let token = match self.accept(presented, now).await? {
            Ok(token) => token,
            Err(refusal) => return Ok(Err(refusal)),
        };
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
        presented: &PresentedToken<'_>,
        scope: &'static str,
    ) -> Result<Result<(), BearerRefusal>, StoreError> {
        let accepted = self.accept(presented, self.now()).await?;
        Ok(accepted.and_then(|token| {
            let opens = token.scope.contains(scope);
            if opens { Ok(()) } else { Err(BearerRefusal::InsufficientScope(scope)) }
        }))
    }
}

#[cfg(test)]
mod tests;
