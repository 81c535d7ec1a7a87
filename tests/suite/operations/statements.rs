//! How many statements a request costs when everything is warm: `performance.md`, section 3.

use harness::{RelyingParty, TestServer, json, on_each_database};
use serde_json::{Value, json};

async fn warm(
    server: &TestServer,
    format: &str,
    mode: &str,
) -> (RelyingParty, harness::Person, Value) {
    server.photos_api(format).await;
    let scopes = ["openid", "offline_access", "resource.read"];
    let rp = server.register("web", json!({ "scopes": scopes, "refresh_mode": mode })).await;
    let alice = server.person("alice").await;
    let code = alice.approve_always(&rp).await;
    let tokens = rp.tokens(&code).await;
    rp.is_active(tokens["access_token"].as_str().unwrap()).await;
    (rp, alice, tokens)
}

on_each_database! {
    async fn client_credentials_with_an_opaque_token(server: TestServer) {
        server.photos_api("opaque").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        machine.client_credentials("resource.read").await;

        let (answer, statements) = server.statements(machine.client_credentials("resource.read")).await;

        assert_eq!(answer.status, 200);
        assert!(statements <= 1, "{statements}");
    }

    async fn authorize_with_session_and_remembered_consent(server: TestServer) {
        let (rp, alice, _) = warm(server, "jwt", "reuse").await;
        alice.open(&rp.authorization().url()).await;

        let (answer, statements) = server.statements(alice.open(&rp.authorization().url())).await;

        assert!(harness::response_parameter(&answer, "code").is_some(), "{}", answer.body);
        assert!(statements <= 2 + 2, "{statements}");
    }

    async fn a_code_is_redeemed(server: TestServer) {
        let (rp, alice, _) = warm(server, "jwt", "rotate").await;
        let code = rp.code_of(&alice.open(&rp.authorization().url()).await);

        let (answer, statements) = server.statements(rp.redeem(&code)).await;

        assert_eq!(answer.status, 200);
        assert!(statements <= 1 + 1 + 3 + 1, "{statements}");
    }

    async fn a_refresh_token_is_rotated(server: TestServer) {
        let (rp, _, tokens) = warm(server, "jwt", "rotate").await;
        let token = tokens["refresh_token"].as_str().unwrap();

        let (answer, statements) = server.statements(rp.refresh(token)).await;

        assert_eq!(answer.status, 200);
        assert!(statements <= 1 + 3 + 1, "{statements}");
    }

    async fn a_known_jwt_is_introspected(server: TestServer) {
        let (rp, _, tokens) = warm(server, "jwt", "reuse").await;
        let token = tokens["access_token"].as_str().unwrap();

        let (active, statements) = server.statements(rp.is_active(token)).await;

        assert_eq!((active, statements), (true, 0));
    }

    async fn a_known_opaque_token_is_introspected(server: TestServer) {
        let (rp, _, tokens) = warm(server, "opaque", "reuse").await;
        let token = tokens["access_token"].as_str().unwrap();

        let (active, statements) = server.statements(rp.is_active(token)).await;

        assert_eq!((active, statements), (true, 0));
    }

    async fn userinfo(server: TestServer) {
        let (rp, _, tokens) = warm(server, "jwt", "reuse").await;
        let token = tokens["access_token"].as_str().unwrap();
        rp.userinfo(token).await;

        let (answer, statements) = server.statements(rp.userinfo(token)).await;

        assert_eq!(answer.status, 200);
        assert!(statements <= 1, "{statements}");
    }

    async fn keys_and_metadata(server: TestServer) {
        for path in ["/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
            server.get(path).await;

            let (answer, statements) = server.statements(server.get(path)).await;

            assert_eq!((answer.status, statements), (200, 0), "{path}");
        }
    }

    async fn a_session_cookie(server: TestServer) {
        let (_, alice, _) = warm(server, "jwt", "reuse").await;
        alice.visit("/login").await;

        let (answer, statements) = server.statements(alice.visit("/login")).await;

        assert_eq!(answer.status, 200);
        assert_eq!(statements, 0);
    }

    async fn garbage_costs_nothing(server: TestServer) {
        let (rp, ..) = warm(server, "jwt", "reuse").await;
        let browser = server.browser();
        let unknown = rp.authorization().with("client_id", "app_sbx_unknown").url();
        browser.get(&unknown).await.unwrap();

        let (answer, statements) = server.statements(browser.get(&unknown)).await;
        assert_eq!(answer.unwrap().status, 400);
        assert!(statements <= 1, "{statements}");
        let rows = server.rows().await.len();
        for _ in 0..20 {
            browser.get(&unknown).await.unwrap();
            server.get("/setup?token=x").await;
        }
        assert_eq!(server.rows().await.len(), rows, "strangers write nothing");
        assert!(json(&server.get("/health/live").await).is_object());
    }
}
