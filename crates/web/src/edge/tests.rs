//! What every answer carries.

use actix_web::{
    App, HttpResponse,
    test::{TestRequest, init_service, try_call_service},
    web,
};

use super::*;
use crate::{ClientAddress, RequestId, testing};

async fn who(id: RequestId, address: ClientAddress, request: HttpRequest) -> HttpResponse {
    let uri = "https://app.example.com/cb".parse().unwrap();
    RedirectOrigin::of(&uri).allow(&request);
    HttpResponse::Ok().content_type("text/html").body(format!("{id} {}", address.0))
}

async fn cached() -> HttpResponse {
    HttpResponse::Ok().insert_header(("cache-control", "max-age=300")).body("{}")
}

macro_rules! send {
    ($request:expr) => {{
        let config = Data::new(testing::config("https://id.example.com"));
        let pages = Data::new(Pages::load().unwrap());
        let app = init_service(
            App::new()
                .route("/who", web::get().to(who))
                .route("/cached", web::get().to(cached))
                .wrap(Edge::new(config, pages)),
        )
        .await;
        try_call_service(&app, $request.to_request()).await.unwrap()
    }};
}

#[actix_web::test]
async fn the_name_of_a_request_is_ours_and_known_to_handlers() {
    let response = send!(
        TestRequest::get()
            .uri("/who")
            .insert_header(("x-request-id", "forged"))
            .peer_addr("10.0.0.1:80".parse().unwrap())
            .insert_header(("x-forwarded-for", "198.51.100.1"))
    );

    let id = response.headers().get("x-request-id").unwrap().to_str().unwrap().to_owned();
    let body = actix_web::test::read_body(response).await;
    assert_eq!(body, format!("{id} 198.51.100.1"));
    assert!(id.len() == 16 && id.bytes().all(|it| it.is_ascii_hexdigit()));
}

#[actix_web::test]
async fn the_redirect_origin_a_handler_allows_reaches_the_policy() {
    let response = send!(TestRequest::get().uri("/who"));

    let policy = response.headers().get("content-security-policy").unwrap().to_str().unwrap();
    assert!(policy.contains("form-action 'self' https://app.example.com;"), "{policy}");
}

#[actix_web::test]
async fn every_answer_has_the_headers_and_keeps_its_own() {
    let data = send!(TestRequest::get().uri("/cached"));
    let page = send!(TestRequest::get().uri("/who"));

    assert_eq!(data.headers().get("cache-control").unwrap(), "max-age=300");
    assert_eq!(page.headers().get("cache-control").unwrap(), "no-store");
    for name in [
        "x-request-id",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "cross-origin-resource-policy",
        "strict-transport-security",
        "content-security-policy",
    ] {
        assert!(data.headers().contains_key(name), "{name}");
        assert!(page.headers().contains_key(name), "{name}");
    }
    for name in ["permissions-policy", "cross-origin-opener-policy"] {
        assert!(page.headers().contains_key(name), "{name}");
    }
    assert!(!page.headers().contains_key("server"));
}
