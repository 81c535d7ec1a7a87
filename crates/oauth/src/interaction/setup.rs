//! The first run: whoever holds the printed link becomes the first owner.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Query},
};
use domain::FieldError;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service::{
    Problem, Service,
    bootstrap::{self, SetUp, SetUpRefusal},
    login,
};
use web::{Page, PageError, Protected, SignedIn, WebConfig, render, request_facts, see_other};

use super::{busy_or_broken, unavailable};

/// What the address of the page says.
#[derive(Deserialize)]
pub(crate) struct SetUpQuery {
    #[serde(default)]
    token: String,
}

/// What the form holds.
#[derive(Deserialize)]
pub(crate) struct SetUpForm {
    token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    username: String,
    password: SecretString,
}

#[derive(Serialize)]
struct SetUpPage {
    title: &'static str,
    token: String,
    name: String,
    email: String,
    username: String,
    errors: Vec<FieldError>,
}

impl Page for SetUpPage {
    const TEMPLATE: &'static str = "interaction/setup.html";
}

#[derive(Serialize)]
struct SetUpRefusedPage {
    title: &'static str,
    text: &'static str,
    is_done: bool,
}

impl Page for SetUpRefusedPage {
    const TEMPLATE: &'static str = "interaction/setup_refused.html";
}

/// `GET /setup`
pub(crate) async fn show(
    request: HttpRequest,
    query: Query<SetUpQuery>,
    service: Data<Service>,
) -> Result<HttpResponse, PageError> {
    let token = query.into_inner().token;
    Ok(match bootstrap::check_link(&service, &token).await.map_err(unavailable)? {
        Ok(()) => render(&request, &SetUpPage::empty(token), StatusCode::OK),
        Err(refusal) => refused(&request, refusal),
    })
}

/// `POST /setup`
pub(crate) async fn submit(
    request: HttpRequest,
    form: Protected<SetUpForm>,
    service: Data<Service>,
    config: Data<WebConfig>,
) -> Result<HttpResponse, PageError> {
    let form = form.0;
    let page = SetUpPage {
        name: form.name.clone(),
        email: form.email.clone(),
        username: form.username.clone(),
        ..SetUpPage::empty(form.token.clone())
    };
    let command = SetUp {
        token: form.token,
        name: form.name,
        email: form.email,
        username: form.username,
        password: form.password,
    };
    match bootstrap::complete(&service, command, &request_facts(&request)).await {
        Ok(Ok(owner)) => {
            SignedIn::begin(&request, &config, &owner, &[login::PASSWORD])?;
            Ok(see_other("/console"))
        }
        Ok(Err(refusal)) => Ok(refused(&request, refusal)),
        Err(Problem::Invalid(errors)) => {
            let page = SetUpPage { errors, ..page };
            Ok(render(&request, &page, StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(problem) => Err(busy_or_broken(problem)),
    }
}

fn refused(request: &HttpRequest, refusal: SetUpRefusal) -> HttpResponse {
    let (status, title, text) = match refusal {
        SetUpRefusal::AlreadyDone => (
            StatusCode::GONE,
            "This server is set up",
            "It has an owner, so the set-up link does nothing any more.",
        ),
        SetUpRefusal::DeadLink => (
            StatusCode::FORBIDDEN,
            "Set-up link needed",
            "Open the whole link that the server printed when it started. It works once, for 30 minutes. Start the server again to get a new one.",
        ),
        SetUpRefusal::TooManyTries => (
            StatusCode::TOO_MANY_REQUESTS,
            "Set-up is paused",
            "Too many wrong set-up links were tried. Start the server again, and open the new link that it prints.",
        ),
    };
    let is_done = refusal == SetUpRefusal::AlreadyDone;
    render(request, &SetUpRefusedPage { title, text, is_done }, status)
}

impl SetUpPage {
    const fn empty(token: String) -> Self {
        Self {
            title: "Set up this server",
            token,
            name: String::new(),
            email: String::new(),
            username: String::new(),
            errors: Vec::new(),
        }
    }
}
