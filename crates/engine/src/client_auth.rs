//! Client authentication, [RFC 6749 section 2.3]: the registered method alone.
//!
//! [RFC 6749 section 2.3]: https://www.rfc-editor.org/rfc/rfc6749#section-2.3

mod assertion;
mod basic;

use std::sync::Arc;

use domain::{Environment, HandleKind, RegisteredClient, RequestFacts, Timestamp, audit::Action};
use jose::Unverified;
use protocol::{ClientAuthMethod, ClientId, Parameters, TokenErrorCode};
use store::StoreError;
use subtle::ConstantTimeEq as _;

use crate::Engine;

pub use assertion::AssertionRefusal;

/// The longest identifier that is looked up; ours are far shorter.
const MAX_CLIENT_ID_LEN: usize = 256;

/// Where a request may carry proof of its client.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The parameters of the body.
    pub parameters: &'a Parameters,
}

/// Why a client was not authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientRefusal {
    /// The request names no client.
    #[error("the request names no client")]
    Missing,
    /// The request proves its client in two ways.
    #[error("the client authenticates in two ways at once")]
    SeveralMethods,
    /// The proof and the body name different clients.
    #[error("the proof and the body name different clients")]
    DifferentIds,
    /// The `Authorization` header is not one of HTTP Basic.
    #[error("the Authorization header is not well-formed HTTP Basic")]
    MalformedHeader,
    /// No client has this identifier.
    #[error("no client has this identifier")]
    UnknownClient,
    /// The application is disabled or deleted.
    #[error("the application is disabled or deleted")]
    Inactive,
    /// The client is registered for another method.
    #[error("the client is registered for another authentication method")]
    WrongMethod,
    /// The secret is not one of the client's live ones.
    #[error("the client secret is wrong, expired or revoked")]
    WrongSecret,
    /// The assertion proves nothing.
    #[error(transparent)]
    Assertion(#[from] AssertionRefusal),
    /// Too many proofs of this client failed from the same address; nothing was compared.
    #[error("too many proofs of the client failed from this address")]
    TooManyTries {
        /// When the next proof is looked at.
        retry_after_seconds: u32,
    },
    /// The endpoint is for clients that keep a secret.
    #[error("the client is public and cannot authenticate")]
    Public,
}

impl ClientRefusal {
    /// The code the client is told.
    #[must_use]
    pub const fn code(self) -> TokenErrorCode {
        match self {
            Self::SeveralMethods | Self::DifferentIds => TokenErrorCode::InvalidRequest,
            Self::Missing
            | Self::MalformedHeader
            | Self::UnknownClient
            | Self::Inactive
            | Self::WrongMethod
            | Self::WrongSecret
            | Self::Assertion(_)
            | Self::TooManyTries { .. }
            | Self::Public => TokenErrorCode::InvalidClient,
        }
    }

    /// The seconds to wait, where waiting is what helps.
    #[must_use]
    pub const fn retry_after_seconds(self) -> Option<u32> {
        match self {
            Self::TooManyTries { retry_after_seconds } => Some(retry_after_seconds),
            Self::Missing
            | Self::SeveralMethods
            | Self::DifferentIds
            | Self::MalformedHeader
            | Self::UnknownClient
            | Self::Inactive
            | Self::WrongMethod
            | Self::WrongSecret
            | Self::Assertion(_)
            | Self::Public => None,
        }
    }

    /// What to change; the same for all that could tell clients or secrets apart.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::SeveralMethods => "Authenticate the client in one way only.",
            Self::DifferentIds => {
                "Name the same client in the Authorization header or the assertion and the body."
            }
            Self::Assertion(refusal) => refusal.description(),
            Self::Missing => "Authenticate the client; the request names none.",
            Self::MalformedHeader => {
                "Send the Authorization header as Basic, with the form-encoded client_id and \
                 client_secret."
            }
            Self::TooManyTries { .. } => {
                "Client authentication failed too often from this address. Try again after the \
                 seconds in Retry-After."
            }
            Self::UnknownClient
            | Self::Inactive
            | Self::WrongMethod
            | Self::WrongSecret
            | Self::Public => {
                "Client authentication failed. Check the client_id, the secret and the \
                 authentication method the client is registered for."
            }
        }
    }
}

/// What a request brings as proof.
#[derive(Debug)]
struct Proof<'a> {
    client_id: String,
    method: ClientAuthMethod,
    secret: Option<String>,
    assertion: Option<Unverified<'a>>,
}

impl<'a> Proof<'a> {
    const fn of_secret(
        client_id: String,
        method: ClientAuthMethod,
        secret: Option<String>,
    ) -> Self {
        Self { client_id, method, secret, assertion: None }
    }

    const fn of_assertion(client_id: String, assertion: Unverified<'a>) -> Self {
        let method = ClientAuthMethod::PrivateKeyJwt;
        Self { client_id, method, secret: None, assertion: Some(assertion) }
    }
}

impl Engine {
    /// The client that `credentials` prove, by the method it is registered for.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn authenticate(
        &self,
        credentials: &Credentials<'_>,
        facts: &RequestFacts,
        now: Timestamp,
    ) -> Result<Result<Arc<RegisteredClient>, ClientRefusal>, StoreError> {
        let proof = match read(credentials) {
            Ok(proof) => proof,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Err(retry_after_seconds) = self.limits.may_prove(&proof.client_id, facts) {
            return Ok(Err(ClientRefusal::TooManyTries { retry_after_seconds }));
        }
        let client = match ClientId::try_from(proof.client_id.clone()) {
            Ok(id) if id.as_str().len() <= MAX_CLIENT_ID_LEN => self.client(&id, now).await?,
            Ok(_) | Err(_) => None,
        };
        let Some(client) = client else {
            self.compare_in_vain(&proof);
            self.limits.proof_failed(&proof.client_id, facts);
            return Ok(Err(ClientRefusal::UnknownClient));
        };
        let checked = match (self.check(&client, &proof, facts, now), &proof.assertion) {
            (Ok(()), Some(assertion)) => {
                // Boxed: the future of the many that send a secret stays small.
                let checked = Box::pin(self.check_assertion(&client.client, assertion, now)).await;
                checked?.map_err(ClientRefusal::Assertion)
            }
            (checked, _) => checked,
        };
        if let Err(refusal) = checked {
            self.limits.proof_failed(&proof.client_id, facts);
            self.note_unproven(&client, Action::TokenRefused, now, || {
                let reason = (refusal.to_string(), facts);
                self.refused_event(Action::TokenRefused, &client, reason, now)
            });
            return Ok(Err(refusal));
        }
        Ok(Ok(client))
    }

    /// Like [`Engine::authenticate`], for endpoints that public clients have no use of.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn authenticate_confidential(
        &self,
        credentials: &Credentials<'_>,
        facts: &RequestFacts,
        now: Timestamp,
    ) -> Result<Result<Arc<RegisteredClient>, ClientRefusal>, StoreError> {
        let authenticated = self.authenticate(credentials, facts, now).await?;
        Ok(authenticated.and_then(|client| {
            if client.client.is_confidential() { Ok(client) } else { Err(ClientRefusal::Public) }
        }))
    }

    fn check(
        &self,
        client: &RegisteredClient,
        proof: &Proof<'_>,
        facts: &RequestFacts,
        now: Timestamp,
    ) -> Result<(), ClientRefusal> {
        // The secret is compared first, so that the time taken says nothing of the rest.
        let secret = proof.secret.as_deref().unwrap_or_default();
        let digest = self.parts.handles.digest(secret_kind(client.client.environment), secret);
        let presented = digest.map_or([0; 32], |it| *it.as_bytes());
        let mut matching = None;
        for known in &client.client.secrets {
            let same: bool = known.digest.as_bytes().ct_eq(&presented).into();
            if same && known.is_live(now) {
                matching = Some(known.id);
            }
        }
        if client.client.settings.token_endpoint_auth_method != proof.method {
            return Err(ClientRefusal::WrongMethod);
        }
        if proof.method.needs_secret() {
            let id = matching.ok_or(ClientRefusal::WrongSecret)?;
            self.usage.secret_used(id, facts.address, now);
        }
        if client.is_active { Ok(()) } else { Err(ClientRefusal::Inactive) }
    }

    /// Does for an unknown client what [`Engine::check`] does for a known one.
    fn compare_in_vain(&self, proof: &Proof<'_>) {
        let secret = proof.secret.as_deref().unwrap_or_default();
        let digest = self.parts.handles.digest(HandleKind::ProductionSecret, secret);
        let presented = digest.map_or([0; 32], |it| *it.as_bytes());
        let same: bool = [1; 32].ct_eq(&presented).into();
        std::hint::black_box(same);
    }
}

/// The kind of a client's secrets.
const fn secret_kind(environment: Environment) -> HandleKind {
    match environment {
        Environment::Production => HandleKind::ProductionSecret,
        Environment::Sandbox => HandleKind::SandboxSecret,
    }
}

fn read<'a>(credentials: &Credentials<'a>) -> Result<Proof<'a>, ClientRefusal> {
    let body_id = credentials.parameters.get("client_id");
    let body_secret = credentials.parameters.get("client_secret");
    let assertion = credentials.parameters.get("client_assertion").is_some()
        || credentials.parameters.get("client_assertion_type").is_some();
    let ways = [credentials.authorization.is_some(), body_secret.is_some(), assertion];
    if ways.into_iter().filter(|used| *used).count() > 1 {
        return Err(ClientRefusal::SeveralMethods);
    }
    if let Some(proof) = assertion::read(credentials.parameters)? {
        return same_client(proof, body_id);
    }
    if let Some(header) = credentials.authorization {
        let (client_id, secret) = basic::parse(header)?;
        let method = ClientAuthMethod::ClientSecretBasic;
        return same_client(Proof::of_secret(client_id, method, Some(secret)), body_id);
    }
    let client_id = body_id.ok_or(ClientRefusal::Missing)?.to_owned();
    let method = match body_secret {
        Some(_) => ClientAuthMethod::ClientSecretPost,
        None => ClientAuthMethod::None,
    };
    Ok(Proof::of_secret(client_id, method, body_secret.map(str::to_owned)))
}

/// The proof, unless the body names another client than it does.
fn same_client<'a>(proof: Proof<'a>, body_id: Option<&str>) -> Result<Proof<'a>, ClientRefusal> {
    if body_id.is_some_and(|it| it != proof.client_id) {
        return Err(ClientRefusal::DifferentIds);
    }
    Ok(proof)
}

#[cfg(test)]
mod tests;
