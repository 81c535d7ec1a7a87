//! Who calls the API: the holder of an API key or of an access token. Cookies say nothing here.

use std::{future::Future, pin::Pin};

use actix_web::{
    HttpRequest,
    http::header::{AUTHORIZATION, HeaderMap},
    web::Data,
};
use domain::{HandleKind, Id, RequestFacts, User};
use protocol::Scope;
use service::{
    Call, Service,
    api_keys::{self, TokenCaller},
};
use web::request_facts;

use crate::{
    gate,
    problem::{ApiProblem, Extra, Kind},
};

/// What checks access tokens for the API; the composition root hands it in as
/// `Data<dyn AccessTokens>`, as this crate does not know the engine.
pub trait AccessTokens: Send + Sync {
    /// What `token` says, if it is a live access token for the audience `{public_url}/api`.
    ///
    /// Signature, expiry, audience and revocation are asked here. That its client and
    /// user still count is asked again by `service`, with the permissions.
    fn verify<'a>(&'a self, token: &'a str) -> Verifying<'a>;
}

/// What [`AccessTokens::verify`] gives: a token that counts, or none.
pub type Verifying<'a> =
    Pin<Box<dyn Future<Output = Result<Option<VerifiedToken>, Unavailable>> + 'a>>;

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

/// The challenge to a request without credentials, [RFC 6750 section 3].
///
/// [RFC 6750 section 3]: https://www.rfc-editor.org/rfc/rfc6750#section-3
const CHALLENGE: &str = "Bearer realm=\"management-api\"";
/// The challenge to a request whose credentials do not work.
const REFUSED: &str = "Bearer realm=\"management-api\", error=\"invalid_token\"";

/// Finds out who sends `request`.
pub(crate) async fn authenticate(request: &HttpRequest) -> Result<Call, ApiProblem> {
    let token = bearer(request.headers())?;
    let service = gate::service(request)?;
    let facts = request_facts(request);
    let call = if is_api_key(token) {
        api_keys::authenticate(&service, token, facts).await?
    } else {
        of_access_token(request, &service, token, facts).await?
    };
    call.ok_or_else(|| {
        refused(REFUSED, "The API key or access token does not work: it is wrong, expired, revoked or for another audience.")
    })
}

async fn of_access_token(
    request: &HttpRequest,
    service: &Service,
    token: &str,
    facts: RequestFacts,
) -> Result<Option<Call>, ApiProblem> {
    let Some(tokens) = request.app_data::<Data<dyn AccessTokens>>() else { return Ok(None) };
    let verified = tokens.verify(token).await.map_err(|reason| {
        tracing::error!(error = %reason, "a caller could not be authenticated");
        ApiProblem::new(Kind::Unavailable, "Access tokens cannot be checked now.")
            .with_extra(Extra::RetryAfter(5))
    })?;
    let Some(VerifiedToken { client_id, user_id, scope }) = verified else { return Ok(None) };
    let caller = TokenCaller { client_id, user_id, scope };
    Ok(api_keys::call_of_token(service, caller, facts).await?)
}

fn is_api_key(token: &str) -> bool {
    token.strip_prefix("cs_").is_some_and(|rest| {
        rest.strip_prefix(HandleKind::ApiKey.prefix()).is_some_and(|rest| rest.starts_with('_'))
    })
}

/// The one bearer token of the request.
fn bearer(headers: &HeaderMap) -> Result<&str, ApiProblem> {
    let mut values = headers.get_all(AUTHORIZATION);
    let Some(value) = values.next() else {
        return Err(refused(
            CHALLENGE,
            "Send an API key or an access token as Authorization: Bearer. Cookies do not count here.",
        ));
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|it| it.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty());
    match (token, values.next()) {
        (Some(token), None) => Ok(token),
        (_, Some(_)) => Err(refused(CHALLENGE, "Send one Authorization header.")),
        (None, None) => Err(refused(
            CHALLENGE,
            "The Authorization header must be the word Bearer, a blank, and an API key or access token.",
        )),
    }
}

fn refused(challenge: &'static str, detail: &str) -> ApiProblem {
    ApiProblem::new(Kind::Unauthorized, detail).with_extra(Extra::Challenge(challenge))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn read(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        bearer(&headers).ok().map(ToOwned::to_owned)
    }

    #[test]
    fn one_bearer_token_is_read() {
        assert_eq!(read(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(read(&["bearer  abc "]).as_deref(), Some("abc"));
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
