//! The paths of the systems that people migrate from: decision 6.

use harness::{RelyingParty, S256, TestServer, json, on_each_database, response_parameter};
use reqwest::Method;

/// Carries the whole code flow through the endpoints below `prefix`.
async fn flow_below(server: &TestServer, prefix: &str) {
    server.photos_api("jwt").await;
    let rp = server.web_app().await;
    let alice = server.person("alice").await;
    let url = rp.authorization().url().replacen("/authorize?", &format!("{prefix}/authorize?"), 1);

    let code = rp.code_of(&alice.authorize(&url).await);
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", RelyingParty::REDIRECT_URI),
        ("code_verifier", S256::VERIFIER),
    ];
    let answer = rp.post(&format!("{prefix}/token"), &parameters).await;

    assert_eq!(answer.status, 200, "{prefix}: {}", answer.body);
    assert!(rp.is_active(json(&answer)["access_token"].as_str().unwrap()).await);
}

async fn is_there(server: &TestServer, path: &str) -> bool {
    server.send(server.request(Method::POST, path)).await.status != 404
}

on_each_database! {
    async fn wso2_paths_are_on(db: Db) {
        let server = TestServer::spawn(db).await;

        flow_below(&server, "/oauth2").await;
        for path in ["/oauth2/introspect", "/oauth2/revoke", "/oauth2/userinfo", "/oauth2/authorize"] {
            assert!(is_there(&server, path).await, "{path}");
        }
        assert_eq!(server.get("/oauth2/jwks").await.body, server.get("/jwks").await.body);
        server.finish().await;
    }

    async fn the_others_are_off(db: Db) {
        let server = TestServer::spawn(db).await;

        for path in ["/api/oauth/authorize", "/api/oauth/token", "/v1/authorize", "/v1/token"] {
            assert!(!is_there(&server, path).await, "{path}");
            assert_eq!(server.get(path).await.status, 404, "{path}");
        }
        server.finish().await;
    }

    async fn axway_paths_can_be_turned_on(db: Db) {
        let server = TestServer::with(db, &[("compat.axway_paths", "true")]).await;

        flow_below(&server, "/api/oauth").await;
        server.finish().await;
    }

    async fn akamai_paths_can_be_turned_on(db: Db) {
        let server = TestServer::with(db, &[("compat.akamai_paths", "true")]).await;

        flow_below(&server, "/v1").await;
        server.finish().await;
    }

    async fn wso2_paths_can_be_turned_off(db: Db) {
        let server = TestServer::with(db, &[("compat.wso2_paths", "false")]).await;

        assert!(!is_there(&server, "/oauth2/token").await);
        assert!(is_there(&server, "/token").await);
        server.finish().await;
    }

    async fn metadata_lists_the_main_paths_alone(db: Db) {
        let settings = [("compat.axway_paths", "true"), ("compat.akamai_paths", "true")];
        let server = TestServer::with(db, &settings).await;

        let metadata = server.get("/.well-known/openid-configuration").await.body;

        for prefix in ["/oauth2/", "/api/oauth/", "/v1/"] {
            assert!(!metadata.contains(prefix), "{prefix}: {metadata}");
        }
        server.finish().await;
    }

    async fn an_alias_refuses_like_the_main_path(db: Db) {
        let server = TestServer::spawn(db).await;
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let request = rp.authorization().with("scope", "nonsense").url();
        let aliased = request.replacen("/authorize?", "/oauth2/authorize?", 1);

        let main = server.browser().get(&request).await.unwrap();
        let alias = server.browser().get(&aliased).await.unwrap();

        assert_eq!(main.status, alias.status);
        assert_eq!(response_parameter(&main, "error"), response_parameter(&alias, "error"));
        assert_eq!(response_parameter(&alias, "iss"), Some(server.url.clone()));
        server.finish().await;
    }
}
