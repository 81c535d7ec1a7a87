//! What is known of a request before anybody handles it.

use std::{cell::OnceCell, rc::Rc};

use actix_web::{
    HttpMessage, HttpRequest,
    cookie::Cookie,
    dev::ServiceRequest,
    http::Method,
    http::header::{ACCEPT, COOKIE},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use domain::Timestamp;

use crate::{ClientAddress, RequestId, WebConfig, theme, theme::Theme};

/// What is known of a request before anybody handles it.
pub(crate) struct Outline {
    pub(crate) id: RequestId,
    pub(crate) client: ClientAddress,
    pub(crate) began: Timestamp,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) wants_json: bool,
    pub(crate) theme: Option<Theme>,
    nonce: OnceCell<String>,
}

impl Outline {
    /// Looks at `request` and leaves what it saw in the extensions, for handlers.
    pub(crate) fn begin(config: &WebConfig, id: RequestId, request: &ServiceRequest) -> Rc<Self> {
        let peer = request.peer_addr().map(|address| address.ip());
        let headers = request.headers();
        let accept = headers.get(ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let path = request.path().to_owned();
        let is_api = path == "/api" || path.starts_with("/api/");
        // Reading cookies costs more than seeing that there are none.
        let has_cookies = headers.contains_key(COOKIE);
        let theme = has_cookies.then(|| request.cookie(theme::cookie_name())).flatten();
        let outline = Rc::new(Self {
            id,
            client: ClientAddress::resolve(peer, headers, &config.trusted_proxies),
            began: config.clock.now(),
            method: request.method().clone(),
            wants_json: is_api || accept.contains("json") && !accept.contains("text/html"),
            theme: Theme::chosen(theme.as_ref().map(Cookie::value)),
            path,
            nonce: OnceCell::new(),
        });
        request.extensions_mut().insert(Rc::clone(&outline));
        outline
    }

    /// The outline of `request`; none outside of [`crate::Edge`].
    pub(crate) fn of(request: &HttpRequest) -> Option<Rc<Self>> {
        request.extensions().get::<Rc<Self>>().cloned()
    }

    /// What the script elements of the page that answers must carry. Drawn when the first asks:
    /// most answers are no pages.
    pub(crate) fn nonce(&self, config: &WebConfig) -> &str {
        let draw = || Base64UrlUnpadded::encode_string(&config.entropy.bytes::<16>());
        self.nonce.get_or_init(draw)
    }
}
