//! `/api-keys`.

use harness::{assert_problem, json, on_each_database};
use serde_json::json;

on_each_database! {
    async fn a_key_opens_what_it_says(server: TestServer) {
        let body = json!({ "name": "deploy", "permissions": ["apps:read"] });
        let made = server.api().create("/api-keys", &body).await;
        let text = made["api_key"].as_str().unwrap();
        assert!(text.starts_with("cs_api_"), "{text}");
        let key = server.api().with_bearer(text);

        assert_eq!(key.get("/applications").await.status, 200);
        let users = key.get("/users").await;
        assert_problem(&users, 403, &[]);
        assert_eq!(json(&users)["permission"], "users:read");
        let listed = server.api().get("/api-keys").await;
        assert!(!listed.body.contains(text) && !listed.body.contains("\"api_key\""));
        assert!(listed.body.contains("deploy"));
    }

    async fn a_revoked_key_opens_nothing(server: TestServer) {
        let body = json!({ "name": "deploy", "permissions": ["apps:read"] });
        let made = server.api().create("/api-keys", &body).await;
        let key = server.api().with_bearer(made["api_key"].as_str().unwrap());
        assert_eq!(key.get("/applications").await.status, 200);

        let path = format!("/api-keys/{}", made["id"].as_str().unwrap());
        assert_eq!(server.api().delete(&path).await.status, 204);

        assert_eq!(key.get("/applications").await.status, 401);
        assert_eq!(server.api().delete(&path).await.status, 404);
    }

    async fn a_key_ends_when_it_says(server: TestServer) {
        let end = domain::Timestamp::from_millis(server.now() + 60_000).to_rfc3339();
        let body = json!({ "name": "deploy", "permissions": ["apps:read"], "expires_at": end });
        let made = server.api().create("/api-keys", &body).await;
        let key = server.api().with_bearer(made["api_key"].as_str().unwrap());
        assert_eq!(key.get("/applications").await.status, 200);

        server.advance(60);

        assert_eq!(key.get("/applications").await.status, 401);
    }

    async fn nobody_gives_what_they_lack(server: TestServer) {
        let limited = server.api_with(&["admins:write", "admins:read", "apps:read"]).await;
        let body = json!({ "name": "x", "permissions": ["apps:read", "users:write"] });

        assert_problem(&limited.post("/api-keys", &body).await, 422, &[("#/permissions/1", "not-yours")]);

        let own = json!({ "name": "x", "permissions": ["apps:read"] });
        assert_eq!(limited.post("/api-keys", &own).await.status, 201);
    }

    async fn fields_keep_their_rules(server: TestServer) {
        for (body, pointer, code) in [
            (json!({ "name": "", "permissions": ["apps:read"] }), "#/name", "length"),
            (json!({ "name": " ", "permissions": ["apps:read"] }), "#/name", "length"),
            (json!({ "name": "x", "permissions": [] }), "#/permissions", "required"),
            (json!({ "name": "x", "permissions": ["apps:fly"] }), "#/permissions/0", "unknown-permission"),
            (json!({ "name": "x", "permissions": ["apps:read"], "expires_at": "2020-01-01T00:00:00Z" }), "#/expires_at", "in-past"),
        ] {
            assert_problem(&server.api().post("/api-keys", &body).await, 422, &[(pointer, code)]);
        }
    }

    async fn a_key_that_was_altered_is_unknown(server: TestServer) {
        let made = server.api().create("/api-keys", &json!({ "name": "x", "permissions": ["apps:read"] })).await;
        let text = made["api_key"].as_str().unwrap();
        for altered in [format!("{text}x"), text[..text.len() - 1].to_owned(), text.to_uppercase(), text.replace("cs_api_", "cs_at_")] {
            assert_eq!(server.api().with_bearer(&altered).get("/applications").await.status, 401, "{altered}");
        }
    }
}
