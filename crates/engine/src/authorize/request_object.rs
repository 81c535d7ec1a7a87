//! Requests that their client signed, [RFC 9101]: by value, in `request`.
//!
//! [RFC 9101]: https://www.rfc-editor.org/rfc/rfc9101

use std::time::Duration;

use domain::{Client, Timestamp};
use jose::{Claims, Unverified, VerifyError};
use protocol::Parameters;
use serde_json::Value;

use crate::{ClientKeyRefusal, Engine};

/// What a request object may say it is; most of `OpenID` Connect say nothing or `JWT`.
const TYPES: [&str; 2] = ["oauth-authz-req+jwt", "JWT"];
/// The claims that are about the JWT, not of the request.
const OF_THE_JWT: [&str; 6] = ["iss", "aud", "exp", "nbf", "iat", "jti"];
/// How far ahead the clock of a client may be.
const SKEW: Duration = Duration::from_secs(10);

/// Why a request object was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestObjectFault {
    /// More than one, or one beside a `request_uri`.
    #[error("there is more than one request object")]
    Several,
    /// It is not a JWT, or one of another type.
    #[error("the request object cannot be read: {0}")]
    Malformed(VerifyError),
    /// No key of the client signed it.
    #[error("the request object is not signed by the client: {0}")]
    Unsigned(ClientKeyRefusal),
    /// `iss`, or a `client_id` in it, is not the client; or it is about the client itself, so
    /// that it could pass for a proof of the client.
    #[error("the request object is not from the client that sends it")]
    Client,
    /// `aud` is not this server.
    #[error("the request object is not for this server")]
    Audience,
    /// It is over, or begins in the future.
    #[error("the request object does not count now")]
    Time,
    /// It holds what is no parameter, or another request object.
    #[error("the request object holds what is no parameter of a request")]
    Content,
}

impl RequestObjectFault {
    /// What to change.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Several => "Send request once, and no request_uri beside it.",
            Self::Malformed(_) => {
                "Send as request a signed JWT in compact form, of type oauth-authz-req+jwt or JWT."
            }
            Self::Unsigned(_) => {
                "Sign the request object with a key that is registered, and with the algorithm that is registered as request_object_signing_alg."
            }
            Self::Client => {
                "Send the client ID as iss of the request object, as client_id in it and beside it, and no sub."
            }
            Self::Audience => "Send the issuer as aud of the request object.",
            Self::Time => "Sign a new request object for each request, and check the clock.",
            Self::Content => {
                "Send the parameters of the request as claims, without request and request_uri."
            }
        }
    }
}

/// The parameters that the request object of `sent` holds; `None` when there is none, or the
/// client has no keys to check it with.
///
/// Those beside it do not count, [RFC 9101 section 6.3].
///
/// [RFC 9101 section 6.3]: https://www.rfc-editor.org/rfc/rfc9101#section-6.3
pub(super) async fn read(
    engine: &Engine,
    client: &Client,
    sent: &Parameters,
    now: Timestamp,
) -> Result<Option<Parameters>, RequestObjectFault> {
    let Some(object) = sent.get("request").filter(|_| client.settings.keys.is_some()) else {
        return Ok(None);
    };
    if sent.is_repeated("request") || sent.get("request_uri").is_some() {
        return Err(RequestObjectFault::Several);
    }
    let object = Unverified::read(object, &TYPES).map_err(RequestObjectFault::Malformed)?;
    let registered = client.settings.request_object_signing_alg;
    let signed = engine.check_signed_by(client, &object, registered, now).await;
    signed.map_err(RequestObjectFault::Unsigned)?;
    check(object.claims(), (client.client_id.as_str(), engine.issuer()), now)?;
    let parameters = parameters(client.client_id.as_str(), object.claims());
    parameters.map(Some).ok_or(RequestObjectFault::Content)
}

/// Checks who it is from, who it is for, and when, [RFC 9101 section 10.8] among others.
///
/// [RFC 9101 section 10.8]: https://www.rfc-editor.org/rfc/rfc9101#section-10.8
fn check(
    claims: &Claims,
    (client_id, issuer): (&str, &str),
    now: Timestamp,
) -> Result<(), RequestObjectFault> {
    let is_theirs = claims.text("iss") == Ok(Some(client_id))
        && matches!(claims.text("client_id"), Ok(named) if named.is_none_or(|it| it == client_id))
        && claims.text("sub") == Ok(None);
    if !is_theirs {
        return Err(RequestObjectFault::Client);
    }
    let audience = claims.texts("aud").ok().flatten();
    if !audience.is_some_and(|it| it.contains(&issuer)) {
        return Err(RequestObjectFault::Audience);
    }
    let moment = |name| claims.seconds(name).map_err(|_reason| RequestObjectFault::Time);
    let is_over = moment("exp")?.is_some_and(|it| it <= now.as_seconds());
    let soon = now.plus(SKEW).as_seconds();
    let is_ahead = moment("nbf")?.max(moment("iat")?).is_some_and(|it| it > soon);
    if is_over || is_ahead { Err(RequestObjectFault::Time) } else { Ok(()) }
}

/// The claims as parameters; `None` when one cannot be.
fn parameters(client_id: &str, claims: &Claims) -> Option<Parameters> {
    let mut pairs = vec![("client_id".to_owned(), client_id.to_owned())];
    for (name, value) in claims.iter() {
        if OF_THE_JWT.contains(&name) || name == "client_id" {
            continue;
        }
        if ["request", "request_uri"].contains(&name) {
            return None;
        }
        let values = match (name, value) {
            ("resource", Value::Array(many)) => many.iter().map(text).collect(),
            (_, one) => vec![text(one)],
        };
        for value in values {
            pairs.push((name.to_owned(), value?));
        }
    }
    let is_text = |text: &String| !text.contains('\0');
    let are_text = pairs.iter().all(|(name, value)| is_text(name) && is_text(value));
    are_text.then(|| Parameters::from_pairs(pairs))
}

/// A claim as the parameter is written: what is JSON there is JSON here.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(value.to_string())
        }
    }
}
