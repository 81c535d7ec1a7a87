//! A client pushes its request before it sends the browser, [RFC 9126].
//!
//! [RFC 9126]: https://www.rfc-editor.org/rfc/rfc9126

use std::{fmt, sync::Arc, time::Duration};

use domain::{
    HandleKind, RegisteredClient, RequestFacts, Timestamp, authorization::AuthorizationRequest,
};
use protocol::{AuthorizationErrorCode, GrantType, Parameters};
use secrecy::SecretString;
use store::{
    StoreError, Tx,
    repo::pushed_requests::{self, PushedRequest},
};

use super::{
    PageRefusal, Refusal, Visitor, hint,
    record::{self, Why},
    request_object,
    source::Origin,
    unverified,
};
use crate::{ClientRefusal, Credentials, DpopRefusal, DpopRequest, Engine};

/// What a `request_uri` of this server begins with; its handle follows.
pub(super) const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// How long a pushed request can be referred to: the browser is sent at once.
const LASTS: Duration = Duration::from_mins(1);
/// As long as a request in an address may be.
const MAX_LEN: usize = 16 * 1024;
/// What proves the client: no part of what it asks for, and never stored.
const PROOFS: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// A request that was pushed.
pub struct Pushed {
    /// What the browser brings instead of the parameters.
    pub request_uri: SecretString,
    /// How many seconds it can do so.
    pub expires_in: u32,
}

/// Why a pushed request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushRefusal {
    /// The client was not authenticated.
    #[error(transparent)]
    Client(#[from] ClientRefusal),
    /// Its redirect URI is not the client's.
    #[error(transparent)]
    Untrusted(#[from] PageRefusal),
    /// It could not be answered with a code.
    #[error(transparent)]
    Request(#[from] Refusal),
    /// The proof of possession was refused.
    #[error(transparent)]
    Dpop(#[from] DpopRefusal),
    /// It names another key as `dpop_jkt` than the one that it proves to hold.
    #[error("dpop_jkt names another key than the proof")]
    OtherKey,
    /// It refers to another pushed request.
    #[error("the pushed request has a request_uri")]
    RequestUri,
    /// It is longer than a request may be, or has more parameters.
    #[error("the pushed request is longer than 16 KiB, or has too many parameters")]
    TooLong,
    /// Too many requests of public clients are kept that came from the same address.
    #[error("too many requests came from this address")]
    TooMany {
        /// When the next is kept.
        retry_after_seconds: u32,
    },
}

impl PushRefusal {
    /// The code the client is told of its request, [RFC 9126 section 2.3]; what proves the client and
    /// its key has codes of its own.
    ///
    /// [RFC 9126 section 2.3]: https://www.rfc-editor.org/rfc/rfc9126#section-2.3
    #[must_use]
    pub const fn code(self) -> AuthorizationErrorCode {
        match self {
            Self::Untrusted(refusal) => refusal.code(),
            Self::Request(refusal) => refusal.code(),
            Self::Client(_)
            | Self::Dpop(_)
            | Self::OtherKey
            | Self::RequestUri
            | Self::TooLong
            | Self::TooMany { .. } => AuthorizationErrorCode::InvalidRequest,
        }
    }

    /// What to change.
    #[must_use]
    pub fn description(self) -> String {
        match self {
            Self::Client(refusal) => refusal.description().to_owned(),
            Self::Dpop(refusal) => refusal.description().to_owned(),
            Self::OtherKey => {
                "Send as dpop_jkt the thumbprint of the proof's key, or leave it out.".to_owned()
            }
            Self::Untrusted(refusal) => refusal.advice().to_owned(),
            Self::Request(refusal) => refusal.description(),
            Self::RequestUri => "Send the parameters themselves, without request_uri.".to_owned(),
            Self::TooLong => "Send at most 100 parameters, and 16 KiB of them.".to_owned(),
            Self::TooMany { .. } => "Too many requests came from this address. Wait.".to_owned(),
        }
    }
}

/// Keeps the authorization request that the body of `credentials` is.
///
/// All that can be told without a person is checked now, as `/authorize` would.
///
/// # Errors
///
/// When the database fails.
pub async fn push(
    engine: &Engine,
    credentials: &Credentials<'_>,
    dpop: &DpopRequest<'_>,
    facts: &RequestFacts,
) -> Result<Result<Pushed, PushRefusal>, StoreError> {
    let now = engine.now();
    let client = match engine.authenticate(credentials, facts, now).await? {
        Ok(client) => client,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let sent = parameters_of(&client, credentials.parameters);
    let parameters = match check(engine, &client, &sent, now).await? {
        Ok(parameters) => parameters,
        Err(refusal) => {
            let visitor = Visitor { signed_in: None, browser: String::new(), facts: facts.clone() };
            let why = Why {
                reason: refusal.to_string(),
                code: refusal.code(),
                redirect_uri: sent.get("redirect_uri"),
            };
            record::refused(engine, &client, &visitor, &why, now);
            return Ok(Err(refusal));
        }
    };
    // Anyone can push for a client that proves nothing.
    let is_proven = client.client.is_confidential();
    if let (false, Err(retry_after_seconds)) = (is_proven, engine.limits.may_wait(facts)) {
        return Ok(Err(PushRefusal::TooMany { retry_after_seconds }));
    }
    let parameters = match bind(engine, &client, parameters, dpop, now).await? {
        Ok(parameters) => parameters,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if !parameters.can_be_read_back() {
        return Ok(Err(PushRefusal::TooLong));
    }
    let parts = &engine.parts;
    let entropy = &*parts.entropy;
    let (handle, digest) = parts.handles.issue(HandleKind::PushedRequest, entropy);
    let request = PushedRequest {
        client_id: client.client.id,
        parameters,
        created_at: now,
        expires_at: now.plus(LASTS),
    };
    let kept = async |tx: &Tx| pushed_requests::insert(tx, &digest, &request, entropy).await;
    parts.store.write(kept).await?;
    Ok(Ok(Pushed {
        request_uri: format!("{PREFIX}{}", handle.expose()).into(),
        expires_in: u32::try_from(LASTS.as_secs()).unwrap_or(u32::MAX),
    }))
}

/// What was pushed without what proves the client, which is named in any case.
fn parameters_of(client: &RegisteredClient, sent: &Parameters) -> Parameters {
    let client_id = client.client.client_id.as_str().to_owned();
    let mut parameters = Parameters::from_pairs(vec![("client_id".to_owned(), client_id)]);
    parameters.append(sent.without(&PROOFS).without(&["client_id"]));
    parameters
}

/// Binds the code to come to the key that the request proves to hold, [RFC 9449 section 10.1].
///
/// [RFC 9449 section 10.1]: https://www.rfc-editor.org/rfc/rfc9449#section-10.1
async fn bind(
    engine: &Engine,
    client: &RegisteredClient,
    mut parameters: Parameters,
    dpop: &DpopRequest<'_>,
    now: Timestamp,
) -> Result<Result<Parameters, PushRefusal>, StoreError> {
    let key = match engine.prove_key(client, dpop, now).await? {
        Ok(Some(key)) => key,
        Ok(None) => return Ok(Ok(parameters)),
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    match parameters.get("dpop_jkt") {
        Some(named) if named != key.as_str() => return Ok(Err(PushRefusal::OtherKey)),
        Some(_) => {}
        None => {
            let proven = ("dpop_jkt".to_owned(), key.as_str().to_owned());
            // One that was sent empty counts as none, and must not be there twice.
            parameters = parameters.without(&["dpop_jkt"]);
            parameters.append(Parameters::from_pairs(vec![proven]));
        }
    }
    Ok(Ok(parameters))
}

/// The parameters that count of what was sent, once all is checked that can be told now.
async fn check(
    engine: &Engine,
    client: &Arc<RegisteredClient>,
    sent: &Parameters,
    now: Timestamp,
) -> Result<Result<Parameters, PushRefusal>, StoreError> {
    if sent.get("request_uri").is_some() {
        return Ok(Err(PushRefusal::RequestUri));
    }
    if sent.encode().len() > MAX_LEN {
        return Ok(Err(PushRefusal::TooLong));
    }
    let (origin, parameters) = match request_object::read(engine, &client.client, sent, now).await {
        Ok(Some(signed)) => (Origin::Signed, signed),
        Ok(None) => (Origin::Plain, sent.clone()),
        Err(fault) => return Ok(Err(PageRefusal::from(fault).into())),
    };
    let verified = match unverified::verify(Arc::clone(client), &parameters, origin) {
        Ok(verified) => verified,
        Err(stopped) => return Ok(Err(stopped.refusal.into())),
    };
    if let Err(refusal @ Refusal::SignatureRequired) = verified.check_origin() {
        return Ok(Err(refusal.into()));
    }
    let catalogue = engine.catalogue(now).await?;
    let is_on = engine.switches(now).await?.is_on(GrantType::AuthorizationCode);
    if let Err(refusal) = verified.check(&catalogue, is_on, None, now) {
        return Ok(Err(refusal.into()));
    }
    if let Err(refusal) = hint::read(engine, &verified, now).await? {
        return Ok(Err(refusal.into()));
    }
    Ok(Ok(parameters))
}

/// Spends what `request` was read from, if that was pushed; says whether nothing else did.
pub(super) async fn spend(
    tx: &Tx,
    request: &AuthorizationRequest,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match &request.pushed {
        Some(digest) => pushed_requests::spend(tx, digest, now).await,
        None => Ok(true),
    }
}

impl fmt::Debug for Pushed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pushed").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}
