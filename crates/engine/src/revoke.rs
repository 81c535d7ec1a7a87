//! Revocation, [RFC 7009].
//!
//! [RFC 7009]: https://www.rfc-editor.org/rfc/rfc7009

use std::sync::Arc;

use domain::{
    HandleDigest, HandleKind, Id, OpaqueToken, RegisteredClient, RequestFacts, Timestamp,
    audit::Action,
};
use store::{
    StoreError, Tx,
    repo::{
        audit, grants, opaque_tokens,
        revoked_tokens::{self, Revocation},
        token_families,
    },
};

use crate::{Credentials, Engine, TokenQueryRefusal};

/// A demand to revoke, of a client that is known.
struct Demand<'a> {
    client: Arc<RegisteredClient>,
    token: &'a str,
    facts: &'a RequestFacts,
    now: Timestamp,
}

impl Engine {
    /// Revokes a token of the client that asks: a refresh token with all that
    /// its grant issued, an access token alone. Tokens that are unknown or
    /// another's are left alone, and the answer is the same.
    ///
    /// # Errors
    ///
    /// When the database fails; then nothing was revoked.
    pub async fn revoke(
        &self,
        credentials: &Credentials<'_>,
        facts: &RequestFacts,
    ) -> Result<Result<(), TokenQueryRefusal>, StoreError> {
        let now = self.now();
        let client = match self.authenticate(credentials, facts, now).await? {
            Ok(client) => client,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let Some(token) = credentials.parameters.get("token") else {
            return Ok(Err(TokenQueryRefusal::MissingToken));
        };
        let demand = Demand { client, token, facts, now };
        match self.parts.handles.read(token) {
            Some((HandleKind::RefreshToken, digest)) => self.revoke_grant(&demand, &digest).await?,
            Some((HandleKind::AccessToken, digest)) => self.revoke_opaque(&demand, &digest).await?,
            Some(_) => {}
            None => self.revoke_jwt(&demand).await?,
        }
        Ok(Ok(()))
    }

    async fn revoke_grant(
        &self,
        demand: &Demand<'_>,
        digest: &HandleDigest,
    ) -> Result<(), StoreError> {
        let client_id = demand.client.client.id;
        self.parts
            .store
            .write(async |tx| {
                let found = token_families::find(tx, digest, demand.now).await?;
                let own = found.filter(|it| it.grant.client_id == client_id);
                let Some(known) = own else { return Ok(()) };
                if grants::revoke(tx, known.grant.id, demand.now).await? {
                    self.note(tx, demand, "refresh_token").await?;
                }
                Ok(())
            })
            .await
    }

    async fn revoke_opaque(
        &self,
        demand: &Demand<'_>,
        digest: &HandleDigest,
    ) -> Result<(), StoreError> {
        let client_id = demand.client.client.id;
        self.parts
            .store
            .write(async |tx| {
                if opaque_tokens::revoke(tx, digest, client_id, demand.now).await? {
                    self.note(tx, demand, "access_token").await?;
                }
                Ok(())
            })
            .await
    }

    async fn revoke_jwt(&self, demand: &Demand<'_>) -> Result<(), StoreError> {
        let client_id = demand.client.client.id;
        let known = self.verify_access_token(demand.token, demand.now).await?;
        let Some(token) = known.filter(|it| it.client.client.id == client_id) else {
            return Ok(());
        };
        let id = Id::<OpaqueToken>::new(demand.now, self.parts.entropy.as_ref());
        let revocation = Revocation {
            id: id.as_uuid(),
            jti: &token.jti,
            client_id,
            expires_at: token.expires_at,
        };
        self.parts
            .store
            .write(async |tx| {
                revoked_tokens::insert(tx, &revocation, demand.now).await?;
                self.note(tx, demand, "access_token").await
            })
            .await
    }

    async fn note(&self, tx: &Tx, demand: &Demand<'_>, kind: &str) -> Result<(), StoreError> {
        let mut event =
            self.client_event(Action::TokenRevoked, &demand.client, demand.facts, demand.now);
        event.details.insert("kind".to_owned(), kind.into());
        audit::record(tx, &event).await
    }
}

#[cfg(test)]
mod tests;
