//! Setting a password with a link that works once.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use domain::FieldError;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service::{Problem, Service, links};
use web::{Page, PageError, Protected, SignedIn, render, request_facts};

use super::{busy_or_broken, link::dead_link, unavailable};

/// What the form holds.
#[derive(Deserialize)]
pub(crate) struct PasswordForm {
    password: SecretString,
}

#[derive(Serialize)]
struct PasswordPage {
    title: &'static str,
    action: String,
    username: String,
    errors: Vec<FieldError>,
    is_done: bool,
}

impl Page for PasswordPage {
    const TEMPLATE: &'static str = "interaction/password.html";
}

/// `GET /password/{token}`: looking does not spend the link.
pub(crate) async fn show(
    request: HttpRequest,
    token: Path<String>,
    service: Data<Service>,
) -> Result<HttpResponse, PageError> {
    Ok(match links::find_password(&service, &token).await.map_err(unavailable)? {
        Some(user) => render(&request, &PasswordPage::of(&token, &user.username), StatusCode::OK),
        None => dead_link(&request),
    })
}

/// `POST /password/{token}`
pub(crate) async fn submit(
    request: HttpRequest,
    token: Path<String>,
    form: Protected<PasswordForm>,
    service: Data<Service>,
) -> Result<HttpResponse, PageError> {
    let facts = request_facts(&request);
    match links::set_password(&service, &token, &form.0.password, &facts).await {
        Ok(Ok(user)) => {
            SignedIn::end(&request);
            let page = PasswordPage {
                title: "Your password is set",
                is_done: true,
                ..PasswordPage::of("", &user.username)
            };
            Ok(render(&request, &page, StatusCode::OK))
        }
        Ok(Err(links::DeadLink)) => Ok(dead_link(&request)),
        Err(Problem::Invalid(errors)) => {
            let found = links::find_password(&service, &token).await.map_err(unavailable)?;
            let username = found.map(|it| it.username).unwrap_or_default();
            let page = PasswordPage { errors, ..PasswordPage::of(&token, &username) };
            Ok(render(&request, &page, StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(problem) => Err(busy_or_broken(problem)),
    }
}

impl PasswordPage {
    fn of(token: &str, username: &str) -> Self {
        Self {
            title: "Set your password",
            action: format!("/password/{token}"),
            username: username.to_owned(),
            errors: Vec::new(),
            is_done: false,
        }
    }
}
