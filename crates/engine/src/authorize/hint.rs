//! Who the client knows the person is: `id_token_hint`, [OpenID Connect Core section 3.1.2.1].
//!
//! [OpenID Connect Core section 3.1.2.1]: https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest

use domain::{Id, Timestamp, User};
use jose::{Claims, Unverified, VerifyError};
use store::StoreError;

use super::{Refusal, unverified::Verified};
use crate::Engine;

/// What of an ID token is looked at.
const TYP: &[&str] = &["JWT"];

/// Whom a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    /// It has no hint.
    Absent,
    /// The person of the ID token that came.
    User(Id<User>),
    /// The ID token that came may be one of ours, and the key that could tell is gone.
    Forgotten,
}

/// The hint of a request, if it is one.
pub(super) async fn read(
    engine: &Engine,
    verified: &Verified<'_>,
    now: Timestamp,
) -> Result<Result<Hint, Refusal>, StoreError> {
    let Some(hint) = verified.parameters.get("id_token_hint") else {
        return Ok(Ok(Hint::Absent));
    };
    let ring = engine.key_ring(now).await?;
    let expected = (engine.issuer(), verified.client.client.client_id.as_str());
    // Whether it has expired is not asked: clients hint with the token that they have.
    let read = match jose::verify(ring.hints(), hint, TYP) {
        Ok(token) => user(&token.claims, expected).map(Hint::User),
        Err(VerifyError::UnknownKey) => {
            let token = Unverified::read(hint, TYP).ok();
            token.and_then(|it| user(it.claims(), expected)).map(|_anyone| Hint::Forgotten)
        }
        Err(_no_id_token) => None,
    };
    Ok(read.ok_or(Refusal::IdTokenHint))
}

/// The person of an ID token that says it is from us and for this client.
fn user(claims: &Claims, (issuer, client_id): (&str, &str)) -> Option<Id<User>> {
    let is_ours = claims.required_text("iss").ok()? == issuer;
    let is_theirs = claims.texts("aud").ok()??.contains(&client_id);
    let user = Id::parse(claims.required_text("sub").ok()?).ok()?;
    (is_ours && is_theirs).then_some(user)
}
