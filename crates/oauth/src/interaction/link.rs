//! Signing in with a link that works once.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use domain::User;
use serde::{Deserialize, Serialize};
use service::{Service, links, login};
use web::{Page, PageError, Protected, SignedIn, WebConfig, render, request_facts, see_other};

use super::{busy_or_broken, unavailable};

/// The form holds nothing but its token.
#[derive(Deserialize)]
pub(crate) struct LinkForm {}

#[derive(Serialize)]
struct LinkPage {
    title: &'static str,
    action: String,
    who: String,
}

impl Page for LinkPage {
    const TEMPLATE: &'static str = "interaction/link.html";
}

#[derive(Serialize)]
struct DeadLinkPage {
    title: &'static str,
}

impl Page for DeadLinkPage {
    const TEMPLATE: &'static str = "interaction/dead_link.html";
}

/// The page for a link that does nothing: which of the reasons it is, is not told.
pub(super) fn dead_link(request: &HttpRequest) -> HttpResponse {
    let page = DeadLinkPage { title: "This link does not work" };
    render(request, &page, StatusCode::GONE)
}

/// `GET /link/{token}`: asks first, as programs that look at mail open links too.
pub(crate) async fn show(
    request: HttpRequest,
    token: Path<String>,
    service: Data<Service>,
) -> Result<HttpResponse, PageError> {
    ask(&request, &service, &token, format!("/link/{token}")).await
}

/// `GET /link/console/{token}`
pub(crate) async fn show_for_console(
    request: HttpRequest,
    token: Path<String>,
    service: Data<Service>,
) -> Result<HttpResponse, PageError> {
    ask(&request, &service, &token, format!("/link/console/{token}")).await
}

/// `POST /link/{token}`
pub(crate) async fn submit(
    request: HttpRequest,
    token: Path<String>,
    _form: Protected<LinkForm>,
    service: Data<Service>,
    config: Data<WebConfig>,
) -> Result<HttpResponse, PageError> {
    spend(&request, &service, &config, (&token, "/login")).await
}

/// `POST /link/console/{token}`
pub(crate) async fn submit_for_console(
    request: HttpRequest,
    token: Path<String>,
    _form: Protected<LinkForm>,
    service: Data<Service>,
    config: Data<WebConfig>,
) -> Result<HttpResponse, PageError> {
    let user = links::find_sign_in(&service, &token).await.map_err(unavailable)?;
    if user.is_some_and(|it: User| it.role.is_none()) {
        return Ok(dead_link(&request));
    }
    spend(&request, &service, &config, (&token, "/console")).await
}

async fn ask(
    request: &HttpRequest,
    service: &Service,
    token: &str,
    action: String,
) -> Result<HttpResponse, PageError> {
    let Some(user) = links::find_sign_in(service, token).await.map_err(unavailable)? else {
        return Ok(dead_link(request));
    };
    let page = LinkPage { title: "Sign in with this link?", action, who: user.email };
    Ok(render(request, &page, StatusCode::OK))
}

async fn spend(
    request: &HttpRequest,
    service: &Service,
    config: &WebConfig,
    (token, to): (&str, &str),
) -> Result<HttpResponse, PageError> {
    let facts = request_facts(request);
    let spent = links::spend_sign_in(service, token, &facts).await.map_err(busy_or_broken)?;
    let Ok(user) = spent else { return Ok(dead_link(request)) };
    SignedIn::begin(request, config, &user, &[login::ONE_TIME_LINK])?;
    Ok(see_other(to))
}
