//! How a client is answered: where, by what, and signed or not.

use std::{sync::Arc, time::Duration};

use domain::{IdTokenAlg, RegisteredClient, Timestamp};
use jose::Algorithm;
use protocol::ResponseMode;
use serde_json::{Map, Value};
use store::StoreError;

use super::{AuthorizationResponse, Refusal, TrustedRedirectUri};
use crate::Engine;

/// How long a signed answer counts: the most that [JARM section 2.1] recommends.
///
/// [JARM section 2.1]: https://openid.net/specs/oauth-v2-jarm.html#name-jwt-based-response-mode
const LASTS: Duration = Duration::from_mins(10);

/// Where and how a client is answered.
#[derive(Clone)]
pub(super) struct Channel {
    pub(super) client: Arc<RegisteredClient>,
    pub(super) redirect_uri: TrustedRedirectUri,
    pub(super) mode: ResponseMode,
    /// What the client gets back unchanged.
    pub(super) state: Option<String>,
}

impl Channel {
    /// Hands over a code, [RFC 6749 section 4.1.2].
    ///
    /// [RFC 6749 section 4.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
    pub(super) async fn code(
        &self,
        engine: &Engine,
        code: &str,
        now: Timestamp,
    ) -> Result<AuthorizationResponse, StoreError> {
        self.answer(engine, vec![("code", code.to_owned())], now).await
    }

    /// Tells an error, [RFC 6749 section 4.1.2.1].
    ///
    /// [RFC 6749 section 4.1.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
    pub(super) async fn error(
        &self,
        engine: &Engine,
        refusal: Refusal,
        now: Timestamp,
    ) -> Result<AuthorizationResponse, StoreError> {
        let code = refusal.code().as_str().to_owned();
        let parameters = vec![("error", code), ("error_description", refusal.description())];
        self.answer(engine, parameters, now).await
    }

    /// The parameters with `state` and, [RFC 9207 section 2], `iss`; or the one signed parameter
    /// that holds them.
    ///
    /// [RFC 9207 section 2]: https://www.rfc-editor.org/rfc/rfc9207#section-2
    async fn answer(
        &self,
        engine: &Engine,
        mut parameters: Vec<(&'static str, String)>,
        now: Timestamp,
    ) -> Result<AuthorizationResponse, StoreError> {
        parameters.extend(self.state.clone().map(|it| ("state", it)));
        parameters.push(("iss", engine.issuer().to_owned()));
        if self.mode.is_jwt {
            parameters = vec![("response", self.sign(engine, parameters, now).await?)];
        }
        let redirect_uri = self.redirect_uri.clone();
        Ok(AuthorizationResponse::new(redirect_uri, self.mode.carrier, parameters))
    }

    /// The answer as a JWT for this client, [JARM section 2.1].
    ///
    /// [JARM section 2.1]: https://openid.net/specs/oauth-v2-jarm.html#name-jwt-based-response-mode
    async fn sign(
        &self,
        engine: &Engine,
        parameters: Vec<(&'static str, String)>,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let client = &self.client.client;
        let named = parameters.into_iter().map(|(name, it)| (name.to_owned(), it.into()));
        let mut claims: Map<String, Value> = named.collect();
        claims.insert("aud".to_owned(), client.client_id.as_str().into());
        claims.insert("exp".to_owned(), now.plus(LASTS).as_seconds().into());
        // Taken from the client meanwhile, the algorithm is that of clients that chose none.
        let chosen = client.settings.authorization_signed_response_alg;
        let algorithm = match chosen.unwrap_or(IdTokenAlg::Es256) {
            IdTokenAlg::Es256 => Algorithm::Es256,
            IdTokenAlg::Rs256 => Algorithm::Rs256,
        };
        let ring = engine.key_ring(now).await?;
        ring.signer(algorithm)?.sign_json("JWT", &claims).map_err(|error| {
            tracing::error!(%error, "an authorization response could not be signed");
            StoreError::Corrupt("signing_key.sealed_private")
        })
    }
}
