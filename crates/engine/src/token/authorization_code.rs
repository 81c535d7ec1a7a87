//! The authorization code grant, [RFC 6749 section 4.1.3] with [RFC 7636 section 4.6].
//!
//! [RFC 6749 section 4.1.3]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
//! [RFC 7636 section 4.6]: https://www.rfc-editor.org/rfc/rfc7636#section-4.6

use std::time::Duration;

use domain::{
    CodeGrant, Grant, HandleDigest, HandleKind, Id, RefreshMode, TokenFamily, audit::Action,
};
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
        };
        let refusal =
            match authorization_codes::redeem(tx, &request.digest, &bindings, asked.now).await? {
                Redeemed::Now(code) => {
                    let bought = self.buy(tx, asked, policy, *code).await?;
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
                    self.revoke_what_it_bought(tx, asked, &grant).await?;
                    CodeRefusal::Replayed
                }
            };
        Ok(Err(refusal.into()))
    }

    /// The code is redeemed; asks the gate and stores what comes of it.
    async fn buy(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        policy: &Policy,
        code: CodeGrant,
    ) -> Result<Result<Bought, Refusal>, StoreError> {
        let grant = &code.grant;
        let holder = grants::holder(tx, grant.user_id, grant.session_id, asked.now).await?;
        let decided = policy.authorize_issuance(&Ask {
            client: &asked.client,
            grant_type: GrantType::AuthorizationCode,
            granted: &grant.scope,
            requested: None,
            resources: &asked.resources(),
            person: Some(Person { grant, holder: holder.as_ref() }),
        });
        let issuance = match decided {
            Ok(issuance) => issuance,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        grants::insert(tx, grant).await?;
        let refresh_token = self.begin_family(tx, asked, policy, grant).await?;
        let draft = issuance.store(tx, self, asked.now).await?;

        let event = self.client_event(Action::CodeRedeemed, &asked.client, asked.facts, asked.now);
        audit::record(tx, &with_grant(event, grant, &issuance.scope().to_string())).await?;
        Ok(Ok((issuance, draft, Extras { refresh_token, nonce: code.nonce })))
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
            idle_expires_at: asked.now.plus(idle).min(expires_at),
            expires_at,
        };
        let created_at = asked.now;
        token_families::insert(tx, &NewFamily { family, client_id: client.id, leaf, created_at })
            .await?;
        Ok(Some(handle.into()))
    }

    /// A second use with everything right: someone else has the code too.
    async fn revoke_what_it_bought(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        grant: &Grant,
    ) -> Result<(), StoreError> {
        grants::revoke(tx, grant.id, asked.now).await?;
        let reason = (CodeRefusal::Replayed.to_string(), asked.facts);
        let event = self.refused_event(Action::CodeReplayed, &asked.client, reason, asked.now);
        audit::record(tx, &with_grant(event, grant, &grant.scope.to_string())).await
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
