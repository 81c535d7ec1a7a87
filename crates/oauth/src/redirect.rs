//! Sending the browser back to the client, and to the pages in between.

use actix_web::{HttpRequest, HttpResponse};
use domain::Handle;
use engine::authorize::{AuthorizationResponse, TrustedRedirectUri};
use web::{RedirectOrigin, see_other};

/// Sends the browser to the client with the answer.
///
/// Always 303: after a form, 307 would send the password along ([RFC 9700 section 4.12]).
///
/// [RFC 9700 section 4.12]: https://www.rfc-editor.org/rfc/rfc9700#section-4.12
pub(crate) fn to_client(response: &AuthorizationResponse) -> HttpResponse {
    see_other(&response.location())
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
