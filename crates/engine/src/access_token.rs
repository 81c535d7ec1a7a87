//! Access tokens that come back: whether they count, remembered for as long as that may be believed.

mod jwt;

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use domain::{
    BrowserSession, Environment, Grant, HandleDigest, HandleKind, Id, RegisteredClient, Timestamp,
    User, UserStatus,
};
use protocol::{JwkThumbprint, Scope, TokenScheme};
use quick_cache::sync::Cache as Bounded;
use store::{
    Cache, StoreError,
    repo::{grants, opaque_tokens, revoked_tokens},
};

use crate::Engine;
use jwt::SignedToken;

/// How many tokens a node remembers.
const MAX_TOKENS: usize = 20_000;

/// An access token that counts.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// `sub`: the person, or the client that acts for itself.
    pub subject: String,
    /// Who holds it.
    pub client: Arc<RegisteredClient>,
    /// Where it counts.
    pub environment: Environment,
    /// The person; none when the client acts for itself.
    pub user_id: Option<Id<User>>,
    /// What the person signs in with.
    pub username: Option<String>,
    /// What it opens.
    pub scope: Scope,
    /// Which APIs it is for.
    pub audience: Vec<String>,
    /// The grant it came of.
    pub grant_id: Option<Id<Grant>>,
    /// When the person had signed in.
    pub auth_time: Option<Timestamp>,
    /// In which session.
    pub session_id: Option<Id<BrowserSession>>,
    /// The key that whoever presents it must prove to hold, if it is bound to one.
    pub key: Option<JwkThumbprint>,
    /// `jti`.
    pub jti: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// The key that signed it; none for opaque ones.
    kid: Option<String>,
}

impl AccessToken {
    /// How it is presented.
    #[must_use]
    pub const fn scheme(&self) -> TokenScheme {
        if self.key.is_some() { TokenScheme::Dpop } else { TokenScheme::Bearer }
    }

    /// Whether it is for the API called `identifier`.
    #[must_use]
    pub fn is_for(&self, identifier: &str) -> bool {
        self.audience.iter().any(|it| it == identifier)
    }
}

/// What this node knows of tokens, by their digests.
#[derive(Debug)]
pub(crate) struct KnownTokens {
    /// Whether they count; ends with every revocation.
    standing: Cache<[u8; 32], Option<Arc<AccessToken>>>,
    /// Whose signature fits; that never changes.
    signed: Bounded<[u8; 32], Arc<SignedToken>>,
}

impl Default for KnownTokens {
    fn default() -> Self {
        Self { standing: Cache::new(MAX_TOKENS), signed: Bounded::new(MAX_TOKENS) }
    }
}

impl Engine {
    /// The access token that `text` is, if it counts at `now`.
    ///
    /// It does not when it expired, it or its grant was revoked, the session that its
    /// grant needs ended, its client's application is disabled, or its person is locked.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn verify_access_token(
        &self,
        text: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<AccessToken>>, StoreError> {
        self.verify_read(text, self.parts.handles.read(text), now).await
    }

    /// The same, of a text that was already read as the handle it may be.
    pub(crate) async fn verify_read(
        &self,
        text: &str,
        handle: Option<(HandleKind, HandleDigest)>,
        now: Timestamp,
    ) -> Result<Option<Arc<AccessToken>>, StoreError> {
        let found = match handle {
            Some((HandleKind::AccessToken, digest)) => self.opaque(&digest, now).await?,
            Some(_) => None,
            None => self.jwt(text, now).await?,
        };
        // That it was issued in the future is not asked: nodes' clocks differ a little.
        let Some(token) = found.filter(|token| now < token.expires_at) else { return Ok(None) };
        // Asked beside what is remembered of the token, which may have been made of a client
        // that was read a second before.
        let client = self.client_by_id(token.client.client.id, now).await?;
        Ok(client.is_some_and(|it| it.is_active).then_some(token))
    }

    async fn opaque(
        &self,
        digest: &HandleDigest,
        now: Timestamp,
    ) -> Result<Option<Arc<AccessToken>>, StoreError> {
        self.tokens
            .standing
            .get(&self.parts.store, now, *digest.as_bytes(), async |_| {
                self.load_opaque(digest, now).await
            })
            .await
    }

    async fn load_opaque(
        &self,
        digest: &HandleDigest,
        now: Timestamp,
    ) -> Result<Option<Arc<AccessToken>>, StoreError> {
        let Some(known) = opaque_tokens::find(&self.parts.store, digest, now).await? else {
            return Ok(None);
        };
        let token = known.token;
        let client = self.client_by_id(token.client_id, now).await?;
        let holder = known.holder.as_ref();
        let locked =
            token.user_id.is_some() && holder.is_none_or(|it| it.status != UserStatus::Active);
        let Some(client) = client.filter(|_| !known.is_revoked && !known.session_ended && !locked)
        else {
            return Ok(None);
        };
        let catalogue = self.catalogue(now).await?;
        Ok(Some(Arc::new(AccessToken {
            subject: token
                .user_id
                .map_or_else(|| client.client.client_id.to_string(), |it| it.to_string()),
            environment: client.client.environment,
            client,
            user_id: token.user_id,
            username: holder.map(|it| it.username.clone()),
            audience: catalogue.audience(&token.audience, &token.scope),
            scope: token.scope,
            grant_id: token.grant_id,
            auth_time: holder.map(|it| it.auth_time),
            session_id: holder.and_then(|it| it.session_id),
            key: token.dpop_jkt,
            jti: token.id.to_string(),
            issued_at: token.issued_at,
            expires_at: token.expires_at,
            kid: None,
        })))
    }

    async fn jwt(
        &self,
        text: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<AccessToken>>, StoreError> {
        if text.len() > jose::MAX_LEN {
            return Ok(None);
        }
        let mut key = [0; 32];
        key.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        let ring = self.key_ring(now).await?;
        let found = self
            .tokens
            .standing
            .get(&self.parts.store, now, key, async |_| {
                let known = self.tokens.signed.get(&key);
                let verified = known.or_else(|| {
                    let signed = jwt::verify(ring.set(), self.issuer(), text).map(Arc::new)?;
                    self.tokens.signed.insert(key, Arc::clone(&signed));
                    Some(signed)
                });
                match verified {
                    Some(signed) => self.load_jwt(&signed, now).await,
                    None => Ok(None),
                }
            })
            .await?;
        // A key can be removed in an emergency; then nothing it signed counts.
        Ok(found.filter(|it| it.kid.as_deref().is_some_and(|kid| ring.set().get(kid).is_some())))
    }

    async fn load_jwt(
        &self,
        signed: &SignedToken,
        now: Timestamp,
    ) -> Result<Option<Arc<AccessToken>>, StoreError> {
        let Some(client) = self.client(&signed.client_id, now).await? else { return Ok(None) };
        let username = match signed.grant_id {
            None if revoked_tokens::contains(&self.parts.store, &signed.jti).await? => {
                return Ok(None);
            }
            None => None,
            Some(grant) => {
                let standing = grants::standing(&self.parts.store, grant, &signed.jti, now).await?;
                let counts = standing.filter(|it| {
                    let active = it.holder.status == UserStatus::Active;
                    active && !it.is_revoked && !it.session_ended
                });
                let Some(standing) = counts else { return Ok(None) };
                Some(standing.holder.username)
            }
        };
        Ok(Some(Arc::new(AccessToken {
            subject: signed.subject.clone(),
            environment: client.client.environment,
            client,
            user_id: signed.grant_id.and_then(|_| Id::parse(&signed.subject).ok()),
            username,
            scope: signed.scope.clone(),
            audience: signed.audience.clone(),
            grant_id: signed.grant_id,
            auth_time: signed.auth_time,
            session_id: signed.session_id,
            key: signed.key.clone(),
            jti: signed.jti.clone(),
            issued_at: signed.issued_at,
            expires_at: signed.expires_at,
            kid: Some(signed.kid.clone()),
        })))
    }
}
