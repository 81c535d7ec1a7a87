//! Signing out of people's pages, at their own wish or at a client's,
//! [OpenID Connect RP-Initiated Logout].
//!
//! [OpenID Connect RP-Initiated Logout]: https://openid.net/specs/openid-connect-rpinitiated-1_0.html

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Data},
};
use engine::{
    Engine, LogoutRefusal, LogoutRequest,
    authorize::{AuthorizationResponse, SignedInPerson},
};
use protocol::Parameters;
use serde::{Deserialize, Serialize};
use service::{Service, sessions};
use url::form_urlencoded;
use web::{Page, PageError, Protected, SignedIn, render, request_facts, see_other};

use super::{signed_in, unavailable};
use crate::{endpoint::authorize, redirect};

/// What a client may say; everything else is ignored.
const PARAMETERS: [&str; 6] = [
    "id_token_hint",
    "logout_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
    "ui_locales",
];

/// The form repeats what the client said, which is read anew.
#[derive(Debug, Deserialize)]
pub(crate) struct LogoutForm {
    /// The query of the page.
    #[serde(default)]
    wish: String,
}

#[derive(Serialize)]
struct LogoutPage<'a> {
    title: &'static str,
    /// Who is signed in; nobody when it is done.
    who: Option<String>,
    /// The application that wishes it.
    application: Option<&'a str>,
    /// The applications that the person signed in to during this session.
    applications: Vec<String>,
    /// What the client said.
    wish: String,
    /// Where the person may go on.
    back: Option<String>,
}

impl Page for LogoutPage<'_> {
    const TEMPLATE: &'static str = "interaction/logout.html";
}

#[derive(Serialize)]
struct LogoutErrorPage {
    title: &'static str,
    advice: &'static str,
}

impl Page for LogoutErrorPage {
    const TEMPLATE: &'static str = "interaction/logout_error.html";
}

/// `GET /logout`: asks first, unless the client shows that it knows the person, so that no
/// link of a stranger signs anyone out.
pub(crate) async fn show(
    request: HttpRequest,
    service: Data<Service>,
    engine: Data<Engine>,
) -> Result<HttpResponse, PageError> {
    let wish = match read(&engine, request.query_string()).await? {
        Ok(wish) => wish,
        Err(refusal) => return Ok(refuse(&request, refusal)),
    };
    let Some(person) = SignedIn::of(&request).as_ref().and_then(signed_in) else {
        return Ok(over(&request, &wish, wish.has_proof()));
    };
    let known = sessions::person(&service, person.user_id).await.map_err(unavailable)?;
    let Some(user) = known else { return Ok(over(&request, &wish, wish.has_proof())) };
    if wish.is_proved_for(person.user_id) {
        sign_out(&request, &service, &person).await?;
        return Ok(over(&request, &wish, true));
    }
    if let Some(there) = wish.destination() {
        redirect::let_forms_end_at(&request, there.redirect_uri());
    }
    let applications = engine.applications_of(person.user_id, person.session_id).await;
    let page = LogoutPage {
        title: "Sign out?",
        who: Some(user.email.clone()),
        application: wish.application_name(),
        applications: applications.map_err(unavailable)?,
        wish: request.query_string().to_owned(),
        back: None,
    };
    Ok(render(&request, &page, StatusCode::OK))
}

/// `POST /logout` of a client: the browser asks again with `GET`, as it sends no cookie with
/// what another site posts.
pub(crate) async fn forward(request: HttpRequest, body: Bytes) -> Result<HttpResponse, PageError> {
    let Some(sent) = authorize::read(&request, &body) else {
        return Ok(refuse(&request, LogoutRefusal::Unreadable));
    };
    if sent.repeated().is_some() {
        return Ok(refuse(&request, LogoutRefusal::Unreadable));
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    for name in PARAMETERS {
        query.extend_pairs(sent.get(name).map(|value| (name, value)));
    }
    let query = query.finish();
    Ok(see_other(&if query.is_empty() { "/logout".to_owned() } else { format!("/logout?{query}") }))
}

/// `POST /logout/confirm`: the person says so.
pub(crate) async fn submit(
    request: HttpRequest,
    form: Protected<LogoutForm>,
    service: Data<Service>,
    engine: Data<Engine>,
) -> Result<HttpResponse, PageError> {
    let Protected(LogoutForm { wish }) = form;
    let wish = match read(&engine, &wish).await? {
        Ok(wish) => wish,
        Err(refusal) => return Ok(refuse(&request, refusal)),
    };
    if let Some(person) = SignedIn::of(&request).as_ref().and_then(signed_in) {
        sign_out(&request, &service, &person).await?;
    }
    SignedIn::end(&request);
    Ok(over(&request, &wish, true))
}

async fn sign_out(
    request: &HttpRequest,
    service: &Service,
    person: &SignedInPerson,
) -> Result<(), PageError> {
    let facts = request_facts(request);
    sessions::sign_out(service, person.user_id, person.session_id, &facts)
        .await
        .map_err(unavailable)?;
    SignedIn::end(request);
    Ok(())
}

/// Nobody is signed in any more. The browser goes back where the person or the client proved
/// that this was wished; elsewhere there is a link.
fn over(request: &HttpRequest, wish: &LogoutRequest, goes_back: bool) -> HttpResponse {
    match wish.destination() {
        Some(there) if goes_back => redirect::to_client(request, there),
        there => {
            let page = LogoutPage {
                title: "You are signed out",
                who: None,
                application: wish.application_name(),
                applications: Vec::new(),
                wish: String::new(),
                back: there.map(AuthorizationResponse::with_query),
            };
            render(request, &page, StatusCode::OK)
        }
    }
}

async fn read(
    engine: &Engine,
    query: &str,
) -> Result<Result<LogoutRequest, LogoutRefusal>, PageError> {
    let parameters = match Parameters::parse(query.as_bytes()) {
        Ok(parameters) if query.len() <= authorize::MAX_QUERY => parameters,
        Ok(_) | Err(_) => return Ok(Err(LogoutRefusal::Unreadable)),
    };
    engine.logout_request(&parameters).await.map_err(unavailable)
}

fn refuse(request: &HttpRequest, refusal: LogoutRefusal) -> HttpResponse {
    let page = LogoutErrorPage { title: "Logout error", advice: refusal.advice() };
    render(request, &page, StatusCode::BAD_REQUEST)
}
