//! The token endpoint, [RFC 6749 section 3.2]: one file a grant.
//!
//! [RFC 6749 section 3.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.2

mod authorization_code;
mod client_credentials;
mod device_code;
mod refresh_token;
mod refusal;
mod response;

use std::sync::Arc;

use domain::{AuditEvent, RegisteredClient, RequestFacts, Timestamp, audit::Action};
use protocol::{GrantType, JwkThumbprint, Parameters, Scope};
use store::{StoreError, Tx, repo::audit};

pub use refusal::{CodeRefusal, DeviceRefusal, RefreshRefusal, Refusal};
pub use response::TokenResponse;

use crate::{
    Credentials, DpopRefusal, DpopRequest, Engine,
    gate::{Draft, Extras, Issuance, Policy},
};

/// What a code or a refresh token bought, before it is written out.
type Bought = (Issuance, Draft, Extras);

/// A token request whose client is known.
#[derive(Debug, Clone)]
struct Asked<'a> {
    client: Arc<RegisteredClient>,
    /// The key that it proves to hold, to which what it buys is bound.
    key: Option<JwkThumbprint>,
    parameters: &'a Parameters,
    facts: &'a RequestFacts,
    now: Timestamp,
}

impl Engine {
    /// Answers a token request.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn token(
        &self,
        credentials: &Credentials<'_>,
        dpop: &DpopRequest<'_>,
        facts: &RequestFacts,
    ) -> Result<Result<TokenResponse, Refusal>, StoreError> {
        let now = self.now();
        let parameters = credentials.parameters;
        let Some(grant_type) = parameters.get("grant_type") else {
            return Ok(Err(Refusal::Missing("grant_type")));
        };
        let Ok(grant_type) = grant_type.parse::<GrantType>() else {
            return Ok(Err(Refusal::UnsupportedGrantType));
        };
        let client = match self.authenticate(credentials, facts, now).await? {
            Ok(client) => client,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let mut asked = Asked { client, key: None, parameters, facts, now };
        let must_prove = asked.client.client.settings.dpop_bound_access_tokens;
        let proven = match self.prove_key(&asked.client, dpop, now).await? {
            // Before a code is touched, so that it is not spent.
            Ok(None) if must_prove => Err(DpopRefusal::Missing),
            proven => proven,
        };
        match proven {
            Ok(key) => asked.key = key,
            // The first request of every client that needs one; that is no event.
            Err(refusal) if refusal.asks_for_nonce() => return Ok(Err(refusal.into())),
            Err(refusal) => return Box::pin(self.refuse(&asked, refusal.into())).await,
        }
        let answer = self.grant(grant_type, &asked).await?;
        if answer.is_err() && asked.key.is_some() && !asked.client.client.is_confidential() {
            // Anyone can have a proof spent, and each is a row.
            self.limits.proof_failed(asked.client.client.client_id.as_str(), facts);
        }
        Ok(answer)
    }

    async fn grant(
        &self,
        grant_type: GrantType,
        asked: &Asked<'_>,
    ) -> Result<Result<TokenResponse, Refusal>, StoreError> {
        // Those that write are boxed: the future of the one that does not stays small.
        match grant_type {
            GrantType::AuthorizationCode => Box::pin(self.authorization_code(asked)).await,
            GrantType::RefreshToken => Box::pin(self.refresh_token(asked)).await,
            GrantType::ClientCredentials => self.client_credentials(asked).await,
            GrantType::DeviceCode => Box::pin(self.device_code(asked)).await,
        }
    }

    /// Runs `work` in one transaction, notes its refusal there, and writes out what was
    /// bought after the commit.
    async fn issue(
        &self,
        asked: &Asked<'_>,
        policy: &Policy,
        work: impl AsyncFnOnce(&Tx) -> Result<Result<Bought, Refusal>, StoreError>,
    ) -> Result<Result<TokenResponse, Refusal>, StoreError> {
        let decided = async |tx: &Tx| {
            let decided = work(tx).await?;
            if let Err(refusal) = &decided {
                self.note_refusal(tx, asked, *refusal).await?;
            }
            Ok(decided)
        };
        match self.parts.store.write(decided).await? {
            Ok((issuance, draft, extras)) => {
                Ok(Ok(issuance.finish(self, policy, (draft, extras), asked.now)?))
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Refuses what no transaction was begun for.
    async fn refuse<T>(
        &self,
        asked: &Asked<'_>,
        refusal: Refusal,
    ) -> Result<Result<T, Refusal>, StoreError> {
        if !self.note_aside(asked, refusal) {
            Box::pin(self.record(&self.token_refused(asked, refusal))).await?;
        }
        Ok(Err(refusal))
    }

    async fn note_refusal(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        refusal: Refusal,
    ) -> Result<(), StoreError> {
        // A device that waits asks every few seconds; that is no event.
        if refusal.is_pending() || self.note_aside(asked, refusal) {
            return Ok(());
        }
        audit::record(tx, &self.token_refused(asked, refusal)).await
    }

    /// Notes the refusal of a public client, which anyone could have asked for;
    /// says whether it did.
    fn note_aside(&self, asked: &Asked<'_>, refusal: Refusal) -> bool {
        if asked.client.client.is_confidential() {
            return false;
        }
        let event = || self.token_refused(asked, refusal);
        self.note_unproven(&asked.client, Action::TokenRefused, asked.now, event);
        true
    }

    fn token_refused(&self, asked: &Asked<'_>, refusal: Refusal) -> AuditEvent {
        let reason = (refusal.to_string(), asked.facts);
        self.refused_event(Action::TokenRefused, &asked.client, reason, asked.now)
    }
}

impl Asked<'_> {
    /// A parameter that has to be there.
    fn required(&self, name: &'static str) -> Result<&str, Refusal> {
        self.parameters.get(name).ok_or(Refusal::Missing(name))
    }

    /// The scope that is asked for, if any is.
    fn scope(&self) -> Result<Option<Scope>, Refusal> {
        self.parameters
            .get("scope")
            .map(|text| Scope::parse(text).map_err(|_reason| Refusal::MalformedScope))
            .transpose()
    }

    /// The APIs that are named.
    fn resources(&self) -> Vec<&str> {
        self.parameters.all("resource").collect()
    }
}

#[cfg(test)]
mod tests;
