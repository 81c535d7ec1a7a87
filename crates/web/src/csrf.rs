//! Proof that a form was sent from a page of this server, by the browser it was shown to.

use actix_session::SessionExt;
use actix_web::{
    HttpRequest,
    cookie::{Cookie, time::Duration},
    http::header::ORIGIN,
};
use base64ct::{Base64UrlUnpadded, Encoding};

use crate::{WebConfig, cookies, session::SID};

/// The field that carries the token.
pub const FIELD: &str = "csrf";

const PURPOSE: &str = "csrf";
const PRE_COOKIE: &str = "cs_pre";

/// A token for the forms of one page, and the cookie it may need.
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) cookie: Option<Cookie<'static>>,
}

/// The token for forms shown in answer to `request`.
///
/// It is bound to the session, so one from before sign-in is worth nothing after
/// it; without a session, to a cookie of its own.
pub(crate) fn issue(config: &WebConfig, request: &HttpRequest) -> Issued {
    if let Some(binding) = binding(config, request) {
        return Issued { token: token(config, &binding), cookie: None };
    }
    let value = Base64UrlUnpadded::encode_string(&config.entropy.bytes::<32>());
    let name = config.cookie_name(PRE_COOKIE);
    let token = token(config, &pre_binding(&value));
    let cookie = cookies::build(config, name, value, Duration::hours(12));
    Issued { token, cookie: Some(cookie) }
}

/// Whether `presented` is the token of this browser, in constant time.
#[must_use]
pub fn is_valid(config: &WebConfig, request: &HttpRequest, presented: &str) -> bool {
    let Some(binding) = binding(config, request) else { return false };
    Base64UrlUnpadded::decode_vec(presented)
        .is_ok_and(|mac| config.handles.verify_mac(PURPOSE, binding.as_bytes(), &mac))
}

/// Whether the browser says that a page of this server sent `request`.
///
/// Browsers without `Sec-Fetch-Site` still send `Origin` with a POST. What says
/// neither is refused.
#[must_use]
pub fn is_same_origin(config: &WebConfig, request: &HttpRequest) -> bool {
    let headers = request.headers();
    match (headers.get("sec-fetch-site"), headers.get(ORIGIN)) {
        (Some(site), _) => site.as_bytes() == b"same-origin",
        (None, Some(origin)) => origin.as_bytes() == config.origin().as_bytes(),
        (None, None) => false,
    }
}

fn token(config: &WebConfig, binding: &str) -> String {
    Base64UrlUnpadded::encode_string(&config.handles.mac(PURPOSE, binding.as_bytes()))
}

fn binding(config: &WebConfig, request: &HttpRequest) -> Option<String> {
    if let Ok(Some(sid)) = request.get_session().get::<String>(SID) {
        return Some(format!("session:{sid}"));
    }
    let value = cookies::value(request, &config.cookie_name(PRE_COOKIE))?;
    (value.len() == 43).then(|| pre_binding(&value))
}

fn pre_binding(value: &str) -> String {
    format!("pre:{value}")
}
