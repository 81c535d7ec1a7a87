//! `Idempotency-Key`: what is sent twice happens once.

use harness::{Answer, TestServer, assert_problem, json, on_each_database};
use reqwest::Method;
use serde_json::{Value, json};

async fn post(server: &TestServer, path: &str, key: &str, body: &Value) -> Answer {
    let request =
        server.api().request(Method::POST, path).header("idempotency-key", key).json(body);
    server.api().send(request).await
}

async fn count(server: &TestServer, path: &str) -> usize {
    json(&server.api().get(path).await)["data"].as_array().unwrap().len()
}

fn user() -> Value {
    json!({ "username": "alice", "email": "alice@example.com" })
}

on_each_database! {
    async fn the_second_gets_the_answer_of_the_first(server: TestServer) {
        let first = post(server, "/users", "k-1", &user()).await;
        let second = post(server, "/users", "k-1", &user()).await;

        assert_eq!((first.status, second.status), (201, 201), "{}", second.body);
        assert_eq!(first.body, second.body);
        assert_eq!(first.headers["location"], second.headers["location"]);
        assert!(!first.headers.contains_key("idempotency-replayed"));
        assert_eq!(second.headers["idempotency-replayed"], "true");
        assert_eq!(count(server, "/users").await, 1);
    }

    async fn a_secret_is_not_given_twice(server: TestServer) {
        let body = json!({ "name": "x", "type": "machine", "environment": "sandbox" });
        let first = post(server, "/applications", "k-1", &body).await;
        let id = json(&first)["id"].as_str().unwrap().to_owned();

        let second = post(server, "/applications", "k-1", &body).await;

        assert_problem(&second, 409, &[]);
        assert!(second.body.contains("/problems/secret-already-returned"), "{}", second.body);
        assert!(second.body.contains(&id), "it names what was made: {}", second.body);
        assert_eq!(count(server, "/applications").await, 1);
    }

    async fn another_request_with_the_key_is_refused(server: TestServer) {
        post(server, "/users", "k-1", &user()).await;

        let other = post(server, "/users", "k-1", &json!({ "username": "bob", "email": "b@example.com" })).await;
        let elsewhere = post(server, "/resources", "k-1", &json!({ "identifier": "https://x.test", "name": "x" })).await;

        assert_problem(&other, 422, &[]);
        assert_problem(&elsewhere, 422, &[]);
        assert!(other.body.contains("/problems/idempotency-key-reused"));
        assert_eq!((count(server, "/users").await, count(server, "/resources").await), (1, 0));
    }

    async fn a_refused_request_leaves_the_key_free(server: TestServer) {
        let refused = post(server, "/users", "k-1", &json!({ "username": "a b", "email": "x" })).await;
        assert_eq!(refused.status, 422);

        assert_eq!(post(server, "/users", "k-1", &user()).await.status, 201);
    }

    async fn keys_of_different_callers_do_not_meet(server: TestServer) {
        post(server, "/users", "k-1", &user()).await;
        let other = server.api_with(&["users:write", "users:read"]).await;
        let body = json!({ "username": "bob", "email": "bob@example.com" });

        let request = other.request(Method::POST, "/users").header("idempotency-key", "k-1").json(&body);

        assert_eq!(other.send(request).await.status, 201);
    }

    async fn a_key_is_forgotten_after_a_day(server: TestServer) {
        post(server, "/users", "k-1", &user()).await;
        server.advance(24 * 3600 + 1);

        let again = post(server, "/users", "k-1", &json!({ "username": "bob", "email": "b@example.com" })).await;

        assert_eq!(again.status, 201, "{}", again.body);
    }

    async fn sixteen_at_once_make_one(server: TestServer) {
        let body = user();
        let attempts = (0..16).map(|_| post(server, "/users", "k-1", &body));
        let answers = crate::races::at_once(attempts).await;

        let made = answers.iter().filter(|it| it.status == 201).count();
        let waiting = answers.iter().filter(|it| it.status == 409).count();
        assert_eq!(made + waiting, 16, "{:?}", answers.iter().map(|it| it.status).collect::<Vec<_>>());
        assert!(made >= 1);
        assert_eq!(count(server, "/users").await, 1);
    }

    async fn a_key_is_short_and_visible(server: TestServer) {
        for key in ["", "a b", &"x".repeat(256), "ä"] {
            let answer = post(server, "/users", key, &user()).await;
            assert_eq!(answer.status, 400, "{key:?}: {}", answer.body);
            assert!(answer.body.contains("invalid-key"), "{}", answer.body);
        }
        assert_eq!(count(server, "/users").await, 0);
        assert_eq!(post(server, "/users", &"x".repeat(255), &user()).await.status, 201);
    }
}
