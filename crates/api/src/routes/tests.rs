//! What the routes answer before anybody is asked who they are.

use actix_web::{
    http::{Method, header::AUTHORIZATION},
    test::TestRequest,
};
use serde_json::json;

use super::*;
use crate::testing::send;

fn request(method: &Method, path: &str) -> TestRequest {
    TestRequest::default().method(method.clone()).uri(path)
}

/// `path` with a value for each of its parameters.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
    format!("{BASE}{}", parts.collect::<Vec<_>>().join("/"))
}

#[actix_web::test]
async fn no_operation_answers_without_credentials() {
    for Entry { method, path, operation, .. } in all() {
        let reply = send(request(&method, &filled(path))).await;

        assert_eq!(reply.status, 401, "{}", operation.id);
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(
            reply.header("www-authenticate"),
            "Bearer realm=\"management-api\", DPoP realm=\"management-api\", \
             algs=\"ES256 EdDSA PS256\""
        );
        let problem = reply.json();
        assert_eq!(problem["type"], "https://id.example.com/problems/unauthorized");
        assert_eq!(problem["trace_id"], reply.header("x-request-id"));
        let instance = format!("urn:trace:{}", reply.header("x-request-id"));
        assert_eq!(problem["instance"], instance.as_str());
    }
}

#[actix_web::test]
async fn cookies_and_other_schemes_are_no_credentials() {
    for header in [(AUTHORIZATION.as_str(), "Basic YTpi"), ("cookie", "__Host-cs_adm=x")] {
        let reply = send(TestRequest::get().uri("/api/v1/users").insert_header(header)).await;

        assert_eq!(reply.status, 401, "{header:?}");
    }
}

#[actix_web::test]
async fn other_methods_are_told_which_ones_work() {
    for path in paths() {
        let reply = send(request(&Method::OPTIONS, &filled(path))).await;

        assert_eq!(reply.status, 405, "{path}");
        assert_eq!(reply.json()["type"], "https://id.example.com/problems/method-not-allowed");
        let mut allowed: Vec<&str> =
            reply.header("allow").split(", ").filter(|it| *it != "HEAD").collect();
        let entries: Vec<Entry> = all().into_iter().filter(|it| it.path == path).collect();
        for entry in &entries {
            assert!(allowed.contains(&entry.method.as_str()), "{path}: {allowed:?}");
        }
        allowed.dedup();
        assert_eq!(allowed.len(), entries.len(), "{path}: {allowed:?}");
    }
}

#[actix_web::test]
async fn what_is_not_there_is_a_problem_too() {
    for path in
        ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/apps", "/api/v2/users", "/api/v1/users/"]
    {
        let reply = send(TestRequest::get().uri(path)).await;

        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.header("content-type"), "application/problem+json", "{path}");
        let problem = reply.json();
        assert_eq!(problem["type"], "https://id.example.com/problems/not-found", "{path}");
        assert_eq!(problem["status"], json!(404), "{path}");
        assert!(problem["detail"].as_str().unwrap().contains("/api/openapi.json"), "{path}");
    }
}

#[actix_web::test]
async fn the_document_is_served_for_this_server() {
    let reply = send(TestRequest::get().uri("/api/openapi.json")).await;

    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.json()["openapi"], "3.1.0");
    assert_eq!(reply.json()["servers"][0]["url"], "https://id.example.com");
}

#[actix_web::test]
async fn every_problem_has_a_page_and_others_have_none() {
    for entry in crate::problem::catalogue::all() {
        let reply = send(TestRequest::get().uri(&format!("/problems/{}", entry.slug))).await;

        assert_eq!(reply.status, 200, "{}", entry.slug);
        assert!(reply.header("content-type").starts_with("text/html"));
        assert!(reply.text().contains(entry.slug), "{}", entry.slug);
    }
    let index = send(TestRequest::get().uri("/problems")).await;
    assert!(index.text().contains("/problems/https-required"));
    assert_eq!(send(TestRequest::get().uri("/problems/nothing")).await.status, 404);
}

#[cfg(feature = "swagger")]
#[actix_web::test]
async fn swagger_ui_is_served_with_a_policy_of_its_own() {
    let reply = send(TestRequest::get().uri("/swagger")).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (308, "/swagger/"));

    let reply = send(TestRequest::get().uri("/swagger/")).await;
    assert_eq!(reply.status, 200);
    assert!(reply.text().contains("swagger-ui"));
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("script-src 'self';"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");

    let script = send(TestRequest::get().uri("/swagger/swagger-initializer.js")).await;
    assert!(script.text().contains("/api/openapi.json"), "{}", script.text());
    assert_eq!(send(TestRequest::get().uri("/swagger/nothing.js")).await.status, 404);
}
