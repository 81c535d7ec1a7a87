//! ID tokens that come back to say whom a request is about.

use domain::{Id, Timestamp, User};
use jose::{Claims, Unverified, VerifyError};
use store::StoreError;

use crate::Engine;

/// What of an ID token is looked at.
const TYP: &[&str] = &["JWT"];

/// What an ID token of this server tells.
pub(crate) struct IdTokenHint {
    /// To whom it was issued.
    pub(crate) audience: Vec<String>,
    /// Whom it is about.
    pub(crate) user: Id<User>,
    /// Whether we signed it; not where the key that could tell is gone.
    pub(crate) is_proved: bool,
}

impl Engine {
    /// The ID token that `text` is, if it says that it is ours and no key of ours gainsays it.
    ///
    /// Whether it has expired is not asked: clients hint with the token that they have.
    pub(crate) async fn id_token_hint(
        &self,
        text: &str,
        now: Timestamp,
    ) -> Result<Option<IdTokenHint>, StoreError> {
        let ring = self.key_ring(now).await?;
        Ok(match jose::verify(ring.hints(), text, TYP) {
            Ok(token) => self.told(&token.claims, true),
            Err(VerifyError::UnknownKey) => {
                let token = Unverified::read(text, TYP).ok();
                token.and_then(|it| self.told(it.claims(), false))
            }
            Err(_no_id_token) => None,
        })
    }

    fn told(&self, claims: &Claims, is_proved: bool) -> Option<IdTokenHint> {
        let is_ours = claims.required_text("iss").ok()? == self.issuer();
        let audience = claims.texts("aud").ok()??.into_iter().map(str::to_owned).collect();
        let user = Id::parse(claims.required_text("sub").ok()?).ok()?;
        is_ours.then_some(IdTokenHint { audience, user, is_proved })
    }
}
