//! Token Revocation, RFC 7009.

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

#[track_caller]
fn assert_taken_back(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(answer.headers["cache-control"], "no-store");
}

on_each_database! {
    async fn a_revoked_refresh_token_takes_its_grant_along(server: TestServer) {
        let (rp, tokens) = tokens(server, "jwt").await;

        assert_taken_back(&rp.revoke(text(&tokens, "refresh_token")).await);

        assert_refused(&rp.refresh(text(&tokens, "refresh_token")).await, 400, "invalid_grant");
        assert!(!rp.is_active(text(&tokens, "refresh_token")).await);
        assert!(!rp.is_active(text(&tokens, "access_token")).await);
        assert_eq!(rp.userinfo(text(&tokens, "access_token")).await.status, 401);
        assert!(server.audit().await.contains(&"token.revoked".to_owned()));
    }

    async fn a_revoked_jwt_ends_alone(server: TestServer) {
        let (rp, tokens) = tokens(server, "jwt").await;

        assert_taken_back(&rp.revoke(text(&tokens, "access_token")).await);

        assert!(!rp.is_active(text(&tokens, "access_token")).await);
        assert_eq!(rp.userinfo(text(&tokens, "access_token")).await.status, 401);
        assert_eq!(rp.refresh(text(&tokens, "refresh_token")).await.status, 200);
    }

    async fn a_revoked_opaque_token_ends_alone(server: TestServer) {
        let (rp, tokens) = tokens(server, "opaque").await;

        assert_taken_back(&rp.revoke(text(&tokens, "access_token")).await);

        assert!(!rp.is_active(text(&tokens, "access_token")).await);
        assert_eq!(rp.refresh(text(&tokens, "refresh_token")).await.status, 200);
    }

    async fn the_hint_is_only_a_hint(server: TestServer) {
        let (rp, tokens) = tokens(server, "jwt").await;
        let wrong = [("token", text(&tokens, "refresh_token")), ("token_type_hint", "access_token")];
        let strange = [("token", text(&tokens, "access_token")), ("token_type_hint", "ticket")];

        assert_taken_back(&rp.post("/revoke", &strange).await);
        assert_taken_back(&rp.post("/revoke", &wrong).await);

        assert!(!rp.is_active(text(&tokens, "refresh_token")).await);
    }

    async fn anothers_and_unknown_tokens_are_left_alone_in_the_same_words(server: TestServer) {
        let (rp, tokens) = tokens(server, "jwt").await;
        let other = server.web_app().await;

        for token in [text(&tokens, "access_token"), text(&tokens, "refresh_token"), "cs_rt_nonsense", "x"] {
            assert_taken_back(&other.revoke(token).await);
        }
        assert_taken_back(&rp.revoke(text(&tokens, "id_token")).await);

        assert!(rp.is_active(text(&tokens, "access_token")).await);
        assert_eq!(rp.refresh(text(&tokens, "refresh_token")).await.status, 200);
    }

    async fn a_token_that_was_altered_is_unknown(server: TestServer) {
        let (rp, tokens) = tokens(server, "jwt").await;
        let token = text(&tokens, "refresh_token");

        for altered in [format!("{token}="), token[..token.len() - 1].to_owned(), token.to_uppercase()] {
            assert_taken_back(&rp.revoke(&altered).await);
        }

        assert!(rp.is_active(token).await);
    }

    async fn a_public_client_names_itself(server: TestServer) {
        server.photos_api("jwt").await;
        let spa = server.register("spa", json!({ "scopes": ["openid", "resource.read"] })).await;
        let code = server.person("alice").await.approve(&spa).await;
        let tokens = spa.tokens(&code).await;

        assert_taken_back(&spa.revoke(text(&tokens, "refresh_token")).await);

        assert_refused(&spa.refresh(text(&tokens, "refresh_token")).await, 400, "invalid_grant");
    }

    async fn nobody_revokes_without_saying_who(server: TestServer) {
        let (rp, tokens) = tokens(server, "jwt").await;
        let anonymous = server.request(reqwest::Method::POST, "/revoke");
        let answer = server.send(anonymous.form(&[("token", text(&tokens, "access_token"))])).await;

        assert_refused(&answer, 401, "invalid_client");
        assert_refused(&rp.post("/revoke", &[]).await, 400, "invalid_request");
        assert!(rp.is_active(text(&tokens, "access_token")).await);
    }

    async fn revoking_twice_is_no_fault(server: TestServer) {
        let (rp, tokens) = tokens(server, "jwt").await;

        assert_taken_back(&rp.revoke(text(&tokens, "access_token")).await);
        assert_taken_back(&rp.revoke(text(&tokens, "access_token")).await);
        assert_taken_back(&rp.revoke(text(&tokens, "refresh_token")).await);
        assert_taken_back(&rp.revoke(text(&tokens, "refresh_token")).await);

        let renewed = json(&rp.refresh(text(&tokens, "refresh_token")).await);
        assert_eq!(renewed["error"], "invalid_grant");
    }
}
