//! Section 4.1.1 and 4.1.2: authorization requests and what they lead to.

use harness::{RelyingParty, on_each_database, response_parameter};
use serde_json::json;

on_each_database! {
    async fn a_code_comes_back_with_state_and_issuer(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;

        let answer = alice.authorize(&rp.authorization().with("state", "a b+c%&é").url()).await;

        assert_eq!(answer.status, 303);
        assert!(answer.location().unwrap().as_str().starts_with(RelyingParty::REDIRECT_URI));
        assert_eq!(response_parameter(&answer, "state").as_deref(), Some("a b+c%&é"));
        assert_eq!(response_parameter(&answer, "iss"), Some(server.url.clone()));
        assert!(response_parameter(&answer, "code").unwrap().len() > 43);
    }

    async fn nothing_redirects_before_client_and_redirect_uri_are_trusted(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let right = rp.authorization();
        let table = [
            right.clone().without("client_id"),
            right.clone().with("client_id", "app_sbx_unknown"),
            right.clone().and("client_id", &rp.client_id),
            right.clone().without("redirect_uri").with("scope", "openid"),
            right.clone().with("redirect_uri", "https://rp.example.com/callback/"),
            right.clone().with("redirect_uri", "https://rp.example.com/CALLBACK"),
            right.clone().with("redirect_uri", "https://rp.example.com.evil.test/callback"),
            right.clone().with("redirect_uri", "https://evil@rp.example.com/callback"),
            right.clone().with("redirect_uri", "http://rp.example.com/callback"),
            right.clone().with("redirect_uri", "javascript:alert(1)"),
            right.clone().and("redirect_uri", RelyingParty::REDIRECT_URI),
        ];
        for request in table {
            let answer = server.browser().get(&request.url()).await.unwrap();

            assert_eq!(answer.status, 400, "{}", request.url());
            assert_eq!(answer.location(), None, "{}", request.url());
            assert!(answer.body.contains("Authorization error"), "{}", answer.body);
            let trace_id = &answer.headers["x-request-id"];
            assert!(answer.body.contains(trace_id.as_str()));
            assert!(!answer.body.contains(">https://rp.example.com/callback<"), "a registered address leaked");
        }
    }

    async fn faults_behind_a_trusted_redirect_uri_redirect(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let right = rp.authorization();
        let long = "x".repeat(2049);
        let table = [
            (right.clone().without("response_type"), "invalid_request"),
            (right.clone().with("response_type", "token"), "unsupported_response_type"),
            (right.clone().with("response_type", "code id_token"), "unsupported_response_type"),
            (right.clone().with("response_mode", "fragment"), "invalid_request"),
            (right.clone().and("scope", "openid"), "invalid_request"),
            (right.clone().with("scope", "openid nonsense"), "invalid_scope"),
            (right.clone().with("scope", "a\"b"), "invalid_scope"),
            (right.clone().with("prompt", "none login"), "invalid_request"),
            (right.clone().with("prompt", "dance"), "invalid_request"),
            (right.clone().with("max_age", "-1"), "invalid_request"),
            (right.clone().with("max_age", "soon"), "invalid_request"),
            (right.clone().with("nonce", &long), "invalid_request"),
            (right.clone().with("request", "eyJ"), "request_not_supported"),
            (right.clone().with("request_uri", "https://a.test"), "request_uri_not_supported"),
            (right.clone().with("registration", "{}"), "registration_not_supported"),
            (right.clone().with("resource", "https://unknown.test"), "invalid_target"),
            (right.clone().with("prompt", "none"), "login_required"),
        ];
        for (request, code) in table {
            let answer = server.browser().get(&request.url()).await.unwrap();

            assert_eq!(answer.status, 303, "{} {}", request.url(), answer.body);
            assert_eq!(response_parameter(&answer, "error").as_deref(), Some(code), "{}", request.url());
            assert_eq!(response_parameter(&answer, "state").as_deref(), Some("af0ifjsldkj"));
            assert_eq!(response_parameter(&answer, "iss"), Some(server.url.clone()));
            assert_eq!(response_parameter(&answer, "code"), None);
        }
    }

    async fn a_request_by_post_is_served_alike(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let form = harness::Form {
            action: format!("{}/authorize", server.url).parse().unwrap(),
            fields: rp.authorization().parameters().to_vec(),
        };

        let answer = alice.browser.post(&form).await.unwrap();
        let page = alice.follow(answer).await;

        assert!(page.form_with("login-submit").is_some(), "{}", page.body);
    }

    async fn the_redirect_uri_may_be_left_out_by_plain_oauth_with_one_registered(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let request = rp.authorization().without("redirect_uri").with("scope", "resource.read");

        let code = rp.code_of(&alice.authorize(&request.url()).await);
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("code_verifier", harness::S256::VERIFIER),
        ];
        let answer = rp.post("/token", &parameters).await;

        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    async fn scopes_are_split_by_space_comma_and_plus(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("scope", "openid,resource.read+resource.write openid");

        let code = rp.code_of(&alice.authorize(&request.url()).await);

        assert_eq!(rp.tokens(&code).await["scope"], "openid resource.read resource.write");
    }

    async fn no_scope_means_the_default_scopes(server: TestServer) {
        server.photos_api("jwt").await;
        let more = json!({ "scopes": ["resource.read", "resource.write"], "default_scopes": ["resource.read"] });
        let rp = server.register("web", more).await;
        let alice = server.person("alice").await;

        let code = rp.code_of(&alice.authorize(&rp.authorization().without("scope").url()).await);

        assert_eq!(rp.tokens(&code).await["scope"], "resource.read");
    }

    async fn a_denied_request_says_so_and_keeps_the_state(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;

        let page = alice.open(&rp.authorization().url()).await;
        let page = alice.sign_in_with(&page, harness::PASSWORD).await;
        let answer = alice.decide(&page, "deny").await;

        assert_eq!(response_parameter(&answer, "error").as_deref(), Some("access_denied"));
        assert_eq!(response_parameter(&answer, "state").as_deref(), Some("af0ifjsldkj"));
        assert_eq!(response_parameter(&answer, "iss"), Some(server.url.clone()));
    }

    async fn an_application_without_the_code_grant_is_refused(server: TestServer) {
        server.photos_api("jwt").await;
        let more = json!({ "scopes": ["resource.read"], "grant_types": ["client_credentials"] });
        let rp = server.register("web", more).await;

        let request = rp.authorization().with("scope", "resource.read");
        let answer = server.browser().get(&request.url()).await.unwrap();

        assert_eq!(response_parameter(&answer, "error").as_deref(), Some("unauthorized_client"));
    }

    async fn a_disabled_application_gets_a_page(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let path = format!("/applications/{}", rp.application_id);
        let disabled = server.api().patch(&path, &json!({ "status": "disabled" })).await;
        assert_eq!(disabled.status, 200, "{}", disabled.body);

        let answer = server.browser().get(&rp.authorization().url()).await.unwrap();

        assert_eq!((answer.status, answer.location()), (400, None));
    }
}
