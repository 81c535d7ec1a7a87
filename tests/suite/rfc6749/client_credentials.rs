//! Section 4.4: an application acts for itself.

use harness::{assert_refused, json, on_each_database};
use serde_json::json;

on_each_database! {
    async fn a_machine_gets_a_token_and_no_refresh_token(server: TestServer) {
        server.photos_api("jwt").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read", "resource.write"] })).await;

        let answer = machine.client_credentials("resource.WRITE,resource.READ").await;
        assert_refused(&answer, 400, "invalid_scope");
        let tokens = json(&machine.client_credentials("resource.write,resource.read").await);

        assert_eq!(tokens["scope"], "resource.write resource.read");
        assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none());
        let claims = machine.introspect(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(claims["active"], true);
        assert_eq!(claims["client_id"], machine.client_id);
        assert_eq!(claims["sub"], machine.client_id);
        assert_eq!(claims["env"], "sandbox");
    }

    async fn an_api_may_ask_for_opaque_tokens(server: TestServer) {
        server.photos_api("opaque").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;

        let tokens = json(&machine.client_credentials("resource.read").await);
        let token = tokens["access_token"].as_str().unwrap();

        assert!(token.starts_with("cs_at_"), "{token}");
        assert!(machine.is_active(token).await);
        server.advance(3601);
        assert!(!machine.is_active(token).await);
    }

    async fn a_public_client_has_no_such_grant(server: TestServer) {
        server.photos_api("jwt").await;
        let spa = server.register("spa", json!({ "scopes": ["resource.read"] })).await;

        assert_refused(&spa.client_credentials("resource.read").await, 400, "unauthorized_client");
    }

    async fn a_grant_that_is_switched_off_is_refused(server: TestServer) {
        server.photos_api("jwt").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        let off = server.api().put("/settings/grants", &json!({ "grants": { "client_credentials": false } })).await;
        assert_eq!(off.status, 200, "{}", off.body);

        let refused = machine.client_credentials("resource.read").await;

        assert_eq!(refused.status, 400);
        assert!(["unauthorized_client", "unsupported_grant_type"]
            .contains(&json(&refused)["error"].as_str().unwrap()));
    }

    async fn a_warm_jwt_costs_no_statement(server: TestServer) {
        server.photos_api("jwt").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        machine.client_credentials("resource.read").await;

        let (answer, statements) = server.statements(machine.client_credentials("resource.read")).await;

        assert_eq!((answer.status, statements), (200, 0));
    }
}
