//! Section 4.1.3: a code is redeemed once, by the client it was issued to.

use harness::{RelyingParty, S256, assert_refused, json, on_each_database};
use serde_json::json;

on_each_database! {
    async fn tokens_come_for_a_code(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let code = alice.approve(&rp).await;

        let answer = rp.redeem(&code).await;
        let tokens = json(&answer);

        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["expires_in"], 3600);
        assert_eq!(tokens["scope"], "openid resource.read");
        assert!(tokens["id_token"].is_string() && tokens["refresh_token"].is_string());
        assert!(rp.is_active(tokens["access_token"].as_str().unwrap()).await);
    }

    async fn a_replayed_code_revokes_what_it_bought(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let code = server.person("alice").await.approve(&rp).await;
        let tokens = rp.tokens(&code).await;

        let replay = rp.redeem(&code).await;

        assert_refused(&replay, 400, "invalid_grant");
        assert_refused(&rp.refresh(tokens["refresh_token"].as_str().unwrap()).await, 400, "invalid_grant");
        assert!(!rp.is_active(tokens["access_token"].as_str().unwrap()).await);
        assert!(server.audit().await.contains(&"code.replayed".to_owned()));
    }

    async fn wrong_bindings_neither_spend_nor_revoke(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let other = server.web_app().await;
        let code = server.person("alice").await.approve(&rp).await;
        let redeem = |redirect_uri: &'static str, verifier: &'static str| {
            let parameters = vec![
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", redirect_uri),
                ("code_verifier", verifier),
            ];
            let rp = rp.clone();
            async move { rp.post("/token", &parameters).await }
        };
        let wrong_verifier = "x234567890123456789012345678901234567890123";

        assert_refused(&other.redeem(&code).await, 400, "invalid_grant");
        assert_refused(&redeem("https://rp.example.com/other", S256::VERIFIER).await, 400, "invalid_grant");
        assert_refused(&redeem(RelyingParty::REDIRECT_URI, wrong_verifier).await, 400, "invalid_grant");
        let tokens = rp.tokens(&code).await;
        assert_refused(&redeem(RelyingParty::REDIRECT_URI, wrong_verifier).await, 400, "invalid_grant");
        assert_refused(&other.redeem(&code).await, 400, "invalid_grant");

        assert!(rp.is_active(tokens["access_token"].as_str().unwrap()).await);
    }

    async fn every_bad_code_looks_the_same(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let other = server.web_app().await;
        let code = server.person("alice").await.approve(&rp).await;

        let unknown = rp.redeem("no-such-code").await;
        let stolen = other.redeem(&code).await;
        rp.tokens(&code).await;
        let replayed = rp.redeem(&code).await;

        let told = [&unknown, &stolen, &replayed].map(|answer| {
            let body = json(answer);
            (answer.status, body["error"].clone(), body["error_description"].clone())
        });
        assert_eq!(told[0], told[1]);
        assert_eq!(told[1], told[2]);
    }

    async fn a_code_lives_a_minute(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let early = alice.approve(&rp).await;
        server.advance(59);
        assert_eq!(rp.redeem(&early).await.status, 200);

        let late = alice.approve(&rp).await;
        server.advance(61);
        assert_refused(&rp.redeem(&late).await, 400, "invalid_grant");
    }

    async fn nothing_is_issued_once_user_or_application_may_not(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let code = alice.approve(&rp).await;
        let tokens = rp.tokens(&alice.approve(&rp).await).await;
        let user = format!("/users/{}", alice.id);
        let locked = server.api().patch(&user, &json!({ "status": "locked" })).await;
        assert_eq!(locked.status, 200, "{}", locked.body);

        assert_refused(&rp.redeem(&code).await, 400, "invalid_grant");
        assert_refused(&rp.refresh(tokens["refresh_token"].as_str().unwrap()).await, 400, "invalid_grant");
        assert!(!rp.is_active(tokens["access_token"].as_str().unwrap()).await);
        assert_eq!(rp.userinfo(tokens["access_token"].as_str().unwrap()).await.status, 401);
    }

    async fn every_format_carries_the_same_fields(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        for (format, content_type, start) in [
            ("json", "application/json", "{"),
            ("xml", "application/xml", "<?xml"),
            ("urlencoded", "application/x-www-form-urlencoded", "access_token="),
            ("query", "application/x-www-form-urlencoded", "access_token="),
        ] {
            let code = alice.approve(&rp).await;
            let parameters = [
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", RelyingParty::REDIRECT_URI),
                ("code_verifier", S256::VERIFIER),
                ("format", format),
            ];
            let answer = rp.post("/token", &parameters).await;
            let refused = rp.post("/token", &parameters).await;

            assert_eq!(answer.status, 200, "{format}: {}", answer.body);
            assert!(answer.headers["content-type"].starts_with(content_type), "{format}");
            assert!(answer.body.starts_with(start), "{format}: {}", answer.body);
            for field in ["access_token", "token_type", "expires_in", "refresh_token", "scope"] {
                assert!(answer.body.contains(field), "{format} lacks {field}");
            }
            assert_eq!(refused.status, 400);
            assert!(refused.headers["content-type"].starts_with(content_type), "{format}");
            assert!(refused.body.contains("invalid_grant"), "{format}: {}", refused.body);
        }
        let unknown = rp.post("/token", &[("grant_type", "client_credentials"), ("format", "yaml")]).await;
        assert_refused(&unknown, 400, "invalid_request");
    }
}
