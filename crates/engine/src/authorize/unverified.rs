//! Finding out whose request it is and whether its redirect URI may be trusted.

use std::sync::Arc;

use domain::{RegisteredClient, Timestamp};
use protocol::{ClientId, Parameters, Scope};
use store::StoreError;

use super::{PageRefusal, TrustedRedirectUri, source::Origin};
use crate::Engine;

/// A request whose client is known and whose redirect URI is one of the client's.
pub(super) struct Verified<'a> {
    pub(super) client: Arc<RegisteredClient>,
    pub(super) redirect_uri: TrustedRedirectUri,
    pub(super) redirect_uri_was_sent: bool,
    pub(super) parameters: &'a Parameters,
    /// How the parameters came.
    pub(super) origin: Origin,
}

/// A refusal, and the client it is about when that much is known.
pub(super) struct Stopped {
    pub(super) refusal: PageRefusal,
    pub(super) client: Option<Arc<RegisteredClient>>,
}

/// Finds the client of a request, looking at nothing but `client_id`.
pub(super) async fn client(
    engine: &Engine,
    parameters: &Parameters,
    now: Timestamp,
) -> Result<Result<Arc<RegisteredClient>, Stopped>, StoreError> {
    let stop = |refusal| Ok(Err(Stopped { refusal, client: None }));
    if parameters.is_repeated("client_id") {
        return stop(PageRefusal::RepeatedClient);
    }
    let Some(client_id) = parameters.get("client_id") else {
        return stop(PageRefusal::MissingClient);
    };
    let Ok(client_id) = ClientId::try_from(client_id.to_owned()) else {
        return stop(PageRefusal::UnknownClient);
    };
    let Some(client) = engine.client(&client_id, now).await? else {
        return stop(PageRefusal::UnknownClient);
    };
    if client.is_active {
        Ok(Ok(client))
    } else {
        Ok(Err(Stopped { refusal: PageRefusal::InactiveClient, client: Some(client) }))
    }
}

/// Looks at nothing but `redirect_uri`, [RFC 6749 section 4.1.2.1].
///
/// [RFC 6749 section 4.1.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
pub(super) fn verify(
    client: Arc<RegisteredClient>,
    parameters: &Parameters,
    origin: Origin,
) -> Result<Verified<'_>, Stopped> {
    match redirect_uri(parameters, &client) {
        Err(refusal) => Err(Stopped { refusal, client: Some(client) }),
        Ok((redirect_uri, redirect_uri_was_sent)) => {
            Ok(Verified { client, redirect_uri, redirect_uri_was_sent, parameters, origin })
        }
    }
}

/// The redirect URI, and whether the request named it.
fn redirect_uri(
    parameters: &Parameters,
    client: &RegisteredClient,
) -> Result<(TrustedRedirectUri, bool), PageRefusal> {
    let registered = &client.client.settings.redirect_uris;
    if parameters.is_repeated("redirect_uri") {
        return Err(PageRefusal::RepeatedRedirectUri);
    }
    if let Some(sent) = parameters.get("redirect_uri") {
        let trusted = TrustedRedirectUri::matching(registered, sent);
        return trusted.map(|uri| (uri, true)).ok_or(PageRefusal::UnregisteredRedirectUri);
    }
    // OpenID Connect Core 3.1.2.1 requires it; so does whoever has several.
    if is_openid(parameters) {
        return Err(PageRefusal::MissingRedirectUri);
    }
    let only = TrustedRedirectUri::only(registered);
    only.map(|uri| (uri, false)).ok_or(PageRefusal::MissingRedirectUri)
}

fn is_openid(parameters: &Parameters) -> bool {
    let is_openid = |text: &str| Scope::parse(text).is_ok_and(|scope| scope.contains("openid"));
    parameters.all("scope").any(is_openid)
}
