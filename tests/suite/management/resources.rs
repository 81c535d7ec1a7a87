//! `/resources` and their scopes.

use harness::{TestServer, assert_problem, json, on_each_database};
use serde_json::{Value, json};

fn body() -> Value {
    json!({
        "identifier": "https://api.example.com/photos",
        "name": "Photos",
        "scopes": [{ "name": "photos.read", "display_name": "See your photos" }],
    })
}

async fn photos(server: &TestServer) -> (Value, String) {
    let resource = server.api().create("/resources", &body()).await;
    let path = format!("/resources/{}", resource["id"].as_str().unwrap());
    (resource, path)
}

on_each_database! {
    async fn an_api_is_made_shown_changed_and_deleted(server: TestServer) {
        let (made, path) = photos(server).await;
        assert_eq!(made["token_format"], "jwt");
        assert_eq!(made["scopes"][0]["default"], false);

        let shown = json(&server.api().get(&path).await);
        assert_eq!(shown["identifier"], "https://api.example.com/photos");
        let changed = server.api().patch(&path, &json!({ "name": "Pictures", "token_format": "opaque" })).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert_eq!(json(&changed)["token_format"], "opaque");
        assert_eq!(json(&server.api().get("/resources?q=pict").await)["data"][0]["name"], "Pictures");

        assert_eq!(server.api().delete(&path).await.status, 204);
        assert_eq!(server.api().get(&path).await.status, 404);
    }

    async fn names_are_more_than_blanks(server: TestServer) {
        let (made, path) = photos(server).await;
        let blank = json!({ "identifier": "https://b.example.com", "name": " " });
        assert_problem(&server.api().post("/resources", &blank).await, 422, &[("#/name", "length")]);
        assert_problem(&server.api().patch(&path, &json!({ "name": " " })).await, 422, &[("#/name", "length")]);
        let scope = format!("{path}/scopes/{}", made["scopes"][0]["id"].as_str().unwrap());
        let answer = server.api().patch(&scope, &json!({ "display_name": " " })).await;
        assert_problem(&answer, 422, &[("#/display_name", "length")]);
        let same = server.api().patch(&scope, &json!({})).await;
        assert_eq!(same.status, 200, "{}", same.body);
        assert!(same.headers["etag"].starts_with("\"v1-"), "nothing was written: {:?}", same.headers);
        assert!(!server.audit().await.contains(&"resource.updated".to_owned()));
    }

    async fn the_identifier_is_an_address_of_its_own_and_stays(server: TestServer) {
        let (_, path) = photos(server).await;
        for (identifier, code) in [
            ("photos", "not-a-uri"),
            ("", "not-a-uri"),
            ("https://api.example.com/photos#x", "not-a-uri"),
            ("https://api.example.com/a b", "not-a-uri"),
            (server.url.as_str(), "reserved"),
            (&format!("{}/api", server.url), "reserved"),
            ("https://api.example.com/photos", "taken"),
        ] {
            let body = json!({ "identifier": identifier, "name": "x" });
            let answer = server.api().post("/resources", &body).await;
            assert_problem(&answer, 422, &[("#/identifier", code)]);
        }
        let change = server.api().patch(&path, &json!({ "identifier": "https://b.example.com" })).await;
        assert_problem(&change, 400, &[("#/identifier", "unknown-field")]);
    }

    async fn scope_names_are_unique_over_all_apis(server: TestServer) {
        photos(server).await;
        let with = |names: &[&str]| {
            let scopes: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
            json!({ "identifier": "https://b.example.com", "name": "B", "scopes": scopes })
        };
        for (names, pointer, code) in [
            (&["a", "photos.read"][..], "#/scopes/1/name", "taken"),
            (&["a", "a"], "#/scopes/1/name", "duplicate"),
            (&["openid"], "#/scopes/0/name", "reserved"),
            (&["apps:read"], "#/scopes/0/name", "reserved"),
            (&["a,b"], "#/scopes/0/name", "invalid-scope"),
            (&["a+b"], "#/scopes/0/name", "invalid-scope"),
            (&["a b"], "#/scopes/0/name", "invalid-scope"),
            (&[""], "#/scopes/0/name", "invalid-scope"),
            (&["ä"], "#/scopes/0/name", "invalid-scope"),
        ] {
            let answer = server.api().post("/resources", &with(names)).await;
            assert_problem(&answer, 422, &[(pointer, code)]);
        }
    }

    async fn scopes_are_added_changed_and_removed(server: TestServer) {
        let (_, path) = photos(server).await;
        let scopes = format!("{path}/scopes");
        let body = json!({ "name": "photos.write", "display_name": "Change photos", "default": true });

        let made = server.api().create(&scopes, &body).await;
        let one = format!("{scopes}/{}", made["id"].as_str().unwrap());
        assert_eq!(json(&server.api().get(&scopes).await)["data"].as_array().unwrap().len(), 2);
        let changed = server.api().patch(&one, &json!({ "description": "Add, change and delete." })).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert_eq!(json(&changed)["display_name"], "Change photos");
        let renamed = server.api().patch(&one, &json!({ "name": "x" })).await;
        assert_problem(&renamed, 400, &[("#/name", "unknown-field")]);

        assert_eq!(server.api().delete(&one).await.status, 204);
        assert_eq!(server.api().get(&one).await.status, 404);
        let again = server.api().post(&scopes, &json!({ "name": "photos.read" })).await;
        assert_problem(&again, 422, &[("#/name", "taken")]);
    }

    async fn what_is_in_use_stays(server: TestServer) {
        let (made, path) = photos(server).await;
        server.register("machine", json!({ "scopes": ["photos.read"] })).await;
        let scope = format!("{path}/scopes/{}", made["scopes"][0]["id"].as_str().unwrap());

        for path in [&path, &scope] {
            let answer = server.api().delete(path).await;

            assert_eq!(answer.status, 409, "{}", answer.body);
            assert!(answer.body.contains("/problems/in-use"), "{}", answer.body);
            assert!(answer.body.contains("Photo Printer"), "it names who uses it: {}", answer.body);
        }
        assert_eq!(json(&server.api().get(&path).await)["clients"], 1);
    }

    async fn a_default_scope_goes_to_new_clients(server: TestServer) {
        let body = json!({
            "identifier": "https://api.example.com/photos", "name": "Photos",
            "scopes": [{ "name": "photos.read", "default": true }, { "name": "photos.write" }],
        });
        server.api().create("/resources", &body).await;

        let machine = server.register("machine", json!({})).await;
        let answer = machine.post("/token", &[("grant_type", "client_credentials")]).await;

        assert_eq!(json(&answer)["scope"], "photos.read", "{}", answer.body);
    }

    async fn the_token_format_changes_for_new_tokens(server: TestServer) {
        let (_, path) = photos(server).await;
        let machine = server.register("machine", json!({ "scopes": ["photos.read"] })).await;
        let jwt = json(&machine.client_credentials("photos.read").await);
        let changed = server.api().patch(&path, &json!({ "token_format": "opaque" })).await;
        assert_eq!(changed.status, 200, "{}", changed.body);

        let opaque = json(&machine.client_credentials("photos.read").await);

        assert!(opaque["access_token"].as_str().unwrap().starts_with("cs_at_"));
        assert!(machine.is_active(jwt["access_token"].as_str().unwrap()).await);
    }
}
