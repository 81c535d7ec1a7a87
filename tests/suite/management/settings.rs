//! `/settings/grants`: what is on for the whole server.

use harness::{TestServer, assert_refused, json, on_each_database, response_parameter};
use serde_json::json;

async fn switch(server: &TestServer, grant: &str, on: bool) -> harness::Answer {
    server.api().put("/settings/grants", &json!({ "grants": { grant: on } })).await
}

on_each_database! {
    async fn everything_is_on_at_first(db: Db) {
        let server = TestServer::spawn(db).await;
        let settings = json(&server.api().get("/settings/grants").await);

        let on = json!({
            "authorization_code": true, "refresh_token": true, "client_credentials": true,
            "urn:ietf:params:oauth:grant-type:device_code": true,
        });
        assert_eq!(settings["grants"], on);
        assert_eq!(settings["overridden_by_file"], json!([]));
        server.finish().await;
    }

    async fn the_code_grant_goes_off_and_on_for_everyone(db: Db) {
        let server = TestServer::spawn(db).await;
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let code = alice.approve(&rp).await;
        assert_eq!(json(&server.api().get("/settings/grants").await)["applications"]["authorization_code"], 1);

        let off = switch(&server, "authorization_code", false).await;
        assert_eq!(off.status, 200, "{}", off.body);
        let refused = server.browser().get(&rp.authorization().url()).await.unwrap();

        assert_eq!(response_parameter(&refused, "error").as_deref(), Some("unauthorized_client"));
        let description = response_parameter(&refused, "error_description").unwrap();
        assert!(description.contains("switched authorization code off"), "{description}");
        assert_refused(&rp.redeem(&code).await, 400, "unsupported_grant_type");
        switch(&server, "authorization_code", true).await;
        assert_eq!(rp.redeem(&code).await.status, 200, "a refusal spends nothing");
        server.finish().await;
    }

    async fn refresh_tokens_pause_and_go_on(db: Db) {
        let server = TestServer::spawn(db).await;
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let tokens = rp.tokens(&server.person("alice").await.approve(&rp).await).await;
        let token = tokens["refresh_token"].as_str().unwrap();
        switch(&server, "refresh_token", false).await;

        assert_refused(&rp.refresh(token).await, 400, "unsupported_grant_type");
        switch(&server, "refresh_token", true).await;

        assert_eq!(rp.refresh(token).await.status, 200);
        server.finish().await;
    }

    async fn unknown_grants_are_named(db: Db) {
        let server = TestServer::spawn(db).await;

        let unknown = switch(&server, "password", true).await;
        let wrong = server.api().put("/settings/grants", &json!({ "grants": { "refresh_token": "no" } })).await;

        harness::assert_problem(&unknown, 422, &[("#/grants/password", "unknown-grant-type")]);
        harness::assert_problem(&wrong, 422, &[("#/grants/refresh_token", "wrong-type")]);
        server.finish().await;
    }

    async fn the_configuration_file_has_the_last_word(db: Db) {
        let server = TestServer::with(db, &[("grants.client_credentials", "false")]).await;
        server.photos_api("jwt").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;

        let settings = json(&server.api().get("/settings/grants").await);
        let change = switch(&server, "client_credentials", true).await;

        assert_eq!(settings["grants"]["client_credentials"], false);
        assert_eq!(settings["overridden_by_file"], json!(["client_credentials"]));
        assert_eq!(change.status, 422, "{}", change.body);
        assert_refused(&machine.client_credentials("resource.read").await, 400, "unsupported_grant_type");
        server.finish().await;
    }
}
