//! Where the parameters of a request are: in the request itself, in an object that its client
//! signed, or pushed before.
//!
//! Those of one request come from one place, [RFC 9101 section 6.3]: beside a signed object or a
//! reference to a pushed request nothing but `client_id` is looked at.
//!
//! [RFC 9101 section 6.3]: https://www.rfc-editor.org/rfc/rfc9101#section-6.3

use std::{borrow::Cow, sync::Arc};

use domain::{HandleDigest, HandleKind, RegisteredClient, Timestamp};
use protocol::Parameters;
use store::{StoreError, repo::pushed_requests};

use super::{
    PageRefusal,
    push::PREFIX,
    request_object,
    unverified::{self, Stopped, Verified},
};
use crate::Engine;

/// How the parameters came.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// As anybody can write them into an address.
    Plain,
    /// In an object that the client signed.
    Signed,
    /// From the client itself, which pushed them before.
    Pushed(HandleDigest),
}

/// Who asks, and the parameters that count.
pub(super) struct Source<'a> {
    client: Arc<RegisteredClient>,
    parameters: Cow<'a, Parameters>,
    origin: Origin,
}

impl Source<'_> {
    /// The request, once its redirect URI is found to be the client's.
    pub(super) fn verify(&self) -> Result<Verified<'_>, Stopped> {
        unverified::verify(Arc::clone(&self.client), &self.parameters, self.origin)
    }
}

/// Finds the client and the parameters of the request that `sent` is or refers to.
pub(super) async fn find<'a>(
    engine: &Engine,
    sent: &'a Parameters,
    now: Timestamp,
) -> Result<Result<Source<'a>, Stopped>, StoreError> {
    let client = match unverified::client(engine, sent, now).await? {
        Ok(client) => client,
        Err(stopped) => return Ok(Err(stopped)),
    };
    let reference = sent.get("request_uri").and_then(|it| it.strip_prefix(PREFIX));
    let Some(reference) = reference else {
        return Ok(itself(engine, client, sent, now).await);
    };
    if sent.is_repeated("request_uri") {
        return Ok(Err(Stopped { refusal: PageRefusal::RepeatedRequestUri, client: Some(client) }));
    }
    let digest = engine.parts.handles.digest(HandleKind::PushedRequest, reference);
    let found = match &digest {
        Some(digest) => {
            let store = &engine.parts.store;
            let pushed = pushed_requests::find(store, digest, client.client.id, now).await?;
            pushed.map(|it| (Origin::Pushed(*digest), it))
        }
        None => None,
    };
    Ok(match found {
        Some((origin, pushed)) => Ok(Source { client, parameters: Cow::Owned(pushed), origin }),
        None => Err(Stopped { refusal: PageRefusal::RequestUri, client: Some(client) }),
    })
}

/// The request that `sent` is, signed or not.
async fn itself<'a>(
    engine: &Engine,
    client: Arc<RegisteredClient>,
    sent: &'a Parameters,
    now: Timestamp,
) -> Result<Source<'a>, Stopped> {
    match request_object::read(engine, &client.client, sent, now).await {
        Ok(None) => Ok(Source { client, parameters: Cow::Borrowed(sent), origin: Origin::Plain }),
        Ok(Some(signed)) => {
            Ok(Source { client, parameters: Cow::Owned(signed), origin: Origin::Signed })
        }
        Err(fault) => {
            let refusal = PageRefusal::RequestObject(fault);
            Err(Stopped { refusal, client: Some(client) })
        }
    }
}
