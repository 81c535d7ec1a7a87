//! Signing out of people's pages.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use serde::{Deserialize, Serialize};
use service::{Service, sessions};
use web::{Page, PageError, Protected, SignedIn, render, request_facts};

use super::{signed_in, unavailable};

/// The form holds nothing but its token.
#[derive(Deserialize)]
pub(crate) struct LogoutForm {}

#[derive(Serialize)]
struct LogoutPage {
    title: &'static str,
    /// Who is signed in; nobody when it is done.
    who: Option<String>,
}

impl Page for LogoutPage {
    const TEMPLATE: &'static str = "interaction/logout.html";
}

/// `GET /logout`: asks first, so that no link of a stranger signs anyone out.
pub(crate) async fn show(
    request: HttpRequest,
    service: Data<Service>,
) -> Result<HttpResponse, PageError> {
    let person = SignedIn::of(&request).as_ref().and_then(signed_in);
    let who = match person {
        Some(it) => sessions::person(&service, it.user_id).await.map_err(unavailable)?,
        None => None,
    };
    let page = match who {
        Some(user) => LogoutPage { title: "Sign out?", who: Some(user.email.clone()) },
        None => LogoutPage::done(),
    };
    Ok(render(&request, &page, StatusCode::OK))
}

/// `POST /logout`
pub(crate) async fn submit(
    request: HttpRequest,
    _form: Protected<LogoutForm>,
    service: Data<Service>,
) -> Result<HttpResponse, PageError> {
    if let Some(person) = SignedIn::of(&request).as_ref().and_then(signed_in) {
        let facts = request_facts(&request);
        sessions::sign_out(&service, person.user_id, person.session_id, &facts)
            .await
            .map_err(unavailable)?;
    }
    SignedIn::end(&request);
    Ok(render(&request, &LogoutPage::done(), StatusCode::OK))
}

impl LogoutPage {
    const fn done() -> Self {
        Self { title: "You are signed out", who: None }
    }
}
