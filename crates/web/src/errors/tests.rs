//! What goes out when something went wrong.

use actix_web::{
    App, HttpRequest, HttpResponse, ResponseError,
    body::to_bytes,
    http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    test::{TestRequest, init_service, try_call_service},
    web::{self, Data, ServiceConfig},
};

use super::*;
use crate::{Edge, Pages, ParamsError, app_defaults, testing};

async fn forbidden() -> Result<HttpResponse, PageError> {
    Err(PageError::Forbidden(Permission::AppsWrite))
}

async fn slow_down() -> Result<HttpResponse, PageError> {
    Err(PageError::TooManyRequests { retry_after: Duration::from_secs(30) })
}

async fn conflict() -> Result<HttpResponse, PageError> {
    Err(PageError::Conflict("<b>Ana</b> changed this.".to_owned()))
}

async fn actix_error(_: web::Json<u32>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn params_error() -> Result<HttpResponse, ParamsError> {
    Err(ParamsError::TooLarge)
}

async fn challenge() -> HttpResponse {
    HttpResponse::Unauthorized().insert_header((WWW_AUTHENTICATE, "Bearer")).finish()
}

async fn own_words() -> HttpResponse {
    HttpResponse::BadRequest().json(serde_json::json!({ "error": "invalid_request" }))
}

async fn broken(_: HttpRequest) -> HttpResponse {
    panic!("a secret that must not be sent")
}

fn routes(config: &mut ServiceConfig) {
    config
        .route("/console/forbidden", web::get().to(forbidden))
        .route("/slow", web::get().to(slow_down))
        .route("/conflict", web::get().to(conflict))
        .service(web::resource("/json").route(web::post().to(actix_error)))
        .route("/api/v1/json", web::post().to(actix_error))
        .route("/params", web::get().to(params_error))
        .route("/challenge", web::get().to(challenge))
        .route("/own", web::get().to(own_words))
        .route("/broken", web::get().to(broken));
}

struct Reply {
    status: u16,
    content_type: String,
    body: String,
    response_headers: actix_web::http::header::HeaderMap,
}

async fn send(request: TestRequest) -> Reply {
    let config = Data::new(testing::config("https://id.example.com"));
    let pages = Data::new(Pages::load().unwrap());
    let app = init_service(
        App::new()
            .configure(routes)
            .configure(|it| app_defaults(it, &config, &pages))
            .wrap(Edge::new(config.clone(), pages.clone())),
    )
    .await;
    let (response_head, body) = match try_call_service(&app, request.to_request()).await {
        Ok(response) => response.into_parts().1.into_parts(),
        Err(error) => error.error_response().into_parts(),
    };
    let header = |name| response_head.headers().get(name).map(|it| it.to_str().unwrap().to_owned());
    Reply {
        status: response_head.status().as_u16(),
        content_type: header(CONTENT_TYPE).unwrap_or_default(),
        response_headers: response_head.headers().clone(),
        body: String::from_utf8(to_bytes(body).await.unwrap().to_vec()).unwrap(),
    }
}

async fn get(path: &str) -> Reply {
    send(TestRequest::get().uri(path)).await
}

fn assert_page(reply: &Reply, status: u16, part: &str) {
    assert_eq!(reply.status, status, "{}", reply.body);
    assert_eq!(reply.content_type, "text/html; charset=utf-8");
    assert!(reply.body.contains(part), "{part} in {}", reply.body);
    let id = reply.response_headers.get("x-request-id").unwrap().to_str().unwrap();
    assert_eq!(id.len(), 16);
    assert!(reply.body.contains(&format!("Trace ID <code>{id}</code>")), "{}", reply.body);
    assert!(reply.response_headers.contains_key("content-security-policy"));
    assert_eq!(reply.response_headers.get("cache-control").unwrap(), "no-store");
}

#[actix_web::test]
async fn each_error_has_its_page() {
    assert_page(&get("/nothing").await, 404, "There is nothing here");
    assert_page(&get("/json").await, 405, "does not work like that");
    assert_page(&get("/params").await, 413, "too much at once");
    assert_page(&get("/conflict").await, 409, "&lt;b&gt;Ana&lt;");
    let forbidden = get("/console/forbidden").await;
    assert_page(&forbidden, 403, "<code>apps:write</code>");
    assert!(forbidden.body.contains(r#"href="/console""#));
}

#[actix_web::test]
async fn too_many_tries_say_when_to_try_again() {
    let reply = get("/slow").await;

    assert_page(&reply, 429, "Try again in 30 seconds.");
    assert_eq!(reply.response_headers.get(RETRY_AFTER).unwrap(), "30");
}

#[actix_web::test]
async fn no_words_of_the_framework_go_out() {
    let reply = send(
        TestRequest::post()
            .uri("/json")
            .insert_header((CONTENT_TYPE, "application/json"))
            .set_payload("{"),
    )
    .await;

    assert_page(&reply, 400, "We could not read this request");
    assert!(!reply.body.contains("EOF"));
}

#[actix_web::test]
async fn the_api_gets_problem_details() {
    let reply = get("/api/nothing").await;

    assert_eq!((reply.status, reply.content_type.as_str()), (404, "application/problem+json"));
    let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(problem["status"], 404);
    assert_eq!(
        problem["trace_id"],
        reply.response_headers.get("x-request-id").unwrap().to_str().unwrap()
    );
    assert_eq!(get("/apiary").await.content_type, "text/html; charset=utf-8");
}

#[actix_web::test]
async fn an_endpoint_keeps_its_own_words() {
    let own = get("/own").await;
    assert_eq!(own.body, r#"{"error":"invalid_request"}"#);

    let challenge = get("/challenge").await;
    assert_eq!((challenge.status, challenge.body.as_str()), (401, ""));
    assert!(challenge.response_headers.contains_key("x-request-id"));
}

#[actix_web::test]
async fn a_panic_becomes_a_page_that_tells_nothing() {
    let reply = get("/broken").await;

    assert_page(&reply, 500, "Something broke on our side");
    assert!(!reply.body.contains("secret"));
    assert_eq!(reply.response_headers.get("x-content-type-options").unwrap(), "nosniff");
}

#[test]
fn every_page_error_answers_its_status_without_a_body() {
    for (error, status) in [
        (PageError::BadRequest(String::new()), 400),
        (PageError::BadForm, 400),
        (PageError::StaleForm, 403),
        (PageError::Forbidden(Permission::AppsRead), 403),
        (PageError::NotFound, 404),
        (PageError::Conflict(String::new()), 409),
        (PageError::TooLarge, 413),
        (PageError::WrongContentType, 415),
        (PageError::TooManyRequests { retry_after: Duration::ZERO }, 429),
        (PageError::Internal, 500),
        (PageError::Unavailable { retry_after: Duration::ZERO }, 503),
    ] {
        let response = error.error_response();
        assert_eq!(response.status().as_u16(), status);
        assert!(needs_page(&response), "{error:?}");
    }
}

#[test]
fn a_problem_of_an_operation_has_a_page() {
    for (problem, status) in [
        (Problem::Forbidden(Permission::AppsRead), 403),
        (Problem::NotFound("application"), 404),
        (Problem::field("name", "required", "Type a name."), 400),
        (Problem::Conflict { code: "last-owner", detail: "One owner must stay.".to_owned() }, 409),
        (Problem::Stale { current: 2 }, 409),
        (Problem::Busy { retry_after_seconds: 3 }, 503),
    ] {
        let error = PageError::from(problem);
        assert_eq!(error.error_response().status().as_u16(), status, "{error:?}");
    }
}
