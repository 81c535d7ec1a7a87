//! What is known of a request before anybody handles it.

use actix_web::{HttpMessage, cookie::Cookie, dev::ServiceRequest, http::header::ACCEPT};
use base64ct::{Base64UrlUnpadded, Encoding};
use domain::Timestamp;

use crate::{ClientAddress, RequestId, WebConfig, theme, theme::Theme};

/// What is known of a request before anybody handles it.
#[derive(Clone)]
pub(crate) struct Outline {
    pub(crate) id: RequestId,
    pub(crate) nonce: String,
    pub(crate) client: ClientAddress,
    pub(crate) began: Timestamp,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) wants_json: bool,
    pub(crate) theme: Option<Theme>,
}

impl Outline {
    /// Looks at `request` and leaves what handlers ask for in its extensions.
    pub(crate) fn begin(config: &WebConfig, request: &ServiceRequest) -> Self {
        let peer = request.peer_addr().map(|address| address.ip());
        let headers = request.headers();
        let accept = headers.get(ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let path = request.path().to_owned();
        let is_api = path == "/api" || path.starts_with("/api/");
        let theme = request.cookie(theme::cookie_name());
        let outline = Self {
            id: RequestId::new(&*config.entropy),
            nonce: Base64UrlUnpadded::encode_string(&config.entropy.bytes::<16>()),
            client: ClientAddress::resolve(peer, headers, &config.trusted_proxies),
            began: config.clock.now(),
            method: request.method().to_string(),
            wants_json: is_api || accept.contains("json") && !accept.contains("text/html"),
            theme: Theme::chosen(theme.as_ref().map(Cookie::value)),
            path,
        };
        let mut extensions = request.extensions_mut();
        extensions.insert(outline.id.clone());
        extensions.insert(outline.client);
        extensions.insert(outline.clone());
        outline
    }
}
