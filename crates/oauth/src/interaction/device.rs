//! A person types the code that a device shows, and answers it.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Query},
};
use domain::{Environment, FieldError};
use engine::{
    Engine,
    authorize::{Choice, Decision, Visitor},
    device::{self, ConfirmView, Step},
};
use serde::{Deserialize, Serialize};
use service::{Service, sessions};
use web::{Page, PageError, Protected, WebConfig, render, see_other};

use super::{
    Browser,
    consent::{Button, ScopeWords},
    unavailable,
};

/// The page on which a code is typed.
const HOME: &str = "/device";
/// The most of a code that is drawn again; what people type is far shorter.
const MAX_SHOWN: usize = 64;

/// What the address of the page says.
#[derive(Deserialize)]
pub(crate) struct DeviceQuery {
    #[serde(default)]
    user_code: String,
}

/// What the forms hold: the code alone, and then the answer beside it.
#[derive(Deserialize)]
pub(crate) struct DeviceForm {
    #[serde(default)]
    user_code: String,
    decision: Option<Button>,
    #[serde(default)]
    scope: Vec<String>,
}

#[derive(Serialize)]
struct CodePage {
    title: &'static str,
    who: String,
    switch: String,
    user_code: String,
    errors: Vec<FieldError>,
}

impl Page for CodePage {
    const TEMPLATE: &'static str = "interaction/device.html";
}

#[derive(Serialize)]
struct ConfirmPage {
    title: String,
    user_code: String,
    who: String,
    switch: String,
    name: String,
    home: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    is_sandbox: bool,
    address: Option<String>,
    asked_at: i64,
    asked: Vec<ScopeWords>,
    remembered: Vec<ScopeWords>,
    may_be_remembered: bool,
    errors: Vec<FieldError>,
}

impl Page for ConfirmPage {
    const TEMPLATE: &'static str = "interaction/device_confirm.html";
}

#[derive(Serialize)]
struct DonePage {
    title: &'static str,
    text: &'static str,
}

impl Page for DonePage {
    const TEMPLATE: &'static str = "interaction/device_done.html";
}

/// `GET /device`: the code is filled in where the address has it, but nobody is asked
/// before they saw it and went on, as the address may have come from anyone.
pub(crate) async fn show(
    request: HttpRequest,
    query: Query<DeviceQuery>,
    service: Data<Service>,
    config: Data<WebConfig>,
) -> Result<HttpResponse, PageError> {
    let user_code: String = query.into_inner().user_code.chars().take(MAX_SHOWN).collect();
    let visitor = Browser::of(&request, &config).visitor(&request);
    code_page(&request, &service, &visitor, (user_code, Vec::new())).await
}

/// `POST /device`
pub(crate) async fn submit(
    request: HttpRequest,
    form: Protected<DeviceForm>,
    engine: Data<Engine>,
    service: Data<Service>,
    config: Data<WebConfig>,
) -> Result<HttpResponse, PageError> {
    let DeviceForm { user_code, decision, scope } = form.0;
    let visitor = Browser::of(&request, &config).visitor(&request);
    let step = match decision.map(Choice::from) {
        None => device::look(&engine, &visitor, &user_code).await,
        Some(choice) => {
            let decision = Decision { choice, ticked: scope };
            device::answer(&engine, &visitor, &user_code, &decision).await
        }
    };
    match step.map_err(unavailable)? {
        Step::LogIn => Ok(to_login(&user_code)),
        Step::Confirm(view) => confirm_page(&request, &service, &view).await,
        Step::Unknown => {
            let shown = user_code.chars().take(MAX_SHOWN).collect();
            let detail = "That code has expired or was used, or has a typing error. Check it on your device.";
            let errors = vec![FieldError::of("user_code", "unknown-code", detail)];
            code_page(&request, &service, &visitor, (shown, errors)).await
        }
        Step::TooMany { retry_after_seconds } => {
            let retry_after = Duration::from_secs(retry_after_seconds.into());
            Err(PageError::TooManyRequests { retry_after })
        }
        Step::Approved => Ok(see_other("/device/done")),
        Step::Denied => Ok(see_other("/device/denied")),
    }
}

/// `GET /device/done`
pub(crate) async fn done(request: HttpRequest) -> HttpResponse {
    let title = "You can go back to your device";
    let text = "It goes on by itself within a few seconds. This page can be closed.";
    render(&request, &DonePage { title, text }, StatusCode::OK)
}

/// `GET /device/denied`
pub(crate) async fn denied(request: HttpRequest) -> HttpResponse {
    let title = "Nothing was shared";
    let text = "The device gets no access. If someone sent you that code, tell the people who \
                run this server.";
    render(&request, &DonePage { title, text }, StatusCode::OK)
}

async fn code_page(
    request: &HttpRequest,
    service: &Service,
    visitor: &Visitor,
    (user_code, errors): (String, Vec<FieldError>),
) -> Result<HttpResponse, PageError> {
    let user = match &visitor.signed_in {
        Some(person) => sessions::person(service, person.user_id).await.map_err(unavailable)?,
        None => None,
    };
    let Some(user) = user else { return Ok(to_login(&user_code)) };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let switch = format!("{}&switch=1", login_address(&user_code));
    let who = user.email.clone();
    let page = CodePage { title: "Connect a device", who, switch, user_code, errors };
    Ok(render(request, &page, status))
}

async fn confirm_page(
    request: &HttpRequest,
    service: &Service,
    view: &ConfirmView,
) -> Result<HttpResponse, PageError> {
    let user_code = view.user_code.shown();
    // Locked a moment ago: signed in to a session that is no more.
    let Some(user) = sessions::person(service, view.user_id).await.map_err(unavailable)? else {
        return Ok(to_login(&user_code));
    };
    let (mut errors, mut status) = (Vec::new(), StatusCode::OK);
    if view.nothing_ticked {
        let detail = "Nothing is ticked. Tick what you allow, or choose Deny.";
        errors.push(FieldError::of("scope", "nothing-ticked", detail));
        status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    let home = view.client_uri.as_deref().and_then(|uri| url::Url::parse(uri).ok());
    let page = ConfirmPage {
        title: format!("Allow {}?", view.client_name),
        who: user.email.clone(),
        switch: format!("{}&switch=1", login_address(&user_code)),
        user_code,
        name: view.client_name.clone(),
        home: home.and_then(|url| url.host_str().map(str::to_owned)),
        policy_uri: view.policy_uri.clone(),
        tos_uri: view.tos_uri.clone(),
        is_sandbox: view.environment == Environment::Sandbox,
        address: view.address.map(|it| it.to_string()),
        asked_at: view.asked_at.as_millis(),
        asked: view.asked.iter().map(ScopeWords::of).collect(),
        remembered: view.remembered.iter().map(ScopeWords::of).collect(),
        may_be_remembered: view.may_be_remembered,
        errors,
    };
    Ok(render(request, &page, status))
}

fn to_login(user_code: &str) -> HttpResponse {
    see_other(&login_address(user_code))
}

/// The sign-in page that leads back here, with the code that was typed.
fn login_address(user_code: &str) -> String {
    let encode =
        |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let back = if user_code.is_empty() {
        HOME.to_owned()
    } else {
        format!("{HOME}?user_code={}", encode(user_code))
    };
    format!("/login?return_to={}", encode(&back))
}
