//! `/applications/{id}/clients/{environment}`.

use harness::{TestServer, assert_problem, json, on_each_database};
use serde_json::{Value, json};

/// The path of a new application without any redirect URI.
async fn bare(server: &TestServer, kind: &str) -> String {
    let body = json!({ "name": "Photo Printer", "type": kind, "environment": "sandbox" });
    let application = server.api().create("/applications", &body).await;
    format!("/applications/{}", application["id"].as_str().unwrap())
}

async fn patched(server: &TestServer, path: &str, body: Value) -> Value {
    let answer = server.api().patch(path, &body).await;
    assert_eq!(answer.status, 200, "{body}: {}", answer.body);
    json(&answer)
}

on_each_database! {
    async fn the_code_grant_needs_a_redirect_uri(server: TestServer) {
        for kind in ["web", "spa", "native"] {
            let client = format!("{}/clients/sandbox", bare(server, kind).await);

            let answer = server.api().patch(&client, &json!({ "grant_types": ["authorization_code"] })).await;

            assert_problem(&answer, 422, &[("#/grant_types/0", "code-needs-redirect-uri")]);
            assert!(answer.body.contains("Authorization code needs at least one callback URL. Add one first."));
        }
    }

    async fn the_first_redirect_uri_turns_the_code_grant_on(server: TestServer) {
        let client = format!("{}/clients/sandbox", bare(server, "web").await);
        let before = json(&server.api().get(&client).await);
        assert_eq!(before["grant_types"], json!([]));

        let after = patched(server, &client, json!({ "redirect_uris": ["https://a.test/cb"] })).await;

        assert_eq!(after["grant_types"], json!(["authorization_code", "refresh_token"]));
        assert_eq!(after["response_types"], json!(["code"]));
    }

    async fn who_names_the_grants_gets_those(server: TestServer) {
        let client = format!("{}/clients/sandbox", bare(server, "web").await);
        let body = json!({ "redirect_uris": ["https://a.test/cb"], "grant_types": [] });

        assert_eq!(patched(server, &client, body).await["grant_types"], json!([]));
    }

    async fn the_last_redirect_uri_stays_while_the_code_grant_is_on(server: TestServer) {
        let client = format!("{}/clients/sandbox", bare(server, "web").await);
        patched(server, &client, json!({ "redirect_uris": ["https://a.test/cb"] })).await;

        let answer = server.api().patch(&client, &json!({ "redirect_uris": [] })).await;
        assert_problem(&answer, 422, &[("#/grant_types/0", "code-needs-redirect-uri")]);
        let both = patched(server, &client, json!({ "redirect_uris": [], "grant_types": [] })).await;

        assert_eq!((&both["redirect_uris"], &both["grant_types"]), (&json!([]), &json!([])));
    }

    async fn production_is_a_client_of_its_own(server: TestServer) {
        let application = bare(server, "web").await;
        let path = format!("{application}/clients/production");
        assert_eq!(server.api().get(&path).await.status, 404);
        let body = json!({ "redirect_uris": ["https://a.test/cb"] });

        let made = server.api().put(&path, &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let client = json(&made);
        let sandbox = json(&server.api().get(&format!("{application}/clients/sandbox")).await);

        assert_eq!(client["environment"], "production");
        assert!(client["client_id"].as_str().unwrap().starts_with("app_prd_"));
        assert!(client["secrets"][0]["client_secret"].as_str().unwrap().starts_with("cs_prd_"));
        assert_ne!(client["client_id"], sandbox["client_id"]);
        assert_eq!(sandbox["redirect_uris"], json!([]), "the environments do not mix");
        let again = server.api().put(&path, &body).await;
        assert_eq!(again.status, 409, "{}", again.body);
        assert!(again.body.contains("/problems/client-exists"));
    }

    async fn lists_are_replaced_whole(server: TestServer) {
        let client = format!("{}/clients/sandbox", bare(server, "web").await);
        patched(server, &client, json!({ "redirect_uris": ["https://a.test/cb", "https://b.test/cb"] })).await;

        let after = patched(server, &client, json!({ "redirect_uris": ["https://c.test/cb"] })).await;

        assert_eq!(after["redirect_uris"], json!(["https://c.test/cb"]));
    }

    async fn a_change_works_at_once(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let client = format!("/applications/{}/clients/sandbox", rp.application_id);
        let old = rp.authorization();
        let new = old.clone().with("redirect_uri", "https://new.example.com/cb");
        assert_eq!(server.browser().get(&old.url()).await.unwrap().status, 303);

        patched(server, &client, json!({ "redirect_uris": ["https://new.example.com/cb"] })).await;

        assert_eq!(server.browser().get(&old.url()).await.unwrap().status, 400);
        assert_eq!(server.browser().get(&new.url()).await.unwrap().status, 303);
    }

    async fn without_a_secret_the_secrets_end(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let client = format!("/applications/{}/clients/sandbox", rp.application_id);

        let public = patched(server, &client, json!({ "token_endpoint_auth_method": "none" })).await;

        assert_eq!(public["secrets"], json!([]));
        assert_eq!(public["refresh_mode"], "rotate", "a public client rotates");
        let answer = server.api().post(&format!("{client}/secrets"), &json!({})).await;
        assert_eq!(answer.status, 409, "{}", answer.body);
        assert!(answer.body.contains("/problems/no-secret"));
    }

    async fn public_clients_keep_their_rules(server: TestServer) {
        let client = format!("{}/clients/sandbox", bare(server, "spa").await);
        for (body, pointer, code) in [
            (json!({ "grant_types": ["client_credentials"] }), "#/grant_types/0", "public-client-credentials"),
            (json!({ "require_pkce": false }), "#/require_pkce", "pkce-required"),
            (json!({ "token_endpoint_auth_method": "client_secret_basic" }), "#/token_endpoint_auth_method", "public-type"),
            (json!({ "refresh_mode": "reuse" }), "#/refresh_mode", "public-reuse"),
        ] {
            assert_problem(&server.api().patch(&client, &body).await, 422, &[(pointer, code)]);
        }
    }

    async fn what_the_server_makes_cannot_be_set(server: TestServer) {
        let client = format!("{}/clients/sandbox", bare(server, "web").await);
        let members = ["client_id", "application_id", "environment", "created_at", "updated_at", "secrets"];
        for member in members {
            let answer = server.api().patch(&client, &json!({ member: "x" })).await;
            assert_problem(&answer, 422, &[(&format!("#/{member}"), "read-only")]);
        }
        let several = json!({ "client_id": "x", "secrets": [], "grant_types": ["implicit"], "response_types": ["token"] });
        assert_problem(&server.api().patch(&client, &several).await, 422, &[
            ("#/grant_types/0", "unknown-grant-type"),
            ("#/response_types/0", "unknown-response-type"),
            ("#/client_id", "read-only"),
            ("#/secrets", "read-only"),
        ]);
        let answer = server.api().patch(&client, &json!({ "client_secret": "x" })).await;
        assert_problem(&answer, 400, &[("#/client_secret", "unknown-field")]);
    }

    async fn what_was_read_can_be_sent_back(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let client = format!("/applications/{}/clients/sandbox", rp.application_id);
        let read = json(&server.api().get(&client).await);

        assert_eq!(patched(server, &client, read.clone()).await, read, "nothing changed");
        let mut changed = read.clone();
        changed["access_token_lifetime_seconds"] = json!(600);
        // The secret is used in between, which is nobody's change.
        rp.introspect("x").await;
        server.background_round().await;
        let after = patched(server, &client, changed).await;

        assert_eq!(after["access_token_lifetime_seconds"], 600);
        assert_eq!(after["client_id"], read["client_id"]);
    }

    async fn response_types_follow_the_grants(server: TestServer) {
        let client = format!("{}/clients/sandbox", bare(server, "web").await);
        let body = json!({ "redirect_uris": ["https://a.test/cb"], "grant_types": [], "response_types": ["code"] });

        let answer = server.api().patch(&client, &body).await;

        assert_problem(&answer, 422, &[("#/response_types/0", "response-type-mismatch")]);
    }

    async fn there_are_two_environments(server: TestServer) {
        let application = bare(server, "web").await;
        for environment in ["staging", "SANDBOX", "sandbox%20", "..%2fsandbox"] {
            let answer = server.api().get(&format!("{application}/clients/{environment}")).await;
            assert_eq!(answer.status, 404, "{environment}");
        }
    }
}
