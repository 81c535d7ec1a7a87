//! Who calls the API: the holder of an API key or of an access token. Cookies say nothing here.

use std::{future::Future, pin::Pin};

use actix_web::{
    HttpRequest,
    http::header::{AUTHORIZATION, HeaderMap},
    web::Data,
};
use domain::{HandleKind, Id, RequestFacts, User};
use protocol::{Scope, TokenScheme, challenge};
use service::{
    Call, Service,
    api_keys::{self, TokenCaller},
};
use web::{dpop_proof, request_facts};

use crate::{
    gate,
    problem::{ApiProblem, Extra, Kind},
};

/// What checks access tokens for the API; the composition root hands it in as
/// `Data<dyn AccessTokens>`, as this crate does not know the engine.
pub trait AccessTokens: Send + Sync {
    /// What `token` says, if it is a live access token for the audience `{public_url}/api`.
    ///
    /// Signature, expiry, audience, revocation and the proof of the key that it is bound to are
    /// asked here. That its client and user still count is asked again by `service`, with the
    /// permissions.
    fn verify<'a>(&'a self, token: &'a SentToken<'a>) -> Verifying<'a>;
}

/// An access token, and what the request that carries it shows of its key.
#[derive(Debug, Clone, Copy)]
pub struct SentToken<'a> {
    /// The token.
    pub text: &'a str,
    /// The scheme that it came by.
    pub scheme: TokenScheme,
    /// The method of the request.
    pub method: &'a str,
    /// The path of the request.
    pub path: &'a str,
    /// The proof that came with it.
    pub proof: Option<&'a str>,
}

/// What [`AccessTokens::verify`] gives: a token that counts, or why it does not.
pub type Verifying<'a> =
    Pin<Box<dyn Future<Output = Result<Result<VerifiedToken, TokenFault>, Unavailable>> + 'a>>;

/// Why an access token opens nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFault {
    /// The registered code.
    pub error: &'static str,
    /// What to change.
    pub description: &'static str,
    /// The nonce that the next proof has to hold, if that is what lacks.
    pub dpop_nonce: Option<String>,
}

/// What a verified access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedToken {
    /// The client that it was issued to, as `client_id`.
    pub client_id: String,
    /// The person whose access it is; none for client credentials.
    pub user_id: Option<Id<User>>,
    /// Its scopes.
    pub scope: Scope,
}

/// A token could not be checked, because something that is needed does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("access tokens cannot be checked now")]
pub struct Unavailable;

/// What is protected, for challenges.
const REALM: &str = "management-api";
/// What is said of credentials that do not work.
const REFUSED: TokenFault = TokenFault {
    error: "invalid_token",
    description: "The API key or access token does not work: it is wrong, expired, revoked or for another audience.",
    dpop_nonce: None,
};

/// Finds out who sends `request`.
pub(crate) async fn authenticate(request: &HttpRequest) -> Result<Call, ApiProblem> {
    let (scheme, token) = credential(request.headers())?;
    let service = gate::service(request)?;
    let facts = request_facts(request);
    let call = if is_api_key(token) {
        match scheme {
            TokenScheme::Bearer => api_keys::authenticate(&service, token, facts).await?,
            // It is bound to no key.
            TokenScheme::Dpop => None,
        }
        .ok_or(REFUSED)
    } else {
        let method = request.method().as_str();
        let proof = dpop_proof(request.headers());
        let sent = SentToken { text: token, scheme, method, path: request.path(), proof };
        of_access_token(request, &service, &sent, facts).await?
    };
    call.map_err(|fault| {
        let TokenFault { error, description, dpop_nonce } = fault;
        let told = challenge(REALM, scheme, &[("error", error)]);
        let extra = Extra::Challenge { challenge: told, dpop_nonce };
        ApiProblem::new(Kind::Unauthorized, description).with_extra(extra)
    })
}

async fn of_access_token(
    request: &HttpRequest,
    service: &Service,
    sent: &SentToken<'_>,
    facts: RequestFacts,
) -> Result<Result<Call, TokenFault>, ApiProblem> {
    let Some(tokens) = request.app_data::<Data<dyn AccessTokens>>() else {
        return Ok(Err(REFUSED));
    };
    let verified = tokens.verify(sent).await.map_err(|reason| {
        tracing::error!(error = %reason, "a caller could not be authenticated");
        ApiProblem::new(Kind::Unavailable, "Access tokens cannot be checked now.")
            .with_extra(Extra::RetryAfter(5))
    })?;
    let caller = match verified {
        Ok(VerifiedToken { client_id, user_id, scope }) => {
            TokenCaller { client_id, user_id, scope }
        }
        Err(fault) => return Ok(Err(fault)),
    };
    Ok(api_keys::call_of_token(service, caller, facts).await?.ok_or(REFUSED))
}

fn is_api_key(token: &str) -> bool {
    token.strip_prefix("cs_").is_some_and(|rest| {
        rest.strip_prefix(HandleKind::ApiKey.prefix()).is_some_and(|rest| rest.starts_with('_'))
    })
}

/// The one credential of the request, and the scheme that it came by.
fn credential(headers: &HeaderMap) -> Result<(TokenScheme, &str), ApiProblem> {
    let mut values = headers.get_all(AUTHORIZATION);
    let Some(value) = values.next() else {
        return Err(missing(
            "Send an API key or an access token as Authorization: Bearer. Cookies do not count here.",
        ));
    };
    let token =
        value.to_str().ok().and_then(TokenScheme::of_header).filter(|(_, token)| !token.is_empty());
    match (token, values.next()) {
        (Some(credential), None) => Ok(credential),
        (_, Some(_)) => Err(missing("Send one Authorization header.")),
        (None, None) => Err(missing(
            "The Authorization header must be the word Bearer, a blank, and an API key or access token.",
        )),
    }
}

/// Nothing that could work was sent, so nothing is said to be wrong with it.
fn missing(detail: &str) -> ApiProblem {
    let challenge = challenge(REALM, TokenScheme::Bearer, &[]);
    let extra = Extra::Challenge { challenge, dpop_nonce: None };
    ApiProblem::new(Kind::Unauthorized, detail).with_extra(extra)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn read(values: &[&str]) -> Option<(TokenScheme, String)> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        credential(&headers).ok().map(|(scheme, token)| (scheme, token.to_owned()))
    }

    #[test]
    fn one_credential_is_read() {
        let abc = |scheme| Some((scheme, "abc".to_owned()));
        assert_eq!(read(&["Bearer abc"]), abc(TokenScheme::Bearer));
        assert_eq!(read(&["bearer  abc "]), abc(TokenScheme::Bearer));
        assert_eq!(read(&["DPoP abc"]), abc(TokenScheme::Dpop));
        for bad in [
            &[][..],
            &["Bearer"],
            &["Bearer "],
            &["Basic abc"],
            &["abc"],
            &["Bearer a", "Bearer b"],
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn api_keys_are_told_by_their_prefix() {
        assert!(is_api_key("cs_api_1x"));
        assert!(!is_api_key("cs_at_1x"));
        assert!(!is_api_key("cs_apix"));
        assert!(!is_api_key("eyJhbGciOiJFUzI1NiJ9"));
    }
}
