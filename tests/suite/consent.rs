//! What people approve: once, always, in part, not at all, and no longer.

use harness::{
    Answer, PASSWORD, Person, RelyingParty, TestServer, assert_refused, json, on_each_database,
    response_parameter,
};
use serde_json::json;

async fn rp_and_alice(server: &TestServer) -> (RelyingParty, Person) {
    server.photos_api("jwt").await;
    (server.web_app().await, server.person("alice").await)
}

/// The consent page for `scope`; signs in where that is asked.
async fn consent_page(person: &Person, rp: &RelyingParty, scope: &str) -> Answer {
    let page = person.open(&rp.authorization().with("scope", scope).url()).await;
    let page = if page.form_with("login-submit").is_some() {
        person.sign_in_with(&page, PASSWORD).await
    } else {
        page
    };
    assert!(page.form_with("consent-deny").is_some(), "{} {}", page.status, page.body);
    page
}

/// The scopes that the page asks for, as its boxes say; locked ones are left out.
fn boxes(page: &Answer) -> Vec<String> {
    let form = page.form_with("consent-deny").unwrap();
    form.fields.into_iter().filter(|(name, _)| name == "scope").map(|(_, value)| value).collect()
}

fn is_consent(page: &Answer) -> bool {
    page.form_with("consent-deny").is_some()
}

on_each_database! {
    async fn the_page_says_who_asks_for_what_and_where_it_leads(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;

        let page = consent_page(&alice, &rp, "openid profile resource.read").await;

        for told in ["Photo Printer", "alice@example.com", "rp.example.com", "See your photos"] {
            assert!(page.body.contains(told), "{told}");
        }
        for button in ["consent-allow-once", "consent-allow", "consent-deny"] {
            assert!(page.body.contains(&format!("id=\"{button}\"")), "{button}");
        }
        assert_eq!(page.headers["cache-control"], "no-store");
        let policy = &page.headers["content-security-policy"];
        assert!(policy.contains("form-action 'self' https://rp.example.com"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert_eq!(page.headers["x-frame-options"], "DENY");
    }

    async fn once_is_asked_again(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        alice.approve(&rp).await;

        let again = alice.open(&rp.authorization().url()).await;

        assert!(is_consent(&again), "{}", again.body);
        assert_eq!(json(&server.api().get("/consents").await)["data"], json!([]));
    }

    async fn always_is_not_asked_again(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        alice.approve_always(&rp).await;

        let again = alice.open(&rp.authorization().url()).await;

        assert!(response_parameter(&again, "code").is_some(), "{}", again.body);
        let elsewhere = alice.elsewhere();
        elsewhere.sign_in().await;
        let there = elsewhere.open(&rp.authorization().url()).await;
        assert!(response_parameter(&there, "code").is_some(), "remembered per person, not per browser");
    }

    async fn deny_is_not_remembered(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        let page = consent_page(&alice, &rp, "openid resource.read").await;

        let denied = alice.decide(&page, "deny").await;

        assert_eq!(response_parameter(&denied, "error").as_deref(), Some("access_denied"));
        assert!(is_consent(&alice.open(&rp.authorization().url()).await));
        assert!(server.audit().await.contains(&"consent.denied".to_owned()));
    }

    async fn what_is_unticked_is_not_granted(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        let page = consent_page(&alice, &rp, "openid email resource.read resource.write").await;
        let form = page.form_with("consent-deny").unwrap();
        let form = form.untick("scope", "resource.write").untick("scope", "email");

        let answer = alice.submit(&form.fill("decision", "once")).await;
        let tokens = rp.tokens(&rp.code_of(&answer)).await;

        assert_eq!(tokens["scope"], "openid resource.read");
        let told = rp.introspect(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(told["scope"], "openid resource.read");
    }

    async fn openid_cannot_be_unticked(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        let page = consent_page(&alice, &rp, "openid resource.read").await;
        let form = page.form_with("consent-deny").unwrap();
        let form = form.untick("scope", "openid").untick("scope", "resource.read");

        let answer = alice.submit(&form.fill("decision", "once")).await;

        assert_eq!(rp.tokens(&rp.code_of(&answer)).await["scope"], "openid");
    }

    async fn approving_nothing_shows_the_page_again(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        let page = consent_page(&alice, &rp, "resource.read").await;
        let form = page.form_with("consent-deny").unwrap().untick("scope", "resource.read");

        let again = alice.submit(&form.fill("decision", "once")).await;

        assert_eq!(again.status, 422);
        assert!(is_consent(&again));
        assert!(response_parameter(&alice.decide(&again, "once").await, "code").is_some());
    }

    async fn a_box_that_was_not_drawn_grants_nothing(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        let page = consent_page(&alice, &rp, "openid").await;
        let mut form = page.form_with("consent-deny").unwrap();
        form.fields.push(("scope".to_owned(), "resource.write".to_owned()));
        form.fields.push(("scope".to_owned(), "openid email".to_owned()));

        let answer = alice.submit(&form.fill("decision", "always")).await;

        assert_eq!(rp.tokens(&rp.code_of(&answer)).await["scope"], "openid");
    }

    async fn only_new_scopes_are_asked_for(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        let page = consent_page(&alice, &rp, "openid resource.read").await;
        alice.decide(&page, "always").await;

        let more = consent_page(&alice, &rp, "openid resource.read resource.write").await;
        assert_eq!(boxes(&more), ["resource.write"]);
        let answer = alice.decide(&more, "always").await;

        assert_eq!(
            rp.tokens(&rp.code_of(&answer)).await["scope"],
            "openid resource.read resource.write"
        );
        let wide = rp.authorization().with("scope", "openid resource.read resource.write");
        assert!(response_parameter(&alice.open(&wide.url()).await, "code").is_some());
        let consents = json(&server.api().get("/consents").await);
        assert_eq!(consents["data"].as_array().unwrap().len(), 1, "one record grows: {consents}");
    }

    async fn the_same_scope_of_another_client_is_asked_for(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        alice.approve_always(&rp).await;
        let other = server.web_app().await;

        assert!(is_consent(&alice.open(&other.authorization().url()).await));
    }

    async fn a_native_app_without_https_is_asked_each_time(server: TestServer) {
        server.photos_api("jwt").await;
        let more = json!({ "scopes": ["openid", "resource.read"], "redirect_uris": ["http://127.0.0.1/cb"] });
        let rp = server.register("native", more).await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("redirect_uri", "http://127.0.0.1:49152/cb");
        let page = alice.open(&request.url()).await;
        let page = alice.sign_in_with(&page, PASSWORD).await;
        assert!(response_parameter(&alice.decide(&page, "always").await, "code").is_some());

        assert!(is_consent(&alice.open(&request.url()).await), "RFC 8252 section 8.6");
    }

    async fn a_trusted_client_skips_the_page(server: TestServer) {
        server.photos_api("jwt").await;
        let more = json!({ "scopes": ["openid", "resource.read"], "skip_consent": true });
        let rp = server.register("web", more).await;
        let alice = server.person("alice").await;

        let page = alice.open(&rp.authorization().url()).await;
        let answer = alice.sign_in_with(&page, PASSWORD).await;

        assert!(response_parameter(&answer, "code").is_some(), "{}", answer.body);
        let asked = alice.open(&rp.authorization().with("prompt", "consent").url()).await;
        assert!(is_consent(&asked), "a client that wants people asked gets its way");
    }

    async fn a_withdrawn_consent_ends_what_it_opened(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        let tokens = rp.tokens(&alice.approve_always(&rp).await).await;
        let consents = json(&server.api().get(&format!("/consents?user={}", alice.id)).await);
        let id = consents["data"][0]["id"].as_str().unwrap().to_owned();

        let withdrawn = server.api().delete(&format!("/consents/{id}")).await;

        assert_eq!(withdrawn.status, 204, "{}", withdrawn.body);
        assert!(!rp.is_active(tokens["access_token"].as_str().unwrap()).await);
        assert_refused(&rp.refresh(tokens["refresh_token"].as_str().unwrap()).await, 400, "invalid_grant");
        assert!(is_consent(&alice.open(&rp.authorization().url()).await));
    }

    async fn the_form_cannot_be_sent_from_elsewhere_or_twice(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        let page = consent_page(&alice, &rp, "openid").await;
        let form = page.form_with("consent-deny").unwrap().fill("decision", "once");
        let mallory = server.person("mallory").await;
        mallory.sign_in().await;

        let from_elsewhere = mallory.submit(&form).await;
        let without_token = alice.submit(&form.clone().fill("csrf", "")).await;
        let first = alice.submit(&form).await;
        let second = alice.submit(&form).await;

        assert_eq!((from_elsewhere.status, without_token.status), (403, 403));
        assert!(response_parameter(&first, "code").is_some(), "{}", first.body);
        assert_eq!((second.status, second.location()), (400, None), "one code, not two");
    }

    async fn scopes_that_were_taken_from_the_client_meanwhile_are_not_issued(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        let request = rp.authorization().with("scope", "openid resource.read resource.write");
        let code = rp.code_of(&alice.authorize(&request.url()).await);
        let path = format!("/applications/{}/clients/sandbox", rp.application_id);
        let narrowed = server.api().patch(&path, &json!({ "scopes": ["openid", "resource.read"] })).await;
        assert_eq!(narrowed.status, 200, "{}", narrowed.body);

        assert_eq!(rp.tokens(&code).await["scope"], "openid resource.read");
    }
}
