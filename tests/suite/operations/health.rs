//! Health, and what outlives a restart.

use harness::{Db, Installation, TestServer, json, on_each_database};
use reqwest::Method;

on_each_database! {
    async fn the_process_and_its_needs_are_told(db: Db) {
        let server = TestServer::spawn(db).await;

        let live = server.get("/health/live").await;
        let ready = server.get("/health/ready").await;

        assert_eq!((live.status, ready.status), (200, 200), "{}", ready.body);
        assert_eq!(json(&ready)["status"], "ready");
        server.finish().await;
    }

    async fn every_answer_has_a_name_and_its_headers(db: Db) {
        let server = TestServer::spawn(db).await;
        let mut names = Vec::new();
        for path in ["/", "/login", "/nowhere", "/jwks", "/health/live", "/authorize", "/token", "/api/v1/users", "/static/x", "/console"] {
            let answer = server.get(path).await;

            names.push(answer.headers["x-request-id"].clone());
            assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
            assert!(answer.headers.contains_key("referrer-policy"), "{path}");
            assert!(!answer.headers.contains_key("server"), "{path}");
            assert!(!answer.headers.contains_key("x-powered-by"), "{path}");
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "every request has a name of its own");
        server.finish().await;
    }

    async fn the_name_of_a_request_is_not_the_senders_to_choose(db: Db) {
        let server = TestServer::spawn(db).await;
        let request = server.request(Method::GET, "/login").header("x-request-id", "<script>alert(1)</script>");

        let answer = server.send(request).await;

        assert!(!answer.headers["x-request-id"].contains("script"));
        assert!(!answer.body.contains("<script>alert"));
        server.finish().await;
    }

    async fn tokens_keys_and_sessions_outlive_a_restart(db: Db) {
        let server = TestServer::spawn(db).await;
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let unused = alice.approve_always(&rp).await;
        let code = rp.code_of(&alice.open(&rp.authorization().url()).await);
        let tokens = rp.tokens(&code).await;
        let keys = server.jwks().await;

        let server = server.restart().await;

        assert_eq!(server.jwks().await, keys);
        assert!(rp.is_active(tokens["access_token"].as_str().unwrap()).await);
        assert_eq!(rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.status, 200);
        assert_eq!(rp.redeem(&unused).await.status, 200);
        assert!(alice.visit("/login").await.form_with("login-submit").is_none());
        harness::assert_refused(&rp.redeem(&code).await, 400, "invalid_grant");
        server.finish().await;
    }

    async fn a_revocation_outlives_a_restart(db: Db) {
        let server = TestServer::spawn(db).await;
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let tokens = rp.tokens(&server.person("alice").await.approve(&rp).await).await;
        assert_eq!(rp.revoke(tokens["access_token"].as_str().unwrap()).await.status, 200);

        let server = server.restart().await;

        assert!(!rp.is_active(tokens["access_token"].as_str().unwrap()).await);
        server.finish().await;
    }
}

#[actix_web::test]
async fn the_built_program_says_where_it_listens_and_ends_when_asked() {
    let installation = Installation::make(Db::Sqlite).await;
    let mut process = installation.first(&[]);

    let ready =
        harness::client().get(format!("{}/health/ready", process.url)).send().await.unwrap();

    assert_eq!(ready.status(), 200);
    assert_eq!(process.stop(), Some(0), "{}", process.log());
}

#[actix_web::test]
async fn a_sqlite_database_has_one_server() {
    let installation = Installation::make(Db::Sqlite).await;
    let _first = installation.first(&[]);

    let refused =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| installation.another(&[])));

    assert!(refused.is_err(), "a second process on one file would lose writes");
}
