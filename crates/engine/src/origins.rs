//! Which pages' scripts may call: [the CORS protocol] for apps that run in browsers.
//!
//! [the CORS protocol]: https://fetch.spec.whatwg.org/#http-cors-protocol

use store::{StoreError, repo::client_origins};

use crate::Engine;

impl Engine {
    /// Whether scripts of `origin` may read what the token, revocation and userinfo
    /// endpoints answer: a public client has a redirect URI there.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn is_origin_of_a_client(&self, origin: &str) -> Result<bool, StoreError> {
        if origin.len() > MAX_ORIGIN {
            return Ok(false);
        }
        let store = &self.parts.store;
        self.origins
            .get(store, self.now(), origin.to_owned(), async |origin| {
                client_origins::is_known(store, origin).await
            })
            .await
    }
}

/// The longest origin that is looked up: a scheme, the longest host and a port.
const MAX_ORIGIN: usize = 300;
