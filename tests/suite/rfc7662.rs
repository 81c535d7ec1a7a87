//! Token Introspection, RFC 7662.

use harness::{Answer, RelyingParty, TestServer, assert_refused, json, on_each_database};
use serde_json::{Value, json};

async fn tokens(server: &TestServer, format: &str) -> (RelyingParty, Value) {
    server.photos_api(format).await;
    let rp = server.web_app().await;
    let code = server.person("alice").await.approve(&rp).await;
    let tokens = rp.tokens(&code).await;
    (rp, tokens)
}

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

async fn ask(rp: &RelyingParty, token: &str) -> Answer {
    rp.post("/introspect", &[("token", token)]).await
}

/// Inactive answers hold nothing that could tell one reason from another.
#[track_caller]
fn assert_inactive(answer: &Answer) {
    assert_eq!((answer.status, json(answer)), (200, json!({ "active": false })));
    assert_eq!(answer.headers["cache-control"], "no-store");
}

on_each_database! {
    async fn a_jwt_of_a_person_is_described(server: TestServer) {
        let (rp, tokens) = tokens(server, "jwt").await;

        let answer = ask(&rp, text(&tokens, "access_token")).await;
        let told = json(&answer);

        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(told["active"], true);
        assert_eq!(told["scope"], "openid resource.read");
        assert_eq!(told["client_id"], rp.client_id);
        assert_eq!(told["username"], "alice");
        assert_eq!(told["token_type"], "Bearer");
        assert_eq!(told["iss"], server.url);
        assert_eq!(told["env"], "sandbox");
        assert_eq!(told["iat"], server.now() / 1000);
        assert_eq!(told["exp"], server.now() / 1000 + 3600);
        assert_eq!(told["aud"], json!(["https://api.example.com/photos", server.url]));
        assert!(text(&told, "sub").starts_with("usr_") && told["jti"].is_string());
    }

    async fn an_opaque_token_is_described_by_the_same_members(server: TestServer) {
        let (rp, tokens) = tokens(server, "opaque").await;

        let told = json(&ask(&rp, text(&tokens, "access_token")).await);

        assert_eq!(told["active"], true);
        assert_eq!(told["scope"], tokens["scope"]);
        assert_eq!(told["client_id"], rp.client_id);
        assert_eq!(told["username"], "alice");
        assert_eq!(told["iss"], server.url);
        assert_eq!(told["exp"], server.now() / 1000 + 3600);
    }

    async fn an_expired_token_is_inactive(server: TestServer) {
        let (rp, tokens) = tokens(server, "jwt").await;
        server.advance(3599);
        assert!(rp.is_active(text(&tokens, "access_token")).await);

        server.advance(1);

        assert_inactive(&ask(&rp, text(&tokens, "access_token")).await);
    }

    async fn what_does_not_concern_the_caller_is_inactive(server: TestServer) {
        let (_, tokens) = tokens(server, "jwt").await;
        let body = json!({
            "identifier": "https://api.example.com/mail", "name": "Mail", "token_format": "jwt",
            "scopes": [{ "name": "mail.read", "display_name": "Read mail" }],
        });
        server.api().create("/resources", &body).await;
        let stranger = server.register("machine", json!({ "scopes": ["mail.read"] })).await;

        assert_inactive(&ask(&stranger, text(&tokens, "access_token")).await);
        assert_inactive(&ask(&stranger, text(&tokens, "refresh_token")).await);
    }

    async fn the_api_that_a_token_is_for_may_ask(server: TestServer) {
        let (_, tokens) = tokens(server, "opaque").await;
        let api = server.register("machine", json!({ "scopes": ["resource.write"] })).await;

        assert!(api.is_active(text(&tokens, "access_token")).await);
        assert_inactive(&ask(&api, text(&tokens, "refresh_token")).await);
    }

    async fn a_refresh_token_is_told_to_its_client_and_is_no_access_token(server: TestServer) {
        let (rp, tokens) = tokens(server, "jwt").await;

        let told = json(&ask(&rp, text(&tokens, "refresh_token")).await);

        assert_eq!(told["active"], true);
        assert_eq!(told.get("token_type"), None);
        assert_eq!(rp.userinfo(text(&tokens, "refresh_token")).await.status, 401);
    }

    async fn an_id_token_is_no_access_token(server: TestServer) {
        let (rp, tokens) = tokens(server, "jwt").await;

        assert_inactive(&ask(&rp, text(&tokens, "id_token")).await);
        assert_eq!(rp.userinfo(text(&tokens, "id_token")).await.status, 401);
        let as_caller = server.api().with_bearer(text(&tokens, "id_token"));
        assert_eq!(as_caller.get("/applications").await.status, 401);
    }

    async fn a_token_that_was_altered_is_inactive(server: TestServer) {
        let (rp, tokens) = tokens(server, "jwt").await;
        let token = text(&tokens, "access_token");
        let parts: Vec<&str> = token.split('.').collect();
        let id_parts: Vec<&str> = text(&tokens, "id_token").split('.').collect();
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0";
        let mut bent = token.to_owned();
        bent.replace_range(bent.len() - 1.., if token.ends_with('A') { "B" } else { "A" });

        for altered in [
            format!("{token}="),
            format!("{token}A"),
            format!(" {token}x"),
            token[..token.len() - 2].to_owned(),
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{}.{}.{}", parts[0], id_parts[1], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            bent,
            "..".to_owned(),
            "x".repeat(9000),
        ] {
            assert_inactive(&ask(&rp, &altered).await);
        }
        assert!(rp.is_active(token).await);
    }

    async fn an_altered_opaque_token_is_inactive(server: TestServer) {
        let (rp, tokens) = tokens(server, "opaque").await;
        let token = text(&tokens, "access_token");

        for altered in [format!("{token}="), token[..token.len() - 1].to_owned(), token.to_uppercase()] {
            assert_inactive(&ask(&rp, &altered).await);
        }
        assert!(rp.is_active(token).await);
    }

    async fn only_clients_that_keep_a_secret_may_ask(server: TestServer) {
        let (_, tokens) = tokens(server, "jwt").await;
        let spa = server.register("spa", json!({ "scopes": ["resource.read"] })).await;
        let anonymous = server.request(reqwest::Method::POST, "/introspect");
        let anonymous = anonymous.form(&[("token", text(&tokens, "access_token"))]);

        assert_refused(&ask(&spa, text(&tokens, "access_token")).await, 401, "invalid_client");
        assert_refused(&server.send(anonymous).await, 401, "invalid_client");
        let with_token = server.request(reqwest::Method::POST, "/introspect");
        let with_token = with_token.bearer_auth(text(&tokens, "access_token"));
        let with_token = with_token.form(&[("token", text(&tokens, "access_token"))]);
        assert_refused(&server.send(with_token).await, 401, "invalid_client");
    }

    async fn the_token_must_be_sent(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;

        assert_refused(&rp.post("/introspect", &[]).await, 400, "invalid_request");
        assert_refused(&rp.post("/introspect", &[("token", "")]).await, 400, "invalid_request");
    }

    async fn a_disabled_application_makes_its_tokens_inactive_at_once(server: TestServer) {
        let (rp, tokens) = tokens(server, "jwt").await;
        let api = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        assert!(api.is_active(text(&tokens, "access_token")).await);

        let path = format!("/applications/{}", rp.application_id);
        let disabled = server.api().patch(&path, &json!({ "status": "disabled" })).await;
        assert_eq!(disabled.status, 200, "{}", disabled.body);

        assert_inactive(&ask(&api, text(&tokens, "access_token")).await);
        assert_refused(&ask(&rp, text(&tokens, "access_token")).await, 401, "invalid_client");
    }
}
