//! Section 3.1.2.1: an answer is about the person of `id_token_hint`, or an error.

use harness::{
    Answer, Authorization, PASSWORD, Person, RelyingParty, TestServer, on_each_database,
    response_parameter,
};
use serde_json::json;

async fn id_token(rp: &RelyingParty, person: &Person) -> String {
    let code = person.approve_always(rp).await;
    rp.tokens(&code).await["id_token"].as_str().unwrap().to_owned()
}

async fn rp(server: &TestServer) -> RelyingParty {
    server.photos_api("jwt").await;
    server.web_app().await
}

fn hinting(rp: &RelyingParty, hint: &str) -> Authorization {
    rp.authorization().with("id_token_hint", hint)
}

fn error_of(answer: &Answer) -> Option<String> {
    response_parameter(answer, "error")
}

on_each_database! {
    async fn a_silent_request_is_answered_for_the_person_it_names(server: TestServer) {
        let rp = rp(server).await;
        let alice = server.person("alice").await;
        let bob = server.person("bob").await;
        let of_alice = id_token(&rp, &alice).await;
        id_token(&rp, &bob).await;
        let silent = hinting(&rp, &of_alice).with("prompt", "none").url();

        assert!(response_parameter(&alice.open(&silent).await, "code").is_some());
        assert_eq!(error_of(&bob.open(&silent).await).as_deref(), Some("login_required"));
        assert_eq!(error_of(&bob.elsewhere().open(&silent).await).as_deref(), Some("login_required"));

        // An ID token that has expired still says who is meant.
        for _ in 0..7 {
            server.advance(600);
            assert!(response_parameter(&alice.open(&silent).await, "code").is_some());
        }
    }

    async fn somebody_else_is_asked_to_sign_in_and_gets_no_code(server: TestServer) {
        let rp = rp(server).await;
        let alice = server.person("alice").await;
        let bob = server.person("bob").await;
        let of_alice = id_token(&rp, &alice).await;
        id_token(&rp, &bob).await;
        let request = hinting(&rp, &of_alice).url();

        let page = bob.open(&request).await;
        assert!(page.form_with("login-submit").is_some(), "{}", page.body);
        let answer = bob.sign_in_with(&page, PASSWORD).await;
        assert_eq!(error_of(&answer).as_deref(), Some("login_required"));

        let page = bob.open(&request).await;
        let mut alice_there = bob.clone();
        alice_there.username.clone_from(&alice.username);
        let answer = alice_there.sign_in_with(&page, PASSWORD).await;
        assert!(response_parameter(&answer, "code").is_some(), "{}", answer.body);
    }

    async fn what_is_no_id_token_of_the_client_is_refused(server: TestServer) {
        let rp = rp(server).await;
        let other = server.register("web", json!({ "scopes": ["openid"] })).await;
        let alice = server.person("alice").await;
        let tokens = rp.tokens(&alice.approve_always(&rp).await).await;
        let good = tokens["id_token"].as_str().unwrap();
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let cut = format!("{signed}.{}", &signature[..signature.len() - 4]);
        let of_other =
            other.tokens(&other.code_of(&alice.authorize(&other.authorization().with("scope", "openid").url()).await)).await;

        for hint in [
            "x", "a.b.c", cut.as_str(),
            tokens["access_token"].as_str().unwrap(),
            of_other["id_token"].as_str().unwrap(),
        ] {
            let answer = alice.open(&hinting(&rp, hint).url()).await;
            assert_eq!(error_of(&answer).as_deref(), Some("invalid_request"), "{hint}");
        }
        let empty = alice.open(&hinting(&rp, "").url()).await;
        assert!(response_parameter(&empty, "code").is_some(), "an empty value counts as none");
    }

    async fn an_id_token_says_who_is_meant_for_a_month_after_its_key_was_retired(server: TestServer) {
        let rp = rp(server).await;
        let other = server.register("web", json!({ "scopes": ["openid"] })).await;
        let alice = server.person("alice").await;
        let bob = server.person("bob").await;
        let of_alice = id_token(&rp, &alice).await;
        id_token(&rp, &bob).await;
        let code = other.code_of(&alice.authorize(&other.authorization().with("scope", "openid").url()).await);
        let of_other = other.tokens(&code).await["id_token"].as_str().unwrap().to_owned();
        let request = hinting(&rp, &of_alice).url();
        let silent = hinting(&rp, &of_alice).with("prompt", "none").url();
        let pass = async |hours: u64| {
            server.advance(hours * 3600);
            assert!(server.core.engine.advance_keys().await.unwrap(), "after {hours} hours");
            alice.sign_in().await;
            bob.sign_in().await;
        };

        pass(30 * 24).await;
        pass(25).await;
        assert!(response_parameter(&alice.open(&silent).await, "code").is_some());
        let refused = bob.open(&silent).await;
        assert_eq!(error_of(&refused).as_deref(), Some("login_required"));

        // Whom it names cannot be told any more, and that is nobody's fault.
        pass(30 * 24).await;
        let refused = alice.open(&silent).await;
        assert_eq!(error_of(&refused).as_deref(), Some("login_required"));
        assert!(response_parameter(&alice.open(&request).await, "code").is_some());
        let anothers = alice.open(&hinting(&rp, &of_other).url()).await;
        assert_eq!(error_of(&anothers).as_deref(), Some("invalid_request"));
    }
}
