//! Who the client knows the person is: `id_token_hint`, [OpenID Connect Core section 3.1.2.1].
//!
//! [OpenID Connect Core section 3.1.2.1]: https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest

use domain::{Id, Timestamp, User};
use store::StoreError;

use super::{Refusal, unverified::Verified};
use crate::Engine;

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
    let client_id = verified.client.client.client_id.as_str();
    let hint = engine.id_token_hint(hint, now).await?;
    let theirs = hint.filter(|it| it.audience.iter().any(|it| it == client_id));
    Ok(match theirs {
        Some(hint) if hint.is_proved => Ok(Hint::User(hint.user)),
        Some(_) => Ok(Hint::Forgotten),
        None => Err(Refusal::IdTokenHint),
    })
}
