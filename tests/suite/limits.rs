//! What one address may do before it has to wait, and that others need not.

use harness::{
    Answer, Db, RelyingParty, TestServer, assert_refused, on_each_database, response_parameter,
};
use reqwest::Method;
use serde_json::json;

/// How many proofs of one client may fail from one address at once.
const FAILED_PROOFS: usize = 30;
/// How many authorization requests of one address may wait at once.
const WAITING: usize = 1000;

/// A server whose callers say where they come from, as a proxy does.
async fn behind_a_proxy(db: Db) -> TestServer {
    let server = TestServer::with(db, &[("server.trusted_proxies", "127.0.0.0/8")]).await;
    server.photos_api("jwt").await;
    server
}

async fn post(server: &TestServer, path: &str, rp: &RelyingParty, from: &str) -> Answer {
    let parameters =
        [("grant_type", "client_credentials"), ("scope", "resource.read"), ("token", "cs_at_1x")];
    let request = server
        .request(Method::POST, path)
        .header("x-forwarded-for", from)
        .basic_auth(&rp.client_id, rp.client_secret.as_deref())
        .form(&parameters);
    server.send(request).await
}

async fn authorize(server: &TestServer, rp: &RelyingParty, from: &str) -> Answer {
    let url = rp.authorization().url();
    let path = url.strip_prefix(&server.url).unwrap();
    server.send(server.request(Method::GET, path).header("x-forwarded-for", from)).await
}

on_each_database! {
    async fn a_secret_is_guessed_thirty_times(db: Db) {
        let server = behind_a_proxy(db).await;
        let scopes = json!({ "scopes": ["resource.read"] });
        let rp = server.register("machine", scopes.clone()).await;
        let neighbour = server.register("machine", scopes).await;
        let guess = rp.with_secret("guess");
        let (here, there) = ("198.51.100.1", "203.0.113.9");

        let paths = ["/token", "/introspect", "/revoke"];
        let mut statuses = Vec::new();
        for n in 0..1000 {
            statuses.push(post(&server, paths[n % 3], &guess, here).await.status);
        }

        let slowed = [vec![401; FAILED_PROOFS], vec![429; 1000 - FAILED_PROOFS]].concat();
        assert_eq!(statuses, slowed);
        for path in paths {
            // What is not compared cannot be found by guessing either.
            let refused = post(&server, path, &rp, here).await;
            assert_refused(&refused, 429, "invalid_client");
            assert_eq!(refused.headers.get("retry-after").map(String::as_str), Some("1"));
            assert_eq!(post(&server, path, &rp, there).await.status, 200, "{path}");
            assert_eq!(post(&server, path, &neighbour, here).await.status, 200, "{path}");
        }
        server.advance(1);
        assert_eq!(post(&server, "/token", &rp, here).await.status, 200);
        server.finish().await;
    }

    async fn no_limit_is_kept_where_they_are_switched_off(db: Db) {
        let server = TestServer::with(db, &[("limits.enabled", "false")]).await;
        server.photos_api("jwt").await;
        let rp = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        let guess = rp.with_secret("guess");

        for _ in 0..2 * FAILED_PROOFS {
            assert_refused(&post(&server, "/token", &guess, "").await, 401, "invalid_client");
        }
        server.finish().await;
    }

    async fn a_thousand_requests_wait_for_one_address(db: Db) {
        let server = behind_a_proxy(db).await;
        let rp = server.web_app().await;
        let (here, there) = ("2001:db8:1:2::1", "2001:db8:1:3::1");
        for _ in 0..WAITING {
            assert_eq!(authorize(&server, &rp, here).await.status, 303);
        }

        // Another address of the same subscriber.
        let refused = authorize(&server, &rp, "2001:db8:1:2:ffff::7").await;

        assert_eq!(refused.status, 429, "{}", refused.body);
        assert_eq!(refused.headers.get("retry-after").map(String::as_str), Some("1"));
        assert!(refused.headers["content-type"].starts_with("text/html"));
        assert!(refused.body.contains("Try again in 1 second"), "{}", refused.body);
        assert!(response_parameter(&refused, "error").is_none());
        assert_eq!(authorize(&server, &rp, there).await.status, 303);
        let rows = server.rows().await;
        let waiting = rows.iter().filter(|(table, _)| table == "authorization_request").count();
        assert_eq!(waiting, WAITING + 1);
        server.advance(1);
        assert_eq!(authorize(&server, &rp, here).await.status, 303);
        server.finish().await;
    }
}
