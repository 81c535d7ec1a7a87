//! Who the client knows the person is: `id_token_hint`, [OpenID Connect Core section 3.1.2.1].
//!
//! [OpenID Connect Core section 3.1.2.1]: https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest

use domain::{Id, Timestamp, User};
use jose::KeySet;
use store::StoreError;

use super::{Refusal, unverified::Verified};
use crate::Engine;

/// The person of the ID token that came as a hint; `None` inside where none came.
pub(super) async fn hinted_user(
    engine: &Engine,
    verified: &Verified<'_>,
    now: Timestamp,
) -> Result<Result<Option<Id<User>>, Refusal>, StoreError> {
    let Some(hint) = verified.parameters.get("id_token_hint") else { return Ok(Ok(None)) };
    let ring = engine.key_ring(now).await?;
    let client_id = verified.client.client.client_id.as_str();
    let user = read(ring.set(), (engine.issuer(), client_id), hint);
    Ok(user.map(Some).ok_or(Refusal::IdTokenHint))
}

/// Whether it has expired is not asked: clients hint with the token that they have.
fn read(keys: &KeySet, (issuer, client_id): (&str, &str), hint: &str) -> Option<Id<User>> {
    let claims = jose::verify(keys, hint, &["JWT"]).ok()?.claims;
    let is_ours = claims.required_text("iss").ok()? == issuer;
    let is_theirs = claims.texts("aud").ok()??.contains(&client_id);
    let user = Id::parse(claims.required_text("sub").ok()?).ok()?;
    (is_ours && is_theirs).then_some(user)
}
