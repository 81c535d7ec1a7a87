//! Access tokens open the management API: audience and scopes decide.

use harness::{Api, PASSWORD, TestServer, json, on_each_database};
use serde_json::json;

/// The API called by a machine whose token has `scope`.
async fn machine(server: &TestServer, scope: &str) -> Api {
    let scopes: Vec<&str> = scope.split(' ').collect();
    let machine = server.register("machine", json!({ "name": "Deploy", "scopes": scopes })).await;
    let tokens = json(&machine.client_credentials(scope).await);
    server.api().with_bearer(tokens["access_token"].as_str().unwrap_or_else(|| panic!("{tokens}")))
}

on_each_database! {
    async fn a_machines_token_opens_what_its_scopes_say(server: TestServer) {
        let api = machine(server, "apps:read users:read").await;

        assert_eq!(api.get("/applications").await.status, 200);
        assert_eq!(api.get("/users").await.status, 200);
        let refused = api.post("/users", &json!({ "username": "x", "email": "x@example.com" })).await;
        assert_eq!((refused.status, &json(&refused)["permission"]), (403, &json!("users:write")));
    }

    async fn the_audience_is_the_management_api(server: TestServer) {
        let machine = server.register("machine", json!({ "scopes": ["apps:read"] })).await;
        let tokens = json(&machine.client_credentials("apps:read").await);

        let told = machine.introspect(tokens["access_token"].as_str().unwrap()).await;

        assert_eq!(told["aud"], format!("{}/api", server.url));
    }

    async fn a_token_for_another_audience_opens_nothing(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let olivia = server.staff("olivia", "owner").await;
        let tokens = rp.tokens(&olivia.approve(&rp).await).await;
        let opaque = server.api().patch("/resources", &json!({})).await;
        assert_eq!(opaque.status, 405);

        for token in ["access_token", "refresh_token", "id_token"] {
            let api = server.api().with_bearer(tokens[token].as_str().unwrap());
            assert_eq!(api.get("/applications").await.status, 401, "{token}");
        }
    }

    async fn an_act_by_token_is_audited_as_whose_it_is(server: TestServer) {
        let api = machine(server, "users:write users:read").await;
        let made = api.create("/users", &json!({ "username": "x", "email": "x@example.com" })).await;

        let query = format!("/audit-events?action=user.registered&target={}", made["id"].as_str().unwrap());
        let event = json(&server.api().get(&query).await)["data"][0].clone();

        assert_eq!((&event["actor"]["kind"], &event["actor"]["name"]), (&json!("client"), &json!("Deploy")));
    }

    async fn a_persons_token_holds_no_more_than_their_role(server: TestServer) {
        let rp = server.register("web", json!({ "scopes": ["users:read", "apps:read"] })).await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("scope", "users:read apps:read");
        let page = alice.open(&request.url()).await;
        let page = alice.sign_in_with(&page, PASSWORD).await;
        let code = rp.code_of(&alice.decide(&page, "once").await);
        let token = rp.tokens(&code).await["access_token"].as_str().unwrap().to_owned();

        let answer = server.api().with_bearer(&token).get("/users").await;

        assert!([401, 403].contains(&answer.status), "{}", answer.body);
    }

    async fn a_revoked_token_opens_nothing(server: TestServer) {
        let machine = server.register("machine", json!({ "scopes": ["apps:read"] })).await;
        let tokens = json(&machine.client_credentials("apps:read").await);
        let token = tokens["access_token"].as_str().unwrap();
        let api = server.api().with_bearer(token);
        assert_eq!(api.get("/applications").await.status, 200);

        assert_eq!(machine.revoke(token).await.status, 200);

        assert_eq!(api.get("/applications").await.status, 401);
    }
}
