//! Making tokens; only an [`Issuance`] can.

use std::{borrow::Cow, time::Duration};

use aws_lc_rs::digest::{SHA256, digest};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use domain::{Grant, Handle, HandleKind, Id, IdTokenAlg, OpaqueToken, Timestamp, TokenFormat};
use jose::{Algorithm, Signer};
use protocol::TokenScheme;
use secrecy::SecretString;
use serde::Serialize;
use store::{StoreError, Tx, repo::opaque_tokens};

use super::{Issuance, Policy};
use crate::{Engine, TokenResponse};

/// An access token that is still to be written out.
#[derive(Debug)]
pub(crate) enum Draft {
    /// It will be signed; nothing is stored of it.
    Jwt,
    /// Its row is stored.
    Opaque(Handle),
}

/// What goes out beside the access token.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// The refresh token.
    pub(crate) refresh_token: Option<SecretString>,
    /// The `nonce` of the authorization request.
    pub(crate) nonce: Option<String>,
}

/// The claims of an access token, [RFC 9068 section 2.2].
///
/// [RFC 9068 section 2.2]: https://www.rfc-editor.org/rfc/rfc9068#section-2.2
#[derive(Serialize)]
struct AccessClaims<'a> {
    iss: &'a str,
    sub: Cow<'a, str>,
    aud: Audience<'a>,
    exp: i64,
    iat: i64,
    jti: String,
    client_id: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
    env: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
}

/// The key that the token is bound to, [RFC 9449 section 6.1].
///
/// [RFC 9449 section 6.1]: https://www.rfc-editor.org/rfc/rfc9449#section-6.1
#[derive(Serialize)]
struct Confirmation<'a> {
    jkt: &'a str,
}

/// One audience stands alone, several in a list.
#[derive(Serialize)]
#[serde(untagged)]
enum Audience<'a> {
    One(&'a str),
    Several(&'a [String]),
}

/// The claims of an ID token, [OpenID Connect Core section 2].
///
/// [OpenID Connect Core section 2]: https://openid.net/specs/openid-connect-core-1_0.html#IDToken
#[derive(Serialize)]
struct IdClaims<'a> {
    iss: &'a str,
    sub: String,
    aud: &'a str,
    exp: i64,
    iat: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    at_hash: String,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    amr: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
}

impl Issuance {
    /// Whether the access token has a row, and so needs a transaction.
    pub(crate) fn is_stored(&self) -> bool {
        self.target.format == TokenFormat::Opaque
    }

    /// Stores what has to be stored of the access token.
    pub(crate) async fn store(
        &self,
        tx: &Tx,
        engine: &Engine,
        now: Timestamp,
    ) -> Result<Draft, StoreError> {
        if !self.is_stored() {
            return Ok(Draft::Jwt);
        }
        let entropy = engine.parts.entropy.as_ref();
        let (handle, digest) = engine.parts.handles.issue(HandleKind::AccessToken, entropy);
        let token = OpaqueToken {
            id: Id::new(now, entropy),
            grant_id: self.grant.as_ref().map(|it| it.id),
            client_id: self.client.client.id,
            user_id: self.grant.as_ref().map(|it| it.user_id),
            scope: self.target.scope.clone(),
            audience: self.target.identifier.clone(),
            dpop_jkt: self.key.clone(),
            issued_at: now,
            expires_at: self.expires_at(now),
        };
        opaque_tokens::insert(tx, &token, &digest).await?;
        Ok(Draft::Opaque(handle))
    }

    /// Writes the tokens out. Called after the commit, so that nobody waits for a
    /// signature to be made inside a transaction.
    pub(crate) fn finish(
        &self,
        engine: &Engine,
        policy: &Policy,
        (draft, extras): (Draft, Extras),
        now: Timestamp,
    ) -> Result<TokenResponse, StoreError> {
        let access_token = match draft {
            Draft::Opaque(handle) => handle.expose().to_owned(),
            Draft::Jwt => {
                sign(policy.keys.signer(Algorithm::Es256)?, "at+jwt", &self.access(engine, now))?
            }
        };
        let id_token = match &self.grant {
            Some(grant) if self.target.scope.contains("openid") => {
                let claims = self.id_claims(engine, grant, (&access_token, &extras), now);
                let algorithm = match self.client.client.settings.id_token_signed_response_alg {
                    IdTokenAlg::Es256 => Algorithm::Es256,
                    IdTokenAlg::Rs256 => Algorithm::Rs256,
                };
                Some(sign(policy.keys.signer(algorithm)?, "JWT", &claims)?)
            }
            Some(_) | None => None,
        };
        engine.usage.client_used(self.client.client.id, now);
        if let Some(grant) = &self.grant {
            engine.usage.grant_used(grant.id, now);
        }
        Ok(TokenResponse {
            access_token: SecretString::from(access_token),
            token_type: if self.key.is_some() { TokenScheme::Dpop } else { TokenScheme::Bearer },
            expires_in: self.client.client.settings.access_token_lifetime_seconds,
            refresh_token: extras.refresh_token,
            scope: self.target.scope.clone(),
            id_token: id_token.map(SecretString::from),
            dpop_nonce: engine.next_nonce(&self.client, self.key.as_ref()),
        })
    }

    fn expires_at(&self, now: Timestamp) -> Timestamp {
        let seconds = self.client.client.settings.access_token_lifetime_seconds;
        now.plus(Duration::from_secs(u64::from(seconds)))
    }

    fn access<'a>(&'a self, engine: &'a Engine, now: Timestamp) -> AccessClaims<'a> {
        let client = &self.client.client;
        let grant = self.grant.as_ref();
        AccessClaims {
            iss: engine.issuer(),
            sub: grant.map_or_else(
                || Cow::Borrowed(client.client_id.as_str()),
                |it| Cow::Owned(it.user_id.to_string()),
            ),
            aud: match self.audience.as_slice() {
                [one] => Audience::One(one),
                several => Audience::Several(several),
            },
            exp: self.expires_at(now).as_seconds(),
            iat: now.as_seconds(),
            jti: Id::<OpaqueToken>::new(now, engine.parts.entropy.as_ref()).to_string(),
            client_id: client.client_id.as_str(),
            scope: self.target.scope.to_string(),
            env: client.environment.as_str(),
            cnf: self.key.as_ref().map(|it| Confirmation { jkt: it.as_str() }),
            gid: grant.map(|it| it.id.to_string()),
            auth_time: grant.map(|it| it.auth_time.as_seconds()),
            sid: grant.and_then(|it| it.session_id).map(|it| it.to_string()),
        }
    }

    fn id_claims<'a>(
        &'a self,
        engine: &'a Engine,
        grant: &'a Grant,
        (access_token, extras): (&str, &'a Extras),
        now: Timestamp,
    ) -> IdClaims<'a> {
        let client = &self.client.client;
        let lifetime = Duration::from_secs(client.settings.id_token_lifetime_seconds.into());
        IdClaims {
            iss: engine.issuer(),
            sub: grant.user_id.to_string(),
            aud: client.client_id.as_str(),
            exp: now.plus(lifetime).as_seconds(),
            iat: now.as_seconds(),
            auth_time: grant.auth_time.as_seconds(),
            nonce: extras.nonce.as_deref(),
            at_hash: half_hash(access_token),
            amr: &grant.amr,
            sid: grant.session_id.map(|it| it.to_string()),
        }
    }
}

/// The left half of the SHA-256 of `token`, which fits every algorithm in use;
/// `at_hash` of [OpenID Connect Core section 3.1.3.6].
///
/// [OpenID Connect Core section 3.1.3.6]: https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken
fn half_hash(token: &str) -> String {
    let hash = digest(&SHA256, token.as_bytes());
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    Base64UrlUnpadded::encode_string(left)
}

fn sign(signer: &Signer, typ: &str, claims: &impl Serialize) -> Result<String, StoreError> {
    signer.sign_json(typ, claims).map_err(|error| {
        tracing::error!(%error, "a token could not be signed");
        StoreError::Corrupt("signing_key.sealed_private")
    })
}

#[cfg(test)]
mod tests {
    use super::half_hash;

    /// The example of `OpenID` Connect Core, appendix A.3.
    #[test]
    fn the_hash_of_the_specification_comes_out() {
        assert_eq!(
            half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
    }
}
