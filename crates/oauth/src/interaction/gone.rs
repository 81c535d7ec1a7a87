//! The page for requests that were answered, are too old, or belong to another browser.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use engine::authorize::Gone;
use serde::Serialize;
use web::{Page, render};

#[derive(Serialize)]
struct GonePage {
    title: &'static str,
    text: &'static str,
}

impl Page for GonePage {
    const TEMPLATE: &'static str = "interaction/gone.html";
}

/// The page that says why there is nothing to go on with.
pub(crate) fn gone(request: &HttpRequest, why: Gone) -> HttpResponse {
    let page = match why {
        Gone::Answered => GonePage {
            title: "You have answered already",
            text: "This request was answered before, so nothing was done now.",
        },
        Gone::Unknown => GonePage {
            title: "This request is no longer open",
            text: "It is too old, or it was begun in another browser. Nothing was shared.",
        },
    };
    render(request, &page, StatusCode::BAD_REQUEST)
}
