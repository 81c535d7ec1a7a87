//! Which forms are taken.

use actix_web::{
    App, HttpResponse,
    cookie::Cookie,
    http::StatusCode,
    test::{TestRequest, call_service, init_service, read_body},
    web,
};
use serde::{Deserialize, Serialize};

use super::*;
use crate::{Edge, Page, Pages, render, testing};

const URL: &str = "https://id.example.com";

#[derive(Serialize)]
struct FormPage {
    title: &'static str,
}

impl Page for FormPage {
    const TEMPLATE: &'static str = "form.html";
}

#[derive(Deserialize)]
struct Colours {
    name: String,
    #[serde(default)]
    colour: Vec<String>,
}

async fn show(request: HttpRequest) -> HttpResponse {
    render(&request, &FormPage { title: "Form" }, StatusCode::OK)
}

async fn take(form: Protected<Colours>) -> HttpResponse {
    HttpResponse::Ok().body(format!("{}: {}", form.0.name, form.0.colour.join(",")))
}

macro_rules! app {
    () => {{
        let pages = Pages::with(&[(
            "form.html",
            r#"{% extends "layout/auth.html" %}{% block content %}{{ <csrf /> }}{% endblock content %}"#,
        )]);
        let (config, pages) = (Data::new(testing::config(URL)), Data::new(pages.unwrap()));
        init_service(
            App::new()
                .app_data(config.clone())
                .app_data(pages.clone())
                .route("/form", web::get().to(show))
                .route("/form", web::post().to(take))
                .route("/form", web::put().to(take))
                .wrap(Edge::new(config, pages)),
        )
        .await
    }};
}

/// The token and the cookie that a page with a form gives.
macro_rules! form_of {
    ($app:expr) => {{
        let response = call_service(&$app, TestRequest::get().uri("/form").to_request()).await;
        let cookie = response.response().cookies().find(|it| it.name() == "__Host-cs_pre").unwrap();
        let cookie = Cookie::new(cookie.name().to_owned(), cookie.value().to_owned());
        let html = String::from_utf8(read_body(response).await.to_vec()).unwrap();
        let token = html.split(r#"name="csrf" value=""#).nth(1).unwrap();
        (token.split('"').next().unwrap().to_owned(), cookie)
    }};
}

fn post(token: &str, cookie: Option<&Cookie<'static>>) -> TestRequest {
    let mut request = TestRequest::post()
        .uri("/form")
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload(format!("csrf={token}&name=a+b&colour=red&colour=blue"));
    if let Some(cookie) = cookie {
        request = request.cookie(cookie.clone());
    }
    request
}

#[actix_web::test]
async fn a_form_of_this_server_is_taken_with_its_lists() {
    let app = app!();
    let (token, cookie) = form_of!(app);

    let request = post(&token, Some(&cookie)).insert_header(("sec-fetch-site", "same-origin"));
    let response = call_service(&app, request.to_request()).await;

    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(read_body(response).await, "a b: red,blue");
}

#[actix_web::test]
async fn where_the_form_came_from_must_be_said_and_right() {
    let app = app!();
    let (token, cookie) = form_of!(app);
    let cases: &[(&[(&str, &str)], u16)] = &[
        (&[("sec-fetch-site", "same-origin")], 200),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "none")], 403),
        (&[("sec-fetch-site", "cross-site"), ("origin", URL)], 403),
        (&[("origin", URL)], 200),
        (&[("origin", "null")], 403),
        (&[("origin", "https://id.example.com.evil.example")], 403),
        (&[("origin", "http://id.example.com")], 403),
        (&[], 403),
    ];

    for (headers, expected) in cases {
        let mut request = post(&token, Some(&cookie));
        for header in *headers {
            request = request.insert_header(*header);
        }
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(response.status().as_u16(), *expected, "{headers:?}");
    }
}

#[actix_web::test]
async fn the_token_must_be_that_of_the_browser() {
    let app = app!();
    let (token, cookie) = form_of!(app);
    let (other, _) = form_of!(app);
    assert_ne!(token, other);

    for (token, cookie) in [
        (other.as_str(), Some(&cookie)),
        ("", Some(&cookie)),
        (&token.to_lowercase(), Some(&cookie)),
        (&token, None),
        (&token, Some(&Cookie::new("__Host-cs_pre", ""))),
    ] {
        let request = post(token, cookie).insert_header(("sec-fetch-site", "same-origin"));
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let html = String::from_utf8(read_body(response).await.to_vec()).unwrap();
        assert!(html.contains("Go back"), "{html}");
    }
}

#[actix_web::test]
async fn only_post_is_taken() {
    let app = app!();
    let (token, cookie) = form_of!(app);

    let request = post(&token, Some(&cookie))
        .method(Method::PUT)
        .insert_header(("sec-fetch-site", "same-origin"));

    assert_eq!(call_service(&app, request.to_request()).await.status(), StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn a_form_that_does_not_fit_is_a_bad_request() {
    let app = app!();
    let (token, cookie) = form_of!(app);

    for (fields, expected) in [
        ("colour=red", 400),
        ("name=a&name=b", 400),
        ("name=%FF", 400),
        ("name=a", 200),
        ("name=a&unknown=1", 200),
    ] {
        let request = post(&token, Some(&cookie))
            .set_payload(format!("csrf={token}&{fields}"))
            .insert_header(("sec-fetch-site", "same-origin"));
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(response.status().as_u16(), expected, "{fields}");
    }
}
