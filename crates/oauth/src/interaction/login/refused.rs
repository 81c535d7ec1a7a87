//! A sign-in that was refused, as the form says it.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::RETRY_AFTER},
};
use domain::FieldError;
use service::login::LoginRefusal;
use web::render;

use super::LoginPage;

/// A sign-in that was refused, as the form says it.
pub(super) struct Refused {
    status: StatusCode,
    errors: Vec<FieldError>,
    retry_after_seconds: Option<u32>,
}

impl Refused {
    /// A form that lacks something; nothing was compared.
    pub(super) const fn incomplete(errors: Vec<FieldError>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self { status, errors, retry_after_seconds: None }
    }

    pub(super) fn of(refusal: LoginRefusal) -> Self {
        let (status, code, detail, retry_after_seconds) = match refusal {
            LoginRefusal::WrongCredentials => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "wrong-credentials",
                "The user name or the password is wrong.".to_owned(),
                None,
            ),
            LoginRefusal::Locked => (
                StatusCode::FORBIDDEN,
                "locked",
                "This account is locked. Ask an administrator to unlock it.".to_owned(),
                None,
            ),
            LoginRefusal::NoRole => (
                StatusCode::FORBIDDEN,
                "no-role",
                "This account cannot use the control center. Ask an administrator for a role."
                    .to_owned(),
                None,
            ),
            LoginRefusal::TooManyTries { retry_after_seconds: seconds } => {
                let unit = if seconds == 1 { "second" } else { "seconds" };
                let detail = format!("Too many tries. You can try again in {seconds} {unit}.");
                (StatusCode::TOO_MANY_REQUESTS, "too-many-tries", detail, Some(seconds))
            }
        };
        let error = FieldError { pointer: "#/".to_owned(), code, detail };
        Self { status, errors: vec![error], retry_after_seconds }
    }

    pub(super) fn show(self, request: &HttpRequest, page: LoginPage) -> HttpResponse {
        let page = LoginPage { errors: self.errors, ..page };
        let mut response = render(request, &page, self.status);
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
