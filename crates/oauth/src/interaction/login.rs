//! Signing in, to answer a client's request or to come into the control center.

mod refused;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Query},
};
use domain::{FieldError, SessionKind};
use engine::{
    Engine,
    authorize::{self, LogInView, Step},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service::{
    Service, bootstrap,
    login::{self, PasswordLogin},
};
use web::{
    Page, PageError, Protected, SignedIn, WebConfig, redirect::local_path, render, request_facts,
    see_other, session,
};

use super::{Browser, ClientWords, busy_or_broken, gone, signed_in, unavailable};
use crate::redirect;
use refused::Refused;

/// What the address of the page says.
#[derive(Deserialize)]
pub(crate) struct LoginQuery {
    /// The request to answer.
    request: Option<String>,
    /// The page to go to.
    return_to: Option<String>,
    /// Present when the person wants to be someone else.
    switch: Option<String>,
}

/// What the form holds.
#[derive(Deserialize)]
pub(crate) struct LoginForm {
    #[serde(default)]
    username: String,
    #[serde(default = "empty_secret")]
    password: SecretString,
    remember: Option<String>,
    request: Option<String>,
    return_to: Option<String>,
}

fn empty_secret() -> SecretString {
    SecretString::from("")
}

#[derive(Serialize)]
struct LoginPage {
    title: &'static str,
    action: &'static str,
    client: Option<ClientWords>,
    for_console: bool,
    needs_set_up: bool,
    username: String,
    remember: bool,
    request: String,
    return_to: String,
    errors: Vec<FieldError>,
}

impl Page for LoginPage {
    const TEMPLATE: &'static str = "interaction/login.html";
}

#[derive(Serialize)]
struct SignedInPage {
    title: &'static str,
    who: String,
}

impl Page for SignedInPage {
    const TEMPLATE: &'static str = "interaction/signed_in.html";
}

/// `GET /login`
pub(crate) async fn show(
    request: HttpRequest,
    query: Query<LoginQuery>,
    engine: Data<Engine>,
    service: Data<Service>,
    config: Data<WebConfig>,
) -> Result<HttpResponse, PageError> {
    let query = query.into_inner();
    if let Some(handle) = query.request {
        let visitor = Browser::of(&request, &config).visitor(&request);
        let step = authorize::resume(&engine, &handle, &visitor).await.map_err(unavailable)?;
        let step = if query.switch.is_some() { as_log_in(step) } else { step };
        return Ok(match step {
            Step::LogIn(view) => show_for_client(&request, &handle, &view),
            other @ (Step::Consent(_) | Step::Answered(_) | Step::Gone(_)) => {
                follow(&request, &handle, &other)
            }
        });
    }
    let return_to = query.return_to.as_deref().and_then(local_path).unwrap_or_default();
    if leads_to_console(return_to) {
        return Ok(see_other(&console_login(return_to)));
    }
    let person = SignedIn::of(&request).as_ref().and_then(signed_in);
    if let Some(person) = person.filter(|_| query.switch.is_none()) {
        if !return_to.is_empty() {
            return Ok(see_other(return_to));
        }
        let found = service::sessions::person(&service, person.user_id).await;
        if let Some(user) = found.map_err(unavailable)? {
            let page = SignedInPage { title: "You are signed in", who: user.email.clone() };
            return Ok(render(&request, &page, StatusCode::OK));
        }
    }
    let page = LoginPage::plain("/login", return_to);
    Ok(render(&request, &page, StatusCode::OK))
}

/// `GET /login/console`
pub(crate) async fn show_for_console(
    request: HttpRequest,
    query: Query<LoginQuery>,
    service: Data<Service>,
) -> Result<HttpResponse, PageError> {
    let return_to = console_path(query.return_to.as_deref());
    if SignedIn::of(&request).is_some() {
        return Ok(see_other(return_to));
    }
    let needs_set_up = bootstrap::needs_set_up(&service).await.map_err(unavailable)?;
    let page = LoginPage {
        for_console: true,
        needs_set_up,
        ..LoginPage::plain("/login/console", return_to)
    };
    Ok(render(&request, &page, StatusCode::OK))
}

/// `POST /login`
pub(crate) async fn submit(
    request: HttpRequest,
    form: Protected<LoginForm>,
    engine: Data<Engine>,
    service: Data<Service>,
    config: Data<WebConfig>,
) -> Result<HttpResponse, PageError> {
    let form = form.0;
    let return_to = form.return_to.as_deref().and_then(local_path).unwrap_or_default().to_owned();
    let handle = form.request.clone().filter(|it| !it.is_empty());
    let remember = form.remember.is_some();
    let username = form.username.clone();
    let entered = match enter(&request, form, SessionKind::User, &service, &config).await? {
        Ok(entered) => entered,
        Err(refused) => {
            let page = LoginPage { username, remember, ..LoginPage::plain("/login", &return_to) };
            return refuse_for(&request, (page, refused), handle.as_deref(), &engine, &config)
                .await;
        }
    };
    if remember {
        session::remember(&request, &config)?;
    }
    let Some(handle) = handle else {
        let to = if return_to.is_empty() { "/login" } else { return_to.as_str() };
        return Ok(see_other(to));
    };
    let mut visitor = Browser::of(&request, &config).visitor(&request);
    visitor.signed_in = signed_in(&entered);
    let step = authorize::resume(&engine, &handle, &visitor).await.map_err(unavailable)?;
    Ok(follow(&request, &handle, &step))
}

/// `POST /login/console`
pub(crate) async fn submit_for_console(
    request: HttpRequest,
    form: Protected<LoginForm>,
    service: Data<Service>,
    config: Data<WebConfig>,
) -> Result<HttpResponse, PageError> {
    let form = form.0;
    let return_to = console_path(form.return_to.as_deref()).to_owned();
    let username = form.username.clone();
    Ok(match enter(&request, form, SessionKind::Console, &service, &config).await? {
        Ok(_) => see_other(&return_to),
        Err(refused) => {
            let page = LoginPage {
                for_console: true,
                username,
                ..LoginPage::plain("/login/console", &return_to)
            };
            refused.show(&request, page)
        }
    })
}

/// Checks the password and begins the session, or says why not.
async fn enter(
    request: &HttpRequest,
    form: LoginForm,
    kind: SessionKind,
    service: &Service,
    config: &WebConfig,
) -> Result<Result<SignedIn, Refused>, PageError> {
    let missing = missing_fields(&form);
    if !missing.is_empty() {
        return Ok(Err(Refused::incomplete(missing)));
    }
    let login = PasswordLogin {
        identifier: form.username,
        password: form.password,
        for_console: kind == SessionKind::Console,
        facts: request_facts(request),
    };
    match login::with_password(service, login).await.map_err(busy_or_broken)? {
        Ok(user) => SignedIn::begin(request, config, &user, &[login::PASSWORD]).map(Ok),
        Err(refusal) => Ok(Err(Refused::of(refusal))),
    }
}

fn missing_fields(form: &LoginForm) -> Vec<FieldError> {
    use secrecy::ExposeSecret as _;
    let mut missing = Vec::new();
    if form.username.trim().is_empty() {
        let detail = "Enter your user name or email address.";
        missing.push(FieldError::of("username", "required", detail));
    }
    if form.password.expose_secret().is_empty() {
        missing.push(FieldError::of("password", "required", "Enter your password."));
    }
    missing
}

/// The sign-in page again; for a client's request, with what it shows of the client.
async fn refuse_for(
    request: &HttpRequest,
    (page, refused): (LoginPage, Refused),
    handle: Option<&str>,
    engine: &Engine,
    config: &WebConfig,
) -> Result<HttpResponse, PageError> {
    let Some(handle) = handle else { return Ok(refused.show(request, page)) };
    let visitor = Browser::of(request, config).visitor(request);
    let step = authorize::resume(engine, handle, &visitor).await.map_err(unavailable)?;
    Ok(match as_log_in(step) {
        Step::LogIn(view) => {
            redirect::let_forms_end_at(request, &view.client.redirect_uri);
            let client = Some(ClientWords::of(&view.client));
            refused.show(request, LoginPage { client, request: handle.to_owned(), ..page })
        }
        other @ (Step::Consent(_) | Step::Answered(_) | Step::Gone(_)) => {
            follow(request, handle, &other)
        }
    })
}

fn show_for_client(request: &HttpRequest, handle: &str, view: &LogInView) -> HttpResponse {
    redirect::let_forms_end_at(request, &view.client.redirect_uri);
    let page = LoginPage {
        client: Some(ClientWords::of(&view.client)),
        username: view.login_hint.clone().unwrap_or_default(),
        request: handle.to_owned(),
        ..LoginPage::plain("/login", "")
    };
    render(request, &page, StatusCode::OK)
}

/// Goes on with a request as the engine said.
pub(super) fn follow(request: &HttpRequest, handle: &str, step: &Step) -> HttpResponse {
    match step {
        Step::LogIn(_) => redirect::to_login(handle),
        Step::Consent(_) => redirect::to_consent(handle),
        Step::Answered(response) => redirect::to_client(request, response),
        Step::Gone(why) => gone(request, *why),
    }
}

/// The sign-in page even for someone who is signed in: they want to be someone else.
fn as_log_in(step: Step) -> Step {
    match step {
        Step::Consent(view) => {
            Step::LogIn(Box::new(LogInView { client: view.client, login_hint: None }))
        }
        Step::LogIn(_) | Step::Answered(_) | Step::Gone(_) => step,
    }
}

impl LoginPage {
    fn plain(action: &'static str, return_to: &str) -> Self {
        Self {
            title: "Sign in",
            action,
            client: None,
            for_console: false,
            needs_set_up: false,
            username: String::new(),
            remember: false,
            request: String::new(),
            return_to: return_to.to_owned(),
            errors: Vec::new(),
        }
    }
}

/// Whether a browser that is sent to `path` ends in the control center: it resolves dots,
/// written out or encoded, before it asks.
fn leads_to_console(path: &str) -> bool {
    let here = url::Url::parse("http://localhost").and_then(|it| it.join(path));
    here.is_ok_and(|it| it.path() == "/console" || it.path().starts_with("/console/"))
}

/// A page of the control center; its first one when `path` is none.
fn console_path(path: Option<&str>) -> &str {
    path.and_then(local_path).filter(|it| leads_to_console(it)).unwrap_or("/console")
}

fn console_login(return_to: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
    format!("/login/console?return_to={encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_control_center_count_as_such() {
        for inside in ["/console", "/console/users?q=a", "/console?range=7d", "/a/../console"] {
            assert!(leads_to_console(inside), "{inside}");
        }
        for outside in [
            "/console/../x",
            "/console/%2e%2e/x",
            "/console/a/../../consolation",
            "/consolation",
            "/console/..",
            "/x?/console/",
        ] {
            assert!(!leads_to_console(outside), "{outside}");
            assert_eq!(console_path(Some(outside)), "/console", "{outside}");
        }
    }
}
