//! The authorization code grant, [RFC 6749 section 4.1.3] with [RFC 7636 section 4.6].
//!
//! [RFC 6749 section 4.1.3]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
//! [RFC 7636 section 4.6]: https://www.rfc-editor.org/rfc/rfc7636#section-4.6

use std::time::Duration;

use domain::{Grant, HandleDigest, HandleKind, Id, RefreshMode, TokenFamily, audit::Action};
use protocol::{CodeChallenge, CodeVerifier, GrantType};
use secrecy::SecretString;
use store::{
    StoreError, Tx,
    repo::{
        audit,
        authorization_codes::{self, Bindings, Redeemed},
        grants,
        token_families::{self, NewFamily},
    },
};

use super::{Asked, Bought, CodeRefusal, Refusal, TokenResponse};
use crate::{
    Engine,
    gate::{Ask, Extras, GateRefusal, Person, Policy},
};

/// What a person granted and their client now redeems.
pub(super) struct Redemption {
    /// By which grant type.
    pub(super) grant_type: GrantType,
    /// What was granted.
    pub(super) grant: Grant,
    /// The `nonce` to repeat in the ID token.
    pub(super) nonce: Option<String>,
}

/// What a request brings beside its client.
struct CodeRequest<'a> {
    digest: HandleDigest,
    redirect_uri: Option<&'a str>,
    challenge: Option<CodeChallenge>,
}

impl Engine {
    pub(super) async fn authorization_code(
        &self,
        asked: &Asked<'_>,
    ) -> Result<Result<TokenResponse, Refusal>, StoreError> {
        let policy = self.policy(asked.now).await?;
        // Before the code is touched, so that a client that may not use it spends nothing.
        let allowed = policy.allows(&asked.client, GrantType::AuthorizationCode);
        let request = match allowed.map_err(Refusal::from).and_then(|()| self.read_code(asked)) {
            Ok(request) => request,
            Err(refusal) => return self.refuse(asked, refusal).await,
        };
        self.issue(asked, &policy, async |tx| self.redeem(tx, asked, &policy, &request).await).await
    }

    fn read_code<'a>(&self, asked: &'a Asked<'_>) -> Result<CodeRequest<'a>, Refusal> {
        let code = asked.required("code")?;
        let digest = self.parts.handles.digest(HandleKind::AuthorizationCode, code);
        let verifier = asked.parameters.get("code_verifier").map(str::to_owned);
        let verifier = verifier
            .map(|text| {
                CodeVerifier::try_from(text).map_err(|_reason| CodeRefusal::MalformedVerifier)
            })
            .transpose()?;
        Ok(CodeRequest {
            digest: digest.ok_or(CodeRefusal::Unknown)?,
            redirect_uri: asked.parameters.get("redirect_uri"),
            challenge: verifier.map(|it| it.challenge()),
        })
    }

    async fn redeem(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        policy: &Policy,
        request: &CodeRequest<'_>,
    ) -> Result<Result<Bought, Refusal>, StoreError> {
        let bindings = Bindings {
            client_id: asked.client.client.id,
            redirect_uri: request.redirect_uri,
            code_challenge: request.challenge.as_ref(),
            dpop_jkt: asked.key.as_ref(),
        };
        let refusal =
            match authorization_codes::redeem(tx, &request.digest, &bindings, asked.now).await? {
                Redeemed::Now(code) => {
                    let grant_type = GrantType::AuthorizationCode;
                    let (grant, nonce) = (code.grant, code.nonce);
                    let redemption = Redemption { grant_type, grant, nonce };
                    let bought = self.buy(tx, asked, policy, redemption).await?;
                    if let Err(Refusal::Gate(GateRefusal::Target(_))) = bought {
                        // Another `resource` mends the request, so the code stays good.
                        authorization_codes::release(tx, &request.digest).await?;
                    }
                    return Ok(bought);
                }
                Redeemed::Unknown => CodeRefusal::Unknown,
                Redeemed::Unbound(_) => CodeRefusal::Unbound,
                Redeemed::Expired(_) => CodeRefusal::Expired,
                Redeemed::Already(grant) => {
                    let replayed = CodeRefusal::Replayed;
                    self.revoke_what_it_bought(tx, asked, &grant, replayed.into()).await?;
                    replayed
                }
            };
        Ok(Err(refusal.into()))
    }

    /// The code is redeemed; asks the gate and stores what comes of it.
    pub(super) async fn buy(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        policy: &Policy,
        redemption: Redemption,
    ) -> Result<Result<Bought, Refusal>, StoreError> {
        let Redemption { grant_type, grant, nonce } = &redemption;
        let holder = grants::holder(tx, grant.user_id, grant.session_id, asked.now).await?;
        let decided = policy.authorize_issuance(&Ask {
            client: &asked.client,
            grant_type: *grant_type,
            granted: &grant.scope,
            requested: None,
            resources: &asked.resources(),
            key: asked.key.as_ref(),
            person: Some(Person { grant, holder: holder.as_ref() }),
        });
        let issuance = match decided {
            Ok(issuance) => issuance,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        grants::insert(tx, grant).await?;
        let refresh_token = self.begin_family(tx, asked, policy, grant).await?;
        let draft = issuance.store(tx, self, asked.now).await?;

        let action = Action::CodeRedeemed;
        let mut event = self.client_event(action, &asked.client, asked.facts, asked.now);
        event.details.insert("grant_type".to_owned(), grant_type.as_str().into());
        audit::record(tx, &with_grant(event, grant, &issuance.scope().to_string())).await?;
        Ok(Ok((issuance, draft, Extras { refresh_token, nonce: nonce.clone() })))
    }

    /// The first refresh token, where the client gets any.
    async fn begin_family(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        policy: &Policy,
        grant: &Grant,
    ) -> Result<Option<SecretString>, StoreError> {
        let client = &asked.client.client;
        let wanted = client.settings.refresh_mode != RefreshMode::None
            && policy.allows(&asked.client, GrantType::RefreshToken).is_ok();
        if !wanted {
            return Ok(None);
        }
        let entropy = self.parts.entropy.as_ref();
        let (handle, leaf) = self.parts.handles.issue(HandleKind::RefreshToken, entropy);
        let idle = Duration::from_secs(client.settings.refresh_token_idle_seconds.into());
        let absolute = Duration::from_secs(client.settings.refresh_token_absolute_seconds.into());
        let expires_at = asked.now.plus(absolute);
        let family = TokenFamily {
            id: Id::new(asked.now, entropy),
            grant_id: grant.id,
            generation: 0,
            // The others prove who they are by other means, so they may change their key.
            dpop_jkt: asked.key.clone().filter(|_| !client.is_confidential()),
            idle_expires_at: asked.now.plus(idle).min(expires_at),
            expires_at,
        };
        let created_at = asked.now;
        token_families::insert(tx, &NewFamily { family, client_id: client.id, leaf, created_at })
            .await?;
        Ok(Some(handle.into()))
    }

    /// A second use with everything right: someone else has the code too.
    pub(super) async fn revoke_what_it_bought(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        grant: &Grant,
        refusal: Refusal,
    ) -> Result<(), StoreError> {
        let ended_something = grants::revoke(tx, grant.id, asked.now).await?;
        let reason = (refusal.to_string(), asked.facts);
        let event = || {
            let event = self.refused_event(Action::CodeReplayed, &asked.client, reason, asked.now);
            with_grant(event, grant, &grant.scope.to_string())
        };
        if ended_something || asked.client.client.is_confidential() {
            return audit::record(tx, &event()).await;
        }
        // Nothing ended, and anyone can send the code again: no row for each.
        self.note_unproven(&asked.client, Action::CodeReplayed, asked.now, event);
        Ok(())
    }
}

/// Names the grant, the person and the scopes.
pub(super) fn with_grant(
    mut event: domain::AuditEvent,
    grant: &Grant,
    scope: &str,
) -> domain::AuditEvent {
    let mut detail = |name: &str, value: String| {
        event.details.insert(name.to_owned(), serde_json::Value::from(value));
    };
    detail("grant_id", grant.id.to_string());
    detail("user_id", grant.user_id.to_string());
    detail("scope", scope.to_owned());
    event
}
