//! Access tokens as requests present them: alone, or with a proof of the key they are bound to.

use std::sync::Arc;

use domain::Timestamp;
use protocol::TokenScheme;
use store::StoreError;

use crate::{AccessToken, BearerRefusal, DpopRequest, Engine};

/// An access token as a request presents it.
#[derive(Debug, Clone, Copy)]
pub struct PresentedToken<'a> {
    /// The token.
    pub text: &'a str,
    /// The scheme that it came by.
    pub scheme: TokenScheme,
    /// What the request shows of its key.
    pub dpop: DpopRequest<'a>,
}

impl Engine {
    /// The access token that counts at `now` and that its presenter may use.
    ///
    /// A token that is bound to a key comes with a proof of that key, and never as Bearer;
    /// every other comes as Bearer, [RFC 9449 section 7.1].
    ///
    /// [RFC 9449 section 7.1]: https://www.rfc-editor.org/rfc/rfc9449#section-7.1
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn accept(
        &self,
        presented: &PresentedToken<'_>,
        now: Timestamp,
    ) -> Result<Result<Arc<AccessToken>, BearerRefusal>, StoreError> {
        let found = self.verify_access_token(presented.text, now).await?;
        let Some(token) = found else { return Ok(Err(BearerRefusal::InvalidToken)) };
        if token.scheme() != presented.scheme {
            return Ok(Err(BearerRefusal::WrongScheme(token.scheme())));
        }
        let Some(key) = &token.key else { return Ok(Ok(token)) };
        let bound = (&*token.client, key);
        let proven = self.prove_token(bound, presented.text, &presented.dpop, now).await?;
        Ok(proven.map(|()| token).map_err(BearerRefusal::Dpop))
    }
}
