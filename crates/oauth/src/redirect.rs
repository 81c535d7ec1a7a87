//! Sending the browser back to the client, and to the pages in between.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use domain::Handle;
use engine::authorize::{AuthorizationResponse, Delivery, TrustedRedirectUri};
use serde::Serialize;
use web::{Page, RedirectOrigin, render, see_other};

/// The page that posts an answer: by a script that stands behind its form, or by its button.
#[derive(Serialize)]
struct FormPostPage<'a> {
    title: &'static str,
    action: &'a str,
    host: String,
    fields: Vec<Field<'a>>,
}

#[derive(Serialize)]
struct Field<'a> {
    name: &'static str,
    value: &'a str,
}

impl Page for FormPostPage<'_> {
    const TEMPLATE: &'static str = "interaction/form_post.html";
}

/// Sends the browser to the client with the answer.
///
/// A redirect is always 303: after a form, 307 would send the password along ([RFC 9700 section 4.12]).
///
/// [RFC 9700 section 4.12]: https://www.rfc-editor.org/rfc/rfc9700#section-4.12
pub(crate) fn to_client(request: &HttpRequest, response: &AuthorizationResponse) -> HttpResponse {
    let (to, fields) = match response.delivery() {
        Delivery::Redirect(location) => return see_other(&location),
        Delivery::Post(to, fields) => (to, fields),
    };
    let_forms_end_at(request, to);
    let fields = fields.iter().map(|(name, value)| Field { name, value }).collect();
    let title = "Back to the application";
    let page = FormPostPage { title, action: to.as_str(), host: to.host(), fields };
    render(request, &page, StatusCode::OK)
}

/// Sends the browser to the sign-in page for the request behind `handle`.
pub(crate) fn to_login(handle: &str) -> HttpResponse {
    see_other(&format!("/login?request={handle}"))
}

/// Sends the browser to the consent page for the request behind `handle`.
pub(crate) fn to_consent(handle: &str) -> HttpResponse {
    see_other(&format!("/consent?request={handle}"))
}

/// As [`to_login`], for a request that was just kept.
pub(crate) fn to_login_of(handle: &Handle) -> HttpResponse {
    to_login(handle.expose())
}

/// As [`to_consent`], for a request that was just kept.
pub(crate) fn to_consent_of(handle: &Handle) -> HttpResponse {
    to_consent(handle.expose())
}

/// Lets the forms of the page that answers `request` end at the client.
pub(crate) fn let_forms_end_at(request: &HttpRequest, redirect_uri: &TrustedRedirectUri) {
    if let Ok(url) = url::Url::parse(redirect_uri.as_str()) {
        RedirectOrigin::of(&url).allow(request);
    }
}
