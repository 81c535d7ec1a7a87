//! The person is asked, and answers.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Query},
};
use domain::FieldError;
use engine::{
    Engine,
    authorize::{self, Choice, ConsentView, Decision, ScopeView, Step},
};
use serde::{Deserialize, Serialize};
use service::{Service, sessions};
use web::{Page, PageError, Protected, WebConfig, render};

use super::{Browser, ClientWords, login::follow, unavailable};
use crate::redirect;

/// What the address of the page says.
#[derive(Deserialize)]
pub(crate) struct ConsentQuery {
    #[serde(default)]
    request: String,
}

/// What the form holds. Which scopes there are to tick is the server's to know.
#[derive(Deserialize)]
pub(crate) struct ConsentForm {
    request: String,
    decision: Button,
    #[serde(default)]
    scope: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Button {
    Once,
    Always,
    Deny,
}

#[derive(Serialize)]
struct ConsentPage {
    title: String,
    client: ClientWords,
    who: String,
    switch: String,
    request: String,
    asked: Vec<ScopeWords>,
    remembered: Vec<ScopeWords>,
    may_be_remembered: bool,
    errors: Vec<FieldError>,
}

impl Page for ConsentPage {
    const TEMPLATE: &'static str = "interaction/consent.html";
}

#[derive(Serialize)]
pub(super) struct ScopeWords {
    name: String,
    label: String,
    hint: String,
    locked: bool,
}

/// `GET /consent`
pub(crate) async fn show(
    request: HttpRequest,
    query: Query<ConsentQuery>,
    engine: Data<Engine>,
    service: Data<Service>,
    config: Data<WebConfig>,
) -> Result<HttpResponse, PageError> {
    let handle = query.into_inner().request;
    let visitor = Browser::of(&request, &config).visitor(&request);
    match authorize::resume(&engine, &handle, &visitor).await.map_err(unavailable)? {
        Step::Consent(view) => page(&request, &handle, &view, &service).await,
        other @ (Step::LogIn(_) | Step::Answered(_) | Step::Gone(_)) => {
            Ok(follow(&request, &handle, &other))
        }
    }
}

/// `POST /consent`
pub(crate) async fn submit(
    request: HttpRequest,
    form: Protected<ConsentForm>,
    engine: Data<Engine>,
    service: Data<Service>,
    config: Data<WebConfig>,
) -> Result<HttpResponse, PageError> {
    let ConsentForm { request: handle, decision, scope } = form.0;
    let decision = Decision { choice: decision.into(), ticked: scope };
    let visitor = Browser::of(&request, &config).visitor(&request);
    let decided = authorize::decide_consent(&engine, &handle, &visitor, &decision).await;
    match decided.map_err(unavailable)? {
        Step::Consent(view) => page(&request, &handle, &view, &service).await,
        other @ (Step::LogIn(_) | Step::Answered(_) | Step::Gone(_)) => {
            Ok(follow(&request, &handle, &other))
        }
    }
}

async fn page(
    request: &HttpRequest,
    handle: &str,
    view: &ConsentView,
    service: &Service,
) -> Result<HttpResponse, PageError> {
    // Locked a moment ago: signed in to a session that is no more.
    let Some(user) = sessions::person(service, view.user_id).await.map_err(unavailable)? else {
        return Ok(redirect::to_login(handle));
    };
    redirect::let_forms_end_at(request, &view.client.redirect_uri);
    let mut errors = Vec::new();
    let mut status = StatusCode::OK;
    if view.nothing_ticked {
        let detail = "Nothing is ticked. Tick what you allow, or choose Deny.";
        errors.push(FieldError::of("scope", "nothing-ticked", detail));
        status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    let page = ConsentPage {
        title: format!("Allow {}?", view.client.name),
        client: ClientWords::of(&view.client),
        who: user.email.clone(),
        switch: format!("/login?request={handle}&switch=1"),
        request: handle.to_owned(),
        asked: view.asked.iter().map(ScopeWords::of).collect(),
        remembered: view.remembered.iter().map(ScopeWords::of).collect(),
        may_be_remembered: view.client.may_be_remembered,
        errors,
    };
    Ok(render(request, &page, status))
}

impl From<Button> for Choice {
    fn from(button: Button) -> Self {
        match button {
            Button::Once => Self::Once,
            Button::Always => Self::Always,
            Button::Deny => Self::Deny,
        }
    }
}

impl ScopeWords {
    pub(super) fn of(scope: &ScopeView) -> Self {
        Self {
            name: scope.name.clone(),
            label: scope.display_name.clone(),
            hint: scope.description.clone(),
            locked: scope.required,
        }
    }
}
