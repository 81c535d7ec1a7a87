//! OAuth 2.0 Multiple Response Types section 2.1 and OAuth 2.0 Form Post Response Mode: how an
//! answer travels. Row AU-19.

use harness::{
    Answer, RelyingParty, TestServer, assert_problem, json, on_each_database, response_parameter,
};
use serde_json::json;

/// An application of this kind that may ask for all there is.
async fn app(server: &TestServer, kind: &str) -> RelyingParty {
    server.photos_api("jwt").await;
    server.register(kind, json!({ "scopes": ["openid", "resource.read"] })).await
}

/// A parameter of the fragment that an answer ends in.
fn fragment_parameter(answer: &Answer, name: &str) -> Option<String> {
    let location = answer.location()?;
    let pairs = url::form_urlencoded::parse(location.fragment()?.as_bytes());
    pairs.into_owned().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// What the page that `answer` is posts, and where.
#[track_caller]
fn posted(answer: &Answer) -> (String, Vec<(String, String)>) {
    assert_eq!(answer.status, 200, "{:?} {}", answer.location(), answer.body);
    let form = answer.form_with("form-post-submit").unwrap_or_else(|| panic!("{}", answer.body));
    (form.action.to_string(), form.fields)
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

on_each_database! {
    async fn a_fragment_holds_the_answer_and_the_query_stays(server: TestServer) {
        let rp = app(server, "spa").await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("response_mode", "fragment").with("state", "a b+c&#");

        let answer = alice.authorize(&request.url()).await;

        assert_eq!(answer.status, 303);
        let location = answer.location().unwrap();
        assert!(location.as_str().starts_with(&format!("{}#code=", RelyingParty::REDIRECT_URI)), "{location}");
        assert_eq!(location.query(), None);
        assert_eq!(fragment_parameter(&answer, "state").as_deref(), Some("a b+c&#"));
        assert_eq!(fragment_parameter(&answer, "iss"), Some(server.url.clone()));
        let code = fragment_parameter(&answer, "code").unwrap();
        assert_eq!(rp.redeem(&code).await.status, 200);
    }

    async fn a_form_posts_the_answer_by_script_or_by_its_button(server: TestServer) {
        let rp = app(server, "web").await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("response_mode", "form_post");

        let answer = alice.authorize(&request.url()).await;
        let (action, fields) = posted(&answer);

        assert_eq!(action, RelyingParty::REDIRECT_URI);
        let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["code", "state", "iss"]);
        assert_eq!(field(&fields, "iss"), Some(server.url.as_str()));
        assert_eq!(rp.redeem(field(&fields, "code").unwrap()).await.status, 200);

        let policy = &answer.headers["content-security-policy"];
        assert!(policy.contains("form-action 'self' https://rp.example.com;"), "{policy}");
        let (_, after) = policy.split_once("'nonce-").unwrap();
        let script = format!("<script nonce=\"{}\" src=", after.split_once('\'').unwrap().0);
        let (form, script) = answer.body.split_once(&script).unwrap_or_else(|| panic!("{}", answer.body));
        assert!(form.contains("</form>") && script.contains("form_post.js"), "the script stands behind the form");
        assert!(form.contains("<button"), "and a button does without scripts");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert!(answer.headers["content-type"].starts_with("text/html"));
    }

    async fn nothing_that_was_sent_is_markup_in_the_form(server: TestServer) {
        let rp = app(server, "web").await;
        let alice = server.person("alice").await;
        for state in ["\"><script>alert(1)</script>", "</textarea></form><form action=\"//evil.test\">", "&lt;&#34;` \u{2028}é"] {
            let request = rp.authorization().with("response_mode", "form_post").with("state", state);

            let answer = alice.authorize(&request.url()).await;

            let (_, fields) = posted(&answer);
            assert_eq!(field(&fields, "state"), Some(state));
            assert!(!answer.body.contains("<script>alert") && !answer.body.contains("<form action=\"//"), "{}", answer.body);
        }
    }

    async fn errors_travel_like_codes(server: TestServer) {
        let rp = app(server, "web").await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("response_mode", "form_post");
        for (bent, code) in [
            (request.clone().with("prompt", "none"), "login_required"),
            (request.clone().with("scope", "nonsense"), "invalid_scope"),
            (request.clone().with("response_type", "token"), "unsupported_response_type"),
            (request.clone().without("code_challenge"), "invalid_request"),
        ] {
            let (action, fields) = posted(&server.browser().get(&bent.url()).await.unwrap());

            assert_eq!(action, RelyingParty::REDIRECT_URI);
            assert_eq!(field(&fields, "error"), Some(code));
            assert_eq!(field(&fields, "state"), Some("af0ifjsldkj"));
            assert_eq!(field(&fields, "iss"), Some(server.url.as_str()));
            assert_eq!(field(&fields, "code"), None);
        }
        let page = alice.open(&request.url()).await;
        let page = alice.sign_in_with(&page, harness::PASSWORD).await;
        let (_, fields) = posted(&alice.decide(&page, "deny").await);
        assert_eq!(field(&fields, "error"), Some("access_denied"));

        let spa = server.register("spa", json!({ "scopes": ["openid"] })).await;
        let silent = spa.authorization().with("scope", "openid").with("response_mode", "fragment").with("prompt", "none");
        let answer = server.browser().get(&silent.url()).await.unwrap();
        assert_eq!(fragment_parameter(&answer, "error").as_deref(), Some("login_required"));
        assert_eq!(response_parameter(&answer, "error"), None);
    }

    async fn a_mode_that_the_client_does_not_read_is_refused(server: TestServer) {
        server.photos_api("jwt").await;
        let scopes = json!({ "scopes": ["openid", "resource.read"] });
        let (web, spa) = (server.register("web", scopes.clone()).await, server.register("spa", scopes).await);
        for (rp, mode) in [
            (&web, "fragment"), (&spa, "form_post"), (&web, "jwt"), (&web, "query.jwt"), (&web, "form_post.jwt"), (&web, "fragment.jwt"),
            (&web, "web_message"), (&web, "Query"), (&web, "query fragment"), (&web, "x".repeat(3000).as_str()),
        ] {
            let request = rp.authorization().with("response_mode", mode);
            let answer = server.browser().get(&request.url()).await.unwrap();

            assert_eq!(answer.status, 303, "{mode}: {}", answer.body);
            assert_eq!(response_parameter(&answer, "error").as_deref(), Some("invalid_request"), "{mode}");
            assert_eq!(response_parameter(&answer, "state").as_deref(), Some("af0ifjsldkj"), "{mode}");
        }
    }

    async fn an_operator_says_which_modes_a_client_has(server: TestServer) {
        let rp = app(server, "web").await;
        let path = format!("/applications/{}/clients/sandbox", rp.application_id);
        let read = json(&server.api().get(&path).await);
        assert_eq!(read["response_modes"], json!(["query", "form_post"]));
        assert_eq!(read["authorization_signed_response_alg"], json!(null));
        assert_eq!(read["require_pushed_authorization_requests"], false);
        for (modes, pointer, code) in [
            (json!([]), "#/response_modes", "required"),
            (json!([""]), "#/response_modes", "required"),
            (json!(["query", "telepathy"]), "#/response_modes/1", "unknown-value"),
            (json!(["telepathy"]), "#/response_modes/0", "unknown-value"),
            (json!(["query.jwt"]), "#/response_modes/0", "unknown-value"),
        ] {
            let answer = server.api().patch(&path, &json!({ "response_modes": modes })).await;
            assert_problem(&answer, 422, &[(pointer, code)]);
        }
        for alg in ["none", "HS256", ""] {
            let answer = server.api().patch(&path, &json!({ "authorization_signed_response_alg": alg })).await;
            assert_problem(&answer, 422, &[("#/authorization_signed_response_alg", "unknown-value")]);
        }

        let changed = server.api().patch(&path, &json!({ "response_modes": ["fragment", "fragment"] })).await;
        assert_eq!(json(&changed)["response_modes"], json!(["fragment"]));

        let browser = server.browser();
        let silent = rp.authorization().with("prompt", "none");
        let answer = browser.get(&silent.clone().with("response_mode", "fragment").url()).await.unwrap();
        assert_eq!(fragment_parameter(&answer, "error").as_deref(), Some("login_required"));
        let answer = browser.get(&silent.url()).await.unwrap();
        assert_eq!(response_parameter(&answer, "error").as_deref(), Some("invalid_request"), "query is no longer on the list");
    }
}
