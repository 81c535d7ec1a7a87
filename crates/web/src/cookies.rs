//! Cookies that handlers ask for and the edge sends.

use actix_web::{
    HttpMessage, HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};

use crate::WebConfig;

/// Cookies to send with the answer, the last of a name wins.
#[derive(Default)]
pub(crate) struct Pending(pub(crate) Vec<Cookie<'static>>);

/// Has `cookie` sent with the answer to `request`.
pub(crate) fn send(request: &HttpRequest, cookie: Cookie<'static>) {
    let mut extensions = request.extensions_mut();
    if !extensions.contains::<Pending>() {
        extensions.insert(Pending::default());
    }
    if let Some(pending) = extensions.get_mut::<Pending>() {
        pending.0.retain(|it| it.name() != cookie.name());
        pending.0.push(cookie);
    }
}

/// A cookie of this server that scripts cannot read.
pub(crate) fn build(
    config: &WebConfig,
    name: String,
    value: String,
    age: Duration,
) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .secure(config.secure)
        .same_site(SameSite::Lax)
        .max_age(age)
        .finish()
}

/// The value of the cookie called `name`.
pub(crate) fn value(request: &HttpRequest, name: &str) -> Option<String> {
    request.cookie(name).map(|cookie| cookie.value().to_owned())
}
