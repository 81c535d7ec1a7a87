//! Axway API Gateway: *Authorization code grant (or web server) flow*, its five steps.
//!
//! | theirs | ours |
//! |---|---|
//! | Client Application Registry | control center, management API |
//! | `SampleConfidentialApp` | an application of type web |
//! | `/api/oauth/authorize`, `/api/oauth/token` | the same, where `compat.axway_paths` is on |
//! | `format=query` | the same as `urlencoded` |
//! | `expires`, `type` in their table | `expires_in`, `token_type`, as in their own example |
//! | `GET /oauth/protected` | the same |

use harness::{
    Answer, Db, PASSWORD, Person, RelyingParty, S256, TestServer, assert_refused, json,
    on_each_database, response_parameter,
};
use reqwest::Method;
use serde_json::{Value, json};

const CALLBACK: &str = "https://localhost/oauth_callback";
const SECOND: &str = "http://localhost:8090/auth/redirect.html";

async fn axway(db: Db) -> TestServer {
    TestServer::with(db, &[("compat.axway_paths", "true")]).await
}

/// `SampleConfidentialApp`, with these callback URLs in the registry.
async fn sample_app(server: &TestServer, callbacks: &[&str], method: &str) -> RelyingParty {
    server.photos_api("opaque").await;
    let more = json!({
        "name": "SampleConfidentialApp",
        "redirect_uris": callbacks,
        "scopes": ["resource.read", "resource.write"],
        "token_endpoint_auth_method": method,
    });
    server.register("web", more).await
}

/// Step 1: "Redirect the user to the authorization endpoint with the following parameters".
fn authorization_url(server: &TestServer, rp: &RelyingParty, more: &str) -> String {
    format!(
        "{}/api/oauth/authorize?response_type=code&client_id={}&state=xyz{more}\
         &code_challenge={}&code_challenge_method=S256",
        server.url,
        rp.client_id,
        S256::CHALLENGE,
    )
}

async fn consent(person: &Person, url: &str) -> Answer {
    let page = person.open(url).await;
    if page.form_with("login-submit").is_some() {
        person.sign_in_with(&page, PASSWORD).await
    } else {
        page
    }
}

async fn code(person: &Person, rp: &RelyingParty, url: &str) -> String {
    let page = consent(person, url).await;
    let answer = person.decide(&page, "once").await;
    assert_eq!(response_parameter(&answer, "state").as_deref(), Some("xyz"));
    rp.code_of(&answer)
}

/// Step 3, as their example has it: credentials in the body, `format=…`.
async fn exchange(
    server: &TestServer,
    rp: &RelyingParty,
    code: &str,
    more: &[(&str, &str)],
) -> Answer {
    let mut parameters = vec![
        ("client_id", rp.client_id.as_str()),
        ("client_secret", rp.client_secret.as_deref().unwrap()),
        ("code", code),
        ("grant_type", "authorization_code"),
        ("code_verifier", S256::VERIFIER),
    ];
    parameters.extend_from_slice(more);
    let request = server.request(Method::POST, "/api/oauth/token").form(&parameters);
    server.send(request).await
}

/// Step 5: `GET /oauth/protected`, `Authorization:Bearer …`.
async fn protected(server: &TestServer, tokens: &Value) -> Answer {
    let token = tokens["access_token"].as_str().unwrap();
    let request = server
        .request(Method::GET, "/oauth/protected")
        .header("authorization", format!("Bearer {token}"));
    server.send(request).await
}

on_each_database! {
    async fn the_five_steps(db: Db) {
        let server = axway(db).await;
        let rp = sample_app(&server, &[CALLBACK], "client_secret_post").await;
        let alice = server.person("alice").await;

        // 1. "Web server redirects user to authorization endpoint." `redirect_uri` is optional.
        let url = authorization_url(&server, &rp, "&scope=resource.read,resource.write");
        let page = consent(&alice, &url).await;
        assert!(page.body.contains("SampleConfidentialApp"), "{}", page.body);

        // 2. "Web server receives callback with authorization code", on the query string.
        let answer = alice.decide(&page, "once").await;
        let location = answer.location().unwrap();
        assert!(location.as_str().starts_with(&format!("{CALLBACK}?")) && location.fragment().is_none());
        assert_eq!(response_parameter(&answer, "state").as_deref(), Some("xyz"));

        // 3. and 4. "Web server exchanges authorization code for access token."
        let answer = exchange(&server, &rp, &rp.code_of(&answer), &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let tokens = json(&answer);
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["expires_in"], 3600, "a number, as RFC 6749 has it");
        assert_eq!(tokens["scope"], "resource.read resource.write");
        assert!(tokens["refresh_token"].is_string());
        assert!(tokens.get("expires").is_none() && tokens.get("type").is_none());

        // 5. "Web server uses access token to access protected resources."
        let answer = protected(&server, &tokens).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.body.contains("Congrats! You've hit an OAuth protected resource"), "{}", answer.body);
        server.finish().await;
    }

    /// "This value must match one of the values provided in the Client Application Registry."
    async fn of_several_callback_urls_one_is_named(db: Db) {
        let server = axway(db).await;
        let rp = sample_app(&server, &[CALLBACK, SECOND], "client_secret_post").await;
        let alice = server.person("alice").await;

        let unnamed = alice.open(&authorization_url(&server, &rp, "&scope=resource.read")).await;
        assert_eq!((unnamed.status, unnamed.location()), (400, None));
        let named = "&scope=resource.read&redirect_uri=http%3A%2F%2Flocalhost%3A8090%2Fauth%2Fredirect.html";
        let code = code(&alice, &rp, &authorization_url(&server, &rp, named)).await;

        assert_refused(&exchange(&server, &rp, &code, &[("redirect_uri", CALLBACK)]).await, 400, "invalid_grant");
        assert_eq!(exchange(&server, &rp, &code, &[("redirect_uri", SECOND)]).await.status, 200);
        server.finish().await;
    }

    /// "A list of scopes, delimited by space ( ) or comma (,). A plus sign (+) is also accepted".
    async fn scopes_by_space_comma_and_plus(db: Db) {
        let server = axway(db).await;
        let rp = sample_app(&server, &[CALLBACK], "client_secret_post").await;
        let alice = server.person("alice").await;
        for scope in ["resource.write%20resource.read", "resource.write,resource.read", "resource.write+resource.read", "resource.write%2Bresource.read"] {
            let url = authorization_url(&server, &rp, &format!("&scope={scope}"));
            let code = code(&alice, &rp, &url).await;

            let tokens = json(&exchange(&server, &rp, &code, &[]).await);

            assert_eq!(tokens["scope"], "resource.write resource.read", "{scope}");
        }
        server.finish().await;
    }

    /// "If the user does not approve the request, the response contains an error message."
    async fn a_refusal_comes_back_on_the_query_string(db: Db) {
        let server = axway(db).await;
        let rp = sample_app(&server, &[CALLBACK], "client_secret_post").await;
        let alice = server.person("alice").await;
        let page = consent(&alice, &authorization_url(&server, &rp, "&scope=resource.read")).await;

        let answer = alice.decide(&page, "deny").await;

        assert_eq!(response_parameter(&answer, "error").as_deref(), Some("access_denied"));
        assert_eq!(response_parameter(&answer, "state").as_deref(), Some("xyz"));
        assert!(answer.location().unwrap().as_str().starts_with(&format!("{CALLBACK}?")));
        server.finish().await;
    }

    /// "Expected return format. The default is json. Possible values are: urlencoded, json, xml";
    /// their own example sends `query`.
    async fn every_format_they_name(db: Db) {
        let server = axway(db).await;
        let rp = sample_app(&server, &[CALLBACK], "client_secret_post").await;
        let alice = server.person("alice").await;
        for (format, content_type, start) in [
            ("json", "application/json", "{\"access_token\":"),
            ("xml", "application/xml", "<?xml"),
            ("urlencoded", "application/x-www-form-urlencoded", "access_token="),
            ("query", "application/x-www-form-urlencoded", "access_token="),
        ] {
            let code = code(&alice, &rp, &authorization_url(&server, &rp, "&scope=resource.read")).await;
            let answer = exchange(&server, &rp, &code, &[("format", format)]).await;

            assert_eq!(answer.status, 200, "{format}: {}", answer.body);
            assert!(answer.headers["content-type"].starts_with(content_type), "{format}");
            assert!(answer.body.starts_with(start), "{format}: {}", answer.body);
        }
        server.finish().await;
    }

    /// `client_id` and `client_secret` are optional in the body, as HTTP Basic carries them too.
    async fn credentials_by_basic(db: Db) {
        let server = axway(db).await;
        let rp = sample_app(&server, &[CALLBACK], "client_secret_basic").await;
        let alice = server.person("alice").await;
        let code = code(&alice, &rp, &authorization_url(&server, &rp, "&scope=resource.read")).await;
        let parameters = [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", S256::VERIFIER)];

        let answer = rp.post("/api/oauth/token", &parameters).await;

        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(protected(&server, &json(&answer)).await.status, 200);
        server.finish().await;
    }
}
