//! The refresh token grant, [RFC 6749 section 6], with rotation as [RFC 9700 section 4.14.2] asks.
//!
//! [RFC 6749 section 6]: https://www.rfc-editor.org/rfc/rfc6749#section-6
//! [RFC 9700 section 4.14.2]: https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2

use std::time::Duration;

use domain::{
    HandleDigest, HandleKind, RefreshMode, Timestamp, audit::Action, open_as_holder, seal_to_holder,
};
use protocol::{GrantType, Scope};
use secrecy::SecretString;
use store::{
    StoreError, Tx,
    repo::{
        audit, grants,
        token_families::{self, Position, Presented, Replaced, Rotation},
    },
};

use super::{
    Asked, Bought, RefreshRefusal, Refusal, TokenResponse, authorization_code::with_grant,
};
use crate::{
    Engine,
    gate::{Ask, Extras, Issuance, Person, Policy},
};

/// How long the answer to a rotation can be had once more: it may have been lost.
const GRACE: Duration = Duration::from_secs(10);

/// What a request brings beside its client.
struct RefreshRequest<'a> {
    text: &'a str,
    digest: HandleDigest,
    scope: Option<Scope>,
}

impl Engine {
    pub(super) async fn refresh_token(
        &self,
        asked: &Asked<'_>,
    ) -> Result<Result<TokenResponse, Refusal>, StoreError> {
        let policy = self.policy(asked.now).await?;
        let allowed = policy.allows(&asked.client, GrantType::RefreshToken);
        let request = match allowed.map_err(Refusal::from).and_then(|()| self.read_refresh(asked)) {
            Ok(request) => request,
            Err(refusal) => return self.refuse(asked, refusal).await,
        };
        self.issue(asked, &policy, async |tx| self.refresh(tx, asked, &policy, &request).await)
            .await
    }

    fn read_refresh<'a>(&self, asked: &'a Asked<'_>) -> Result<RefreshRequest<'a>, Refusal> {
        let text = asked.required("refresh_token")?;
        if asked.client.client.settings.refresh_mode == RefreshMode::None {
            return Err(RefreshRefusal::Off.into());
        }
        let digest = self.parts.handles.digest(HandleKind::RefreshToken, text);
        let digest = digest.ok_or(RefreshRefusal::Unknown)?;
        Ok(RefreshRequest { text, digest, scope: asked.scope()? })
    }

    async fn refresh(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        policy: &Policy,
        request: &RefreshRequest<'_>,
    ) -> Result<Result<Bought, Refusal>, StoreError> {
        // The token can be replaced between the look and the guarded update; then
        // the second look finds it as the previous one.
        for _attempt in 0..2 {
            let found = token_families::find(tx, &request.digest, asked.now).await?;
            let presented = match check(found, asked) {
                Ok(presented) => presented,
                Err(refusal) => return Ok(Err(refusal.into())),
            };
            if is_replay(&presented.position, asked.now) {
                return self.revoke_family(tx, asked, &presented).await.map(Err);
            }
            let decided = policy.authorize_issuance(&Ask {
                client: &asked.client,
                grant_type: GrantType::RefreshToken,
                granted: &presented.grant.scope,
                requested: request.scope.as_ref(),
                resources: &asked.resources(),
                key: asked.key.as_ref(),
                person: Some(Person { grant: &presented.grant, holder: Some(&presented.holder) }),
            });
            let issuance = match decided {
                Ok(issuance) => issuance,
                Err(refusal) => return Ok(Err(refusal.into())),
            };
            if let Some(next) = self.next_token(tx, asked, &presented, request).await? {
                return self.refreshed(tx, asked, &presented, (issuance, next)).await.map(Ok);
            }
        }
        Ok(Err(RefreshRefusal::Unknown.into()))
    }

    /// The refresh token to answer with; `None` when the presented one has just
    /// been replaced.
    async fn next_token(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        presented: &Presented,
        request: &RefreshRequest<'_>,
    ) -> Result<Option<SecretString>, StoreError> {
        let settings = &asked.client.client.settings;
        let idle = Duration::from_secs(settings.refresh_token_idle_seconds.into());
        let idle_expires_at = asked.now.plus(idle).min(presented.family.expires_at);
        match &presented.position {
            Position::Previous(replaced) => self.same_successor(request, replaced).map(Some),
            Position::Spent => Ok(None),
            Position::Leaf if must_rotate(asked, presented) => {
                self.rotate(tx, asked, presented, (request, idle_expires_at)).await
            }
            Position::Leaf => {
                let leaf = &request.digest;
                let stays =
                    token_families::touch(tx, presented, leaf, idle_expires_at, asked.now).await?;
                Ok(stays.then(|| SecretString::from(request.text)))
            }
        }
    }

    async fn rotate(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        presented: &Presented,
        (request, idle_expires_at): (&RefreshRequest<'_>, Timestamp),
    ) -> Result<Option<SecretString>, StoreError> {
        let entropy = self.parts.entropy.as_ref();
        let (handle, successor) = self.parts.handles.issue(HandleKind::RefreshToken, entropy);
        let sealed_successor = seal_to_holder(request.text, handle.expose().as_bytes(), entropy)
            .map_err(unreadable)?;
        let rotation = Rotation {
            family_id: presented.family.id,
            client_id: asked.client.client.id,
            presented: &request.digest,
            successor: &successor,
            sealed_successor,
            idle_expires_at,
        };
        let won = token_families::rotate(tx, &rotation, asked.now).await?;
        Ok(won.then(|| handle.into()))
    }

    /// The successor that was handed out before; only the holder of the token it
    /// replaced can open it.
    fn same_successor(
        &self,
        request: &RefreshRequest<'_>,
        replaced: &Replaced,
    ) -> Result<SecretString, StoreError> {
        let opened = open_as_holder(request.text, &replaced.successor).map_err(unreadable)?;
        let text = std::str::from_utf8(&opened).map_err(unreadable)?;
        let digest = self.parts.handles.digest(HandleKind::RefreshToken, text);
        if digest == Some(replaced.leaf) {
            Ok(SecretString::from(text))
        } else {
            Err(unreadable(()))
        }
    }

    async fn refreshed(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        presented: &Presented,
        (issuance, next): (Issuance, SecretString),
    ) -> Result<Bought, StoreError> {
        let draft = issuance.store(tx, self, asked.now).await?;
        let event =
            self.client_event(Action::TokenRefreshed, &asked.client, asked.facts, asked.now);
        let scope = issuance.scope().to_string();
        audit::record(tx, &with_grant(event, &presented.grant, &scope)).await?;
        Ok((issuance, draft, Extras { refresh_token: Some(next), nonce: None }))
    }

    /// A spent token came again: two parties hold the line, so it ends.
    async fn revoke_family(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        presented: &Presented,
    ) -> Result<Refusal, StoreError> {
        let grant = &presented.grant;
        grants::revoke(tx, grant.id, asked.now).await?;
        let reason = (RefreshRefusal::Replayed.to_string(), asked.facts);
        let event = self.refused_event(Action::RefreshReplayed, &asked.client, reason, asked.now);
        audit::record(tx, &with_grant(event, grant, &grant.scope.to_string())).await?;
        Ok(RefreshRefusal::Replayed.into())
    }
}

/// What can be told without asking the gate.
fn check(found: Option<Presented>, asked: &Asked<'_>) -> Result<Presented, RefreshRefusal> {
    let presented = found.ok_or(RefreshRefusal::Unknown)?;
    let ends = presented.family.idle_expires_at.min(presented.family.expires_at);
    if presented.grant.client_id != asked.client.client.id {
        Err(RefreshRefusal::WrongClient)
    } else if presented.family.dpop_jkt.is_some() && presented.family.dpop_jkt != asked.key {
        Err(RefreshRefusal::WrongKey)
    } else if presented.is_revoked {
        Err(RefreshRefusal::Revoked)
    } else if ends <= asked.now {
        Err(RefreshRefusal::Expired)
    } else {
        Ok(presented)
    }
}

/// Whether a use replaces the token. Where it alone opens the grant it always does, whatever
/// the client's mode became since.
fn must_rotate(asked: &Asked<'_>, presented: &Presented) -> bool {
    let client = &asked.client.client;
    let is_bearer = !client.is_confidential() && presented.family.dpop_jkt.is_none();
    is_bearer || client.settings.refresh_mode == RefreshMode::Rotate
}

fn is_replay(position: &Position, now: Timestamp) -> bool {
    match position {
        Position::Leaf => false,
        Position::Previous(replaced) => !replaced.is_within(GRACE, now),
        Position::Spent => true,
    }
}

fn unreadable<E>(_reason: E) -> StoreError {
    StoreError::Corrupt("token_family.previous_box")
}
