//! Assertions that clients sign to prove who they are, [RFC 7523 section 3].
//!
//! [RFC 7523 section 3]: https://www.rfc-editor.org/rfc/rfc7523#section-3

use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use domain::{Client, Timestamp};
use jose::{Claims, Unverified, VerifyError};
use protocol::Parameters;
use store::{StoreError, repo::spent_jwts};

use super::{ClientRefusal, Proof};
use crate::{ClientKeyRefusal, Engine};

/// The `client_assertion_type` of a JWT, [RFC 7523 section 2.2].
///
/// [RFC 7523 section 2.2]: https://www.rfc-editor.org/rfc/rfc7523#section-2.2
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What an assertion may say it is; most say nothing or `JWT`.
const TYPES: [&str; 2] = ["JWT", "client-authentication+jwt"];
/// How far ahead an assertion may end.
const MAX_LIFETIME: Duration = Duration::from_mins(5);
/// How far ahead the clock of a client may be.
const SKEW: Duration = Duration::from_secs(10);
/// The longest `jti`.
const MAX_JTI_LEN: usize = 255;
/// The endpoints that clients of old libraries name as audience.
const ENDPOINTS: [&str; 5] = ["/token", "/introspect", "/revoke", "/par", "/device_authorization"];

/// Why an assertion proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssertionRefusal {
    /// One of the two parameters is missing, or the type is another.
    #[error("the client assertion is not one of type jwt-bearer")]
    Type,
    /// It is not a JWT, or not one that is meant as an assertion.
    #[error("the client assertion cannot be read: {0}")]
    Malformed(VerifyError),
    /// It does not say whose it is.
    #[error("the client assertion has no sub")]
    NoSubject,
    /// No key of the client signed it.
    #[error("the client assertion is not signed by the client: {0}")]
    Unsigned(ClientKeyRefusal),
    /// `iss` is not the client.
    #[error("the iss of the client assertion is not the client")]
    Issuer,
    /// `aud` is not this server.
    #[error("the aud of the client assertion is not the issuer")]
    Audience,
    /// `exp` is missing, over or too far ahead.
    #[error("the exp of the client assertion is missing, over or too far ahead")]
    Expiry,
    /// `nbf` or `iat` is ahead or malformed.
    #[error("the nbf or iat of the client assertion is ahead of the clock")]
    NotYet,
    /// `jti` is missing or too long.
    #[error("the client assertion has no usable jti")]
    NoJti,
    /// The assertion was used before.
    #[error("the client assertion was used before")]
    Replayed,
}

impl AssertionRefusal {
    /// What to change. What a stranger can bring about is told alike; whoever holds the
    /// client's key learns what is wrong.
    pub(super) const fn description(self) -> &'static str {
        match self {
            Self::Type => {
                "Send client_assertion together with client_assertion_type \
                 urn:ietf:params:oauth:client-assertion-type:jwt-bearer."
            }
            Self::Malformed(_) => {
                "Send as client_assertion a signed JWT in compact form, of type JWT or \
                 client-authentication+jwt and without critical extensions."
            }
            Self::NoSubject => "Send the client_id as iss and sub of the client assertion.",
            Self::Unsigned(_) => {
                "Client authentication failed. Check the client_id, the key and algorithm the \
                 client assertion is signed with, and the authentication method the client is \
                 registered for."
            }
            Self::Issuer => "Send the client_id as iss of the client assertion, as in sub.",
            Self::Audience => "Send the issuer, as one string, as aud of the client assertion.",
            Self::Expiry => {
                "Send as exp of the client assertion a number of seconds at most five minutes \
                 ahead. Check the clock."
            }
            Self::NotYet => "The client assertion begins in the future. Check the clock.",
            Self::NoJti => "Send as jti of the client assertion 1 to 255 bytes of text.",
            Self::Replayed => "Make a new client assertion, with a new jti, for each request.",
        }
    }
}

/// What makes an assertion one that counts once.
struct Once<'a> {
    jti: &'a str,
    expires_at: Timestamp,
}

/// Reads the assertion of a request; `None` when it brings none.
pub(super) fn read(parameters: &Parameters) -> Result<Option<Proof<'_>>, ClientRefusal> {
    let (assertion, kind) =
        (parameters.get("client_assertion"), parameters.get("client_assertion_type"));
    let assertion = match (assertion, kind) {
        (None, None) => return Ok(None),
        (Some(assertion), Some(JWT_BEARER)) => assertion,
        (Some(_) | None, Some(_) | None) => return Err(AssertionRefusal::Type.into()),
    };
    let assertion = Unverified::read(assertion, &TYPES).map_err(AssertionRefusal::Malformed)?;
    let subject = assertion.claims().required_text("sub");
    let client_id = subject.map_err(|_reason| AssertionRefusal::NoSubject)?.to_owned();
    Ok(Some(Proof::of_assertion(client_id, assertion)))
}

impl Engine {
    /// Checks that `client` made `assertion` for this server, and spends it.
    pub(super) async fn check_assertion(
        &self,
        client: &Client,
        assertion: &Unverified<'_>,
        now: Timestamp,
    ) -> Result<Result<(), AssertionRefusal>, StoreError> {
        let registered = client.settings.token_endpoint_auth_signing_alg;
        if let Err(refusal) = self.check_signed_by(client, assertion, registered, now).await {
            return Ok(Err(AssertionRefusal::Unsigned(refusal)));
        }
        let once = match check_claims(assertion.claims(), client, self.issuer(), now) {
            Ok(once) => once,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut name = Context::new(&SHA256);
        name.update(b"client assertion");
        name.update(client.id.as_uuid().as_bytes());
        name.update(once.jti.as_bytes());
        let name = name.finish().as_ref().try_into().unwrap_or_default();
        let first = spent_jwts::spend(&self.parts.store, name, once.expires_at).await?;
        Ok(if first { Ok(()) } else { Err(AssertionRefusal::Replayed) })
    }
}

fn check_claims<'a>(
    claims: &'a Claims,
    client: &Client,
    issuer: &str,
    now: Timestamp,
) -> Result<Once<'a>, AssertionRefusal> {
    // Whose it is was told by `sub`.
    if claims.text("iss") != Ok(Some(client.client_id.as_str())) {
        return Err(AssertionRefusal::Issuer);
    }
    if !is_for(claims, issuer, client.settings.accept_endpoint_audience) {
        return Err(AssertionRefusal::Audience);
    }
    let limit = now.plus(MAX_LIFETIME).plus(SKEW);
    let exp = claims.required_seconds("exp").map_err(|_reason| AssertionRefusal::Expiry)?;
    let expires_at = moment(exp);
    if expires_at <= now || expires_at > limit {
        return Err(AssertionRefusal::Expiry);
    }
    for name in ["nbf", "iat"] {
        let seconds = claims.seconds(name).map_err(|_reason| AssertionRefusal::NotYet)?;
        if seconds.is_some_and(|it| moment(it) > now.plus(SKEW)) {
            return Err(AssertionRefusal::NotYet);
        }
    }
    let jti = claims.required_text("jti").map_err(|_reason| AssertionRefusal::NoJti)?;
    if jti.is_empty() || jti.len() > MAX_JTI_LEN {
        return Err(AssertionRefusal::NoJti);
    }
    // Kept a little longer than it could be used, as the clocks of nodes differ.
    Ok(Once { jti, expires_at: expires_at.plus(Duration::from_mins(1)) })
}

/// Whether the assertion is for this server: the issuer as one string, so that no other server
/// can have it meant for both.
fn is_for(claims: &Claims, issuer: &str, accept_endpoints: bool) -> bool {
    if !accept_endpoints {
        return claims.text("aud") == Ok(Some(issuer));
    }
    let base = issuer.trim_end_matches('/');
    let is_ours = |audience: &&str| {
        let path = audience.strip_prefix(base);
        *audience == issuer || path.is_some_and(|it| ENDPOINTS.contains(&it))
    };
    claims.texts("aud").is_ok_and(|it| it.is_some_and(|it| it.iter().any(is_ours)))
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1000))
}

#[cfg(test)]
mod tests;
