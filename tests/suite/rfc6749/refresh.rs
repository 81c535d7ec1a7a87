//! Section 6: refresh tokens, in the three modes a client may have.

use harness::{RelyingParty, TestServer, assert_refused, json, on_each_database};
use serde_json::{Value, json};

async fn tokens(server: &TestServer, mode: &str) -> (RelyingParty, Value) {
    server.photos_api("jwt").await;
    let scopes = ["openid", "offline_access", "resource.read", "resource.write"];
    let rp = server.register("web", json!({ "scopes": scopes, "refresh_mode": mode })).await;
    let alice = server.person("alice").await;
    let request =
        rp.authorization().with("scope", "openid offline_access resource.read resource.write");
    let code = rp.code_of(&alice.authorize(&request.url()).await);
    let tokens = rp.tokens(&code).await;
    (rp, tokens)
}

fn refresh_token(tokens: &Value) -> &str {
    tokens["refresh_token"].as_str().unwrap()
}

on_each_database! {
    async fn rotate_gives_a_new_token_each_time(server: TestServer) {
        let (rp, first) = tokens(server, "rotate").await;

        let second = json(&rp.refresh(refresh_token(&first)).await);
        let third = json(&rp.refresh(refresh_token(&second)).await);

        assert_ne!(refresh_token(&first), refresh_token(&second));
        assert_ne!(refresh_token(&second), refresh_token(&third));
        assert_eq!(third["scope"], first["scope"]);
    }

    async fn a_lost_answer_is_given_again_within_the_grace(server: TestServer) {
        let (rp, first) = tokens(server, "rotate").await;
        let second = json(&rp.refresh(refresh_token(&first)).await);
        server.advance(9);

        let again = json(&rp.refresh(refresh_token(&first)).await);

        assert_eq!(refresh_token(&again), refresh_token(&second));
    }

    async fn a_late_replay_revokes_the_family(server: TestServer) {
        let (rp, first) = tokens(server, "rotate").await;
        let second = json(&rp.refresh(refresh_token(&first)).await);
        server.advance(11);

        let replay = rp.refresh(refresh_token(&first)).await;

        assert_refused(&replay, 400, "invalid_grant");
        assert_refused(&rp.refresh(refresh_token(&second)).await, 400, "invalid_grant");
        assert!(!rp.is_active(second["access_token"].as_str().unwrap()).await);
        assert!(server.audit().await.contains(&"refresh_token.replayed".to_owned()));
    }

    async fn the_grace_ends_when_the_successor_is_used(server: TestServer) {
        let (rp, first) = tokens(server, "rotate").await;
        let second = json(&rp.refresh(refresh_token(&first)).await);
        assert_eq!(rp.refresh(refresh_token(&second)).await.status, 200);

        let replay = rp.refresh(refresh_token(&first)).await;

        assert_refused(&replay, 400, "invalid_grant");
    }

    async fn reuse_keeps_the_token(server: TestServer) {
        let (rp, first) = tokens(server, "reuse").await;

        let second = json(&rp.refresh(refresh_token(&first)).await);
        let third = rp.refresh(refresh_token(&first)).await;

        assert!(second.get("refresh_token").is_none_or(|it| *it == first["refresh_token"]));
        assert_eq!(third.status, 200);
    }

    async fn none_issues_none(server: TestServer) {
        server.photos_api("jwt").await;
        let more = json!({
            "scopes": ["openid", "resource.read"],
            "refresh_mode": "none",
            "grant_types": ["authorization_code"],
        });
        let rp = server.register("web", more).await;
        let code = server.person("alice").await.approve(&rp).await;

        assert!(rp.tokens(&code).await.get("refresh_token").is_none());
    }

    async fn scope_never_widens_and_narrowing_is_not_kept(server: TestServer) {
        let (rp, first) = tokens(server, "reuse").await;
        let token = refresh_token(&first).to_owned();
        let ask = |scope: &'static str| {
            let (rp, token) = (rp.clone(), token.clone());
            async move {
                let parameters =
                    [("grant_type", "refresh_token"), ("refresh_token", token.as_str()), ("scope", scope)];
                rp.post("/token", &parameters).await
            }
        };

        assert_refused(&ask("openid email").await, 400, "invalid_scope");
        assert_eq!(json(&ask("resource.read").await)["scope"], "resource.read");
        assert_eq!(json(&rp.refresh(&token).await)["scope"], first["scope"]);
    }

    async fn another_client_cannot_use_it(server: TestServer) {
        let (rp, first) = tokens(server, "rotate").await;
        let other = server.web_app().await;

        assert_refused(&other.refresh(refresh_token(&first)).await, 400, "invalid_grant");
        assert_eq!(rp.refresh(refresh_token(&first)).await.status, 200);
    }

    async fn it_ends_unused_after_two_weeks_and_in_any_case_after_ninety_days(server: TestServer) {
        const DAY: u64 = 24 * 3600;
        let (rp, mut current) = tokens(server, "rotate").await;
        for _ in 0..8 {
            server.advance(11 * DAY);
            current = json(&rp.refresh(refresh_token(&current)).await);
        }
        server.advance(3 * DAY);
        assert_refused(&rp.refresh(refresh_token(&current)).await, 400, "invalid_grant");
    }

    async fn it_ends_when_it_is_not_used_for_two_weeks(server: TestServer) {
        let (rp, first) = tokens(server, "rotate").await;

        server.advance(14 * 24 * 3600 + 1);

        assert_refused(&rp.refresh(refresh_token(&first)).await, 400, "invalid_grant");
    }
}
