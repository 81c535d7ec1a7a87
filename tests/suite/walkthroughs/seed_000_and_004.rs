//! WSO2 API Cloud: *Authorization Code Grant*, by its Token API.
//!
//! | theirs | ours |
//! |---|---|
//! | consumer key, consumer secret | client ID, client secret |
//! | application callback URL | callback URL, `redirect_uri` |
//! | `scope=PRODUCTION` | a scope like any other; what a key is for is the client's environment |
//! | `/authorize`, `/token` | the same |

use harness::{
    Answer, PASSWORD, RelyingParty, S256, TestServer, assert_refused, json, on_each_database,
    response_parameter,
};
use serde_json::json;

/// Their example's callback URL.
const CALLBACK: &str = "https://client.example.com/cb";

/// An application with production keys and a scope called `PRODUCTION`.
async fn application(server: &TestServer, grant_types: &[&str]) -> RelyingParty {
    let api = json!({
        "identifier": "https://gateway.example.com/weather", "name": "Weather",
        "scopes": [{ "name": "PRODUCTION", "display_name": "Call the production gateway" }],
    });
    server.api().create("/resources", &api).await;
    let more = json!({
        "name": "Weather Client",
        "environment": "production",
        "redirect_uris": [CALLBACK],
        "scopes": ["PRODUCTION"],
        "grant_types": grant_types,
    });
    server.register("web", more).await
}

/// `response_type=code&client_id=<consumer_key>&scope=PRODUCTION&redirect_uri=<application_callback_url>`,
/// and the challenge that every client sends today.
fn authorization_url(server: &TestServer, rp: &RelyingParty) -> String {
    let callback = "https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb";
    format!(
        "{}/authorize?response_type=code&client_id={}&scope=PRODUCTION&redirect_uri={callback}\
         &code_challenge={}&code_challenge_method=S256",
        server.url,
        rp.client_id,
        S256::CHALLENGE,
    )
}

async fn sign_in_and_approve(server: &TestServer, rp: &RelyingParty) -> Answer {
    let owner = server.person("resource-owner").await;
    let page = owner.open(&authorization_url(server, rp)).await;
    let page = owner.sign_in_with(&page, PASSWORD).await;
    owner.decide(&page, "once").await
}

async fn token(rp: &RelyingParty, code: &str, redirect_uri: &str) -> Answer {
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", S256::VERIFIER),
    ];
    rp.post("/token", &parameters).await
}

on_each_database! {
    async fn the_whole_walk(server: TestServer) {
        let rp = application(server, &["authorization_code", "refresh_token"]).await;

        // "The client directs the user-agent to make the following HTTP request":
        // GET /authorize?response_type=code&client_id=…&scope=PRODUCTION&redirect_uri=…
        let answer = sign_in_and_approve(server, &rp).await;

        // "HTTP/1.1 302 Found Location: https://client.example.com/cb?code=…". Ours is 303,
        // as after a form; a browser follows both with GET.
        assert_eq!(answer.status, 303);
        assert!(answer.location().unwrap().as_str().starts_with(&format!("{CALLBACK}?")), "{:?}", answer.location());
        let code = response_parameter(&answer, "code").unwrap();

        // "POST /token, Authorization: Basic …, grant_type=authorization_code&code=…&redirect_uri=…"
        let answer = token(&rp, &code, CALLBACK).await;

        // "Responds with an access token and, optionally, a refresh token."
        assert_eq!(answer.status, 200, "{}", answer.body);
        let tokens = json(&answer);
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["scope"], "PRODUCTION");
        assert_eq!(tokens["expires_in"], 3600);
        assert!(tokens["refresh_token"].is_string());
        assert!(rp.is_active(tokens["access_token"].as_str().unwrap()).await);
    }

    async fn without_the_refresh_grant_there_is_no_refresh_token(server: TestServer) {
        let rp = application(server, &["authorization_code"]).await;
        let code = rp.code_of(&sign_in_and_approve(server, &rp).await);

        assert!(json(&token(&rp, &code, CALLBACK).await).get("refresh_token").is_none());
    }

    /// "Ensures that the redirection URI matches the URI used to redirect the client".
    async fn another_redirect_uri_is_refused(server: TestServer) {
        let rp = application(server, &["authorization_code"]).await;
        let code = rp.code_of(&sign_in_and_approve(server, &rp).await);

        assert_refused(&token(&rp, &code, "https://client.example.com/other").await, 400, "invalid_grant");
        assert_refused(&token(&rp, &code, "").await, 400, "invalid_grant");
        assert_eq!(token(&rp, &code, CALLBACK).await.status, 200);

        let elsewhere = authorization_url(server, &rp).replace("%2Fcb", "%2Fother");
        let refused = server.browser().get(&elsewhere).await.unwrap();
        assert_eq!((refused.status, refused.location()), (400, None));
    }

    /// Their gateway answers below `/oauth2` too, where the documents of newer versions point.
    async fn the_newer_paths_lead_to_the_same(server: TestServer) {
        let rp = application(server, &["authorization_code"]).await;
        let owner = server.person("resource-owner").await;
        let url = authorization_url(server, &rp).replace("/authorize?", "/oauth2/authorize?");
        let page = owner.open(&url).await;
        let page = owner.sign_in_with(&page, PASSWORD).await;
        let code = rp.code_of(&owner.decide(&page, "once").await);
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", S256::VERIFIER),
        ];

        assert_eq!(rp.post("/oauth2/token", &parameters).await.status, 200);
    }
}
