//! JWT Secured Authorization Response Mode for OAuth 2.0 (JARM): answers as signed JWTs.

use harness::{Answer, Jws, RelyingParty, TestServer, json, on_each_database, response_parameter};
use serde_json::{Value, json};

/// An application whose answers are signed with `alg`, and may travel in every way.
async fn app(server: &TestServer, alg: &str) -> RelyingParty {
    let more = json!({
        "scopes": ["openid"],
        "response_modes": ["query", "fragment", "form_post"],
        "authorization_signed_response_alg": alg,
    });
    server.register("web", more).await
}

/// The one parameter of an answer that travelled by `mode`, which must be alone.
#[track_caller]
fn response(answer: &Answer, mode: &str) -> String {
    let pairs: Vec<(String, String)> = if mode == "form_post.jwt" {
        let form = answer.form_with("form-post-submit");
        form.unwrap_or_else(|| panic!("{} {}", answer.status, answer.body)).fields
    } else {
        let location =
            answer.location().unwrap_or_else(|| panic!("{} {}", answer.status, answer.body));
        let is_fragment = mode == "fragment.jwt";
        let text = if is_fragment { location.fragment() } else { location.query() };
        url::form_urlencoded::parse(text.unwrap_or_default().as_bytes()).into_owned().collect()
    };
    let [(name, value)] = &pairs[..] else { panic!("{mode}: {pairs:?}") };
    assert_eq!(name, "response", "{mode}");
    value.clone()
}

/// The claims of an answer, once its signature fits and it is for `rp`, now.
async fn claims(server: &TestServer, rp: &RelyingParty, (text, alg): (&str, &str)) -> Value {
    let Jws { header, claims } = Jws::verify(text, &server.jwks().await);
    assert_eq!(header["alg"], alg);
    assert_eq!(claims["iss"], server.url, "the issuer, byte for byte");
    assert_eq!(claims["aud"], rp.client_id.as_str());
    let left = claims["exp"].as_i64().unwrap() - server.now() / 1000;
    assert!((60..=600).contains(&left), "{left} seconds");
    claims
}

const MODES: [&str; 4] = ["jwt", "query.jwt", "fragment.jwt", "form_post.jwt"];

on_each_database! {
    async fn a_code_comes_in_a_jwt_for_the_client(server: TestServer) {
        let alice = server.person("alice").await;
        for alg in ["ES256", "RS256"] {
            let rp = app(server, alg).await;
            for mode in MODES {
                let request = rp.authorization().with("scope", "openid").with("response_mode", mode).with("state", "a b&é\"");

                let answer = alice.authorize(&request.url()).await;

                let claims = claims(server, &rp, (&response(&answer, mode), alg)).await;
                assert_eq!(claims["state"], "a b&é\"", "{mode}");
                assert_eq!(claims.get("error"), None);
                assert_eq!(rp.redeem(claims["code"].as_str().unwrap()).await.status, 200, "{mode}");
            }
        }
    }

    async fn an_error_comes_in_a_jwt_as_well(server: TestServer) {
        let rp = app(server, "ES256").await;
        let alice = server.person("alice").await;
        for mode in MODES {
            let request = rp.authorization().with("scope", "openid").with("response_mode", mode);
            for (bent, code) in [
                (request.clone().with("prompt", "none"), "login_required"),
                (request.clone().with("scope", "nonsense"), "invalid_scope"),
                (request.clone().without("code_challenge"), "invalid_request"),
                (request.clone().with("response_type", "token"), "unsupported_response_type"),
            ] {
                let answer = server.browser().get(&bent.url()).await.unwrap();

                let claims = claims(server, &rp, (&response(&answer, mode), "ES256")).await;
                assert_eq!(claims["error"], code, "{mode}");
                assert_eq!(claims["state"], "af0ifjsldkj");
                assert!(claims["error_description"].is_string());
                assert_eq!(claims.get("code"), None);
            }
        }
        let page = alice.open(&rp.authorization().with("scope", "openid").with("response_mode", "jwt").url()).await;
        let page = alice.sign_in_with(&page, harness::PASSWORD).await;
        let denied = alice.decide(&page, "deny").await;
        let claims = claims(server, &rp, (&response(&denied, "jwt"), "ES256")).await;
        assert_eq!(claims["error"], "access_denied");
    }

    async fn without_an_algorithm_there_is_no_jwt(server: TestServer) {
        let rp = app(server, "ES256").await;
        let path = format!("/applications/{}/clients/sandbox", rp.application_id);
        let changed = server.api().patch(&path, &json!({ "authorization_signed_response_alg": null })).await;
        assert_eq!(json(&changed)["authorization_signed_response_alg"], json!(null));

        for mode in MODES {
            let request = rp.authorization().with("scope", "openid").with("response_mode", mode);
            let answer = server.browser().get(&request.url()).await.unwrap();

            assert_eq!(response_parameter(&answer, "error").as_deref(), Some("invalid_request"), "{mode}");
            assert_eq!(response_parameter(&answer, "response"), None, "{mode}");
        }
    }

    async fn an_answer_is_no_token_of_another_kind(server: TestServer) {
        let rp = app(server, "ES256").await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("scope", "openid").with("response_mode", "jwt");
        let answer = response(&alice.authorize(&request.url()).await, "jwt");

        assert!(!rp.is_active(&answer).await);
        assert_eq!(rp.userinfo(&answer).await.status, 401);
        let hinted = rp.authorization().with("scope", "openid").with("id_token_hint", &answer).with("prompt", "none");
        let refused = server.browser().get(&hinted.url()).await.unwrap();
        assert_eq!(response_parameter(&refused, "error").as_deref(), Some("invalid_request"));
    }
}
