//! The token endpoint, [RFC 6749 section 3.2]: one file a grant.
//!
//! [RFC 6749 section 3.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.2

mod authorization_code;
mod client_credentials;
mod refresh_token;
mod refusal;
mod response;

use std::sync::Arc;

use domain::{AuditEvent, RegisteredClient, RequestFacts, Timestamp, audit::Action};
use protocol::{GrantType, Parameters, Scope};
use store::{StoreError, Tx, repo::audit};

pub use refusal::{CodeRefusal, RefreshRefusal, Refusal};
pub use response::TokenResponse;

use crate::{
    Credentials, Engine,
    gate::{Draft, Extras, Issuance, Policy},
};

/// What a code or a refresh token bought, before it is written out.
type Bought = (Issuance, Draft, Extras);

/// A token request whose client is known.
#[derive(Debug, Clone)]
struct Asked<'a> {
    client: Arc<RegisteredClient>,
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
        let asked = Asked { client, parameters, facts, now };
        // Those that write are boxed: the future of the one that does not stays small.
        match grant_type {
            GrantType::AuthorizationCode => Box::pin(self.authorization_code(&asked)).await,
            GrantType::RefreshToken => Box::pin(self.refresh_token(&asked)).await,
            GrantType::ClientCredentials => self.client_credentials(&asked).await,
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
        if self.note_aside(asked, refusal) {
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
