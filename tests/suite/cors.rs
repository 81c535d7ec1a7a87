//! Browser apps call from origins of their own: the CORS protocol, and only where they need it.

use harness::{Answer, RelyingParty, TestServer, json, on_each_database};
use reqwest::Method;
use serde_json::json;

const APP: &str = "https://spa.example.com";

async fn spa(server: &TestServer) -> RelyingParty {
    let settings = json!({
        "redirect_uris": ["https://spa.example.com/callback"],
        "grant_types": ["authorization_code"],
        "scopes": ["openid"],
    });
    server.register("spa", settings).await
}

/// The question that a browser asks before it sends a script's request.
async fn preflight(server: &TestServer, path: &str, origin: &str) -> Answer {
    let request = server
        .request(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization");
    server.send(request).await
}

async fn post_from(server: &TestServer, path: &str, origin: &str) -> Answer {
    let request = server
        .request(Method::POST, path)
        .header("origin", origin)
        .form(&[("grant_type", "authorization_code")]);
    server.send(request).await
}

fn allowed(answer: &Answer) -> Option<&str> {
    answer.headers.get("access-control-allow-origin").map(String::as_str)
}

on_each_database! {
    async fn the_origin_of_a_browser_app_may_read_answers_and_errors(server: TestServer) {
        spa(server).await;

        for path in ["/token", "/revoke", "/userinfo", "/oauth2/token"] {
            let asked = preflight(server, path, APP).await;
            assert_eq!(asked.status, 204, "{path}");
            assert_eq!(allowed(&asked), Some(APP), "{path}");
            assert_eq!(asked.headers["access-control-allow-methods"], "GET, POST");
            assert!(asked.headers["access-control-allow-headers"].contains("authorization"));
            assert!(asked.headers["access-control-allow-headers"].contains("dpop"));

            let answer = post_from(server, path, APP).await;
            assert!(answer.status >= 400, "{path}");
            assert_eq!(allowed(&answer), Some(APP), "{path}: an error is an answer too");
            assert!(answer.headers["access-control-expose-headers"].contains("dpop-nonce"));
            assert_eq!(answer.headers["vary"], "origin");
            assert!(!answer.headers.contains_key("access-control-allow-credentials"));
        }
    }

    async fn a_script_redeems_its_code(server: TestServer) {
        let rp = spa(server).await;
        let alice = server.person("alice").await;
        let authorization =
            rp.authorization().with("redirect_uri", "https://spa.example.com/callback").with("scope", "openid");
        let code = rp.code_of(&alice.authorize(&authorization.url()).await);

        let request = server.request(Method::POST, "/token").header("origin", APP).form(&[
            ("grant_type", "authorization_code"),
            ("client_id", rp.client_id.as_str()),
            ("code", code.as_str()),
            ("redirect_uri", "https://spa.example.com/callback"),
            ("code_verifier", harness::S256::VERIFIER),
        ]);
        let answer = server.send(request).await;

        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(allowed(&answer), Some(APP));
        assert!(json(&answer)["access_token"].is_string());
    }

    async fn nobody_else_may(server: TestServer) {
        spa(server).await;
        let web = json!({
            "redirect_uris": ["https://web.example.com/callback"],
            "grant_types": ["authorization_code"],
        });
        server.register("web", web).await;

        for origin in [
            "https://evil.example.com", "https://spa.example.com.evil.test", "http://spa.example.com",
            "https://spa.example.com:8443", "https://web.example.com", "null",
        ] {
            assert_eq!(allowed(&preflight(server, "/token", origin).await), None, "{origin}");
            assert_eq!(allowed(&post_from(server, "/token", origin).await), None, "{origin}");
        }
        // Nobody fetches these.
        for path in ["/authorize", "/introspect", "/login", "/api/v1/users"] {
            assert_eq!(allowed(&preflight(server, path, APP).await), None, "{path}");
        }
    }

    async fn an_origin_goes_with_its_callback_and_its_application(server: TestServer) {
        let rp = spa(server).await;
        let path = format!("/applications/{}", rp.application_id);
        assert_eq!(allowed(&preflight(server, "/token", APP).await), Some(APP));

        let client = format!("{path}/clients/sandbox");
        let moved = json!({ "redirect_uris": ["https://new.example.com/callback"] });
        assert_eq!(server.api().patch(&client, &moved).await.status, 200);
        assert_eq!(allowed(&preflight(server, "/token", APP).await), None);
        let new = "https://new.example.com";
        assert_eq!(allowed(&preflight(server, "/token", new).await), Some(new));

        let disabled = json!({ "status": "disabled" });
        assert_eq!(server.api().patch(&path, &disabled).await.status, 200);
        assert_eq!(allowed(&preflight(server, "/token", new).await), None);
    }
}
