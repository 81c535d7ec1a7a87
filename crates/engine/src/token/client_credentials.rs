//! The client credentials grant, [RFC 6749 section 4.4].
//!
//! [RFC 6749 section 4.4]: https://www.rfc-editor.org/rfc/rfc6749#section-4.4

use domain::built_in_scope;
use protocol::GrantType;
use store::{StoreError, Tx};

use super::{Asked, Refusal, TokenResponse};
use crate::{
    Engine,
    gate::{Ask, Draft, Extras},
};

impl Engine {
    /// Issues an access token to a client that acts for itself: no refresh
    /// token, no ID token, and nothing written for a JWT.
    pub(super) async fn client_credentials(
        &self,
        asked: &Asked<'_>,
    ) -> Result<Result<TokenResponse, Refusal>, StoreError> {
        let policy = self.policy(asked.now).await?;
        let settings = &asked.client.client.settings;
        let requested = match asked.scope() {
            Ok(Some(scope)) => scope,
            Ok(None) => {
                settings.default_scopes.filtered(|it| built_in_scope(it.as_str()).is_none())
            }
            Err(refusal) => return self.refuse(asked, refusal).await,
        };
        let decided = policy.authorize_issuance(&Ask {
            client: &asked.client,
            grant_type: GrantType::ClientCredentials,
            granted: &settings.scopes,
            requested: Some(&requested),
            resources: &asked.resources(),
            key: asked.key.as_ref(),
            person: None,
        });
        let issuance = match decided {
            Ok(issuance) => issuance,
            Err(refusal) => return self.refuse(asked, refusal.into()).await,
        };
        let draft = if issuance.is_stored() {
            let stored = async |tx: &Tx| issuance.store(tx, self, asked.now).await;
            Box::pin(self.parts.store.write(stored)).await?
        } else {
            Draft::Jwt
        };
        let extras = Extras::default();
        Ok(Ok(issuance.finish(self, &policy, (draft, extras), asked.now)?))
    }
}
