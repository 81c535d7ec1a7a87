//! `GET /oauth/protected`, the sample resource: 200, 400, 401 or 403 as RFC 6750 says.

use harness::{Answer, RelyingParty, TestServer, json, on_each_database};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

const TEXT: &str = "Congrats! You've hit an OAuth protected resource";

async fn machine(server: &TestServer, format: &str) -> RelyingParty {
    server.photos_api(format).await;
    server.register("machine", json!({ "scopes": ["resource.read", "resource.write"] })).await
}

async fn token(rp: &RelyingParty, scope: &str) -> String {
    json(&rp.client_credentials(scope).await)["access_token"].as_str().unwrap().to_owned()
}

fn call(server: &TestServer) -> RequestBuilder {
    server.request(Method::GET, "/oauth/protected")
}

async fn call_with(server: &TestServer, token: &str) -> Answer {
    server.send(call(server).bearer_auth(token)).await
}

#[track_caller]
fn assert_challenged(answer: &Answer, status: u16, error: Option<&str>) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(!answer.body.contains(TEXT));
    let challenge = &answer.headers["www-authenticate"];
    assert!(challenge.starts_with("Bearer"), "{challenge}");
    assert_eq!(challenge.contains("error="), error.is_some(), "{challenge}");
    if let Some(error) = error {
        assert!(challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
    }
}

on_each_database! {
    async fn a_token_of_the_right_scope_opens_it(server: TestServer) {
        let rp = machine(server, "jwt").await;

        let answer = call_with(server, &token(&rp, "resource.read").await).await;

        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.body.contains(TEXT), "{}", answer.body);
    }

    async fn an_opaque_token_opens_it_too(server: TestServer) {
        let rp = machine(server, "opaque").await;

        let answer = call_with(server, &token(&rp, "resource.read").await).await;

        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    async fn without_credentials_it_asks_for_them(server: TestServer) {
        let rp = machine(server, "jwt").await;
        let secret = rp.client_secret.clone();

        assert_challenged(&server.send(call(server)).await, 401, None);
        assert_challenged(&server.send(call(server).basic_auth(&rp.client_id, secret)).await, 401, None);
    }

    async fn a_token_that_does_not_count_is_invalid(server: TestServer) {
        let rp = machine(server, "jwt").await;
        let good = token(&rp, "resource.read").await;
        let revoked = token(&rp, "resource.read").await;
        assert_eq!(rp.revoke(&revoked).await.status, 200);

        assert_challenged(&call_with(server, "nonsense").await, 401, Some("invalid_token"));
        assert_challenged(&call_with(server, &revoked).await, 401, Some("invalid_token"));
        assert_eq!(call_with(server, &good).await.status, 200);
        server.advance(3600);
        assert_challenged(&call_with(server, &good).await, 401, Some("invalid_token"));
    }

    async fn another_scope_is_not_enough(server: TestServer) {
        let rp = machine(server, "jwt").await;

        let answer = call_with(server, &token(&rp, "resource.write").await).await;

        assert_challenged(&answer, 403, Some("insufficient_scope"));
        assert!(answer.headers["www-authenticate"].contains("scope=\"resource.read\""));
    }

    async fn a_request_that_cannot_be_read_is_a_bad_one(server: TestServer) {
        let rp = machine(server, "jwt").await;
        let token = token(&rp, "resource.read").await;

        for header in ["Bearer", "Bearer ", &format!("Bearer {token} {token}")] {
            let answer = server.send(call(server).header("authorization", header)).await;
            assert_challenged(&answer, 400, Some("invalid_request"));
        }
        let twice = call(server).bearer_auth(&token).bearer_auth(&token);
        assert_challenged(&server.send(twice).await, 400, Some("invalid_request"));
        let in_query = server.get(&format!("/oauth/protected?access_token={token}")).await;
        assert_ne!(in_query.status, 200, "a token in an address ends up in logs");
        assert_eq!(server.send(server.request(Method::POST, "/oauth/protected")).await.status, 405);
    }
}

/// The setting is off where nobody turned it on.
mod off {
    use super::{Method, TestServer, on_each_database};

    on_each_database! {
        async fn it_is_not_there(db: Db) {
            let server = TestServer::with(db, &[("sample_resource.enabled", "false")]).await;

            let answer = server.send(server.request(Method::GET, "/oauth/protected")).await;

            assert_eq!(answer.status, 404);
            server.finish().await;
        }
    }
}
