//! Section 3.1.2: which pages a request shows, by `prompt` and `max_age`.

use harness::{
    Answer, Authorization, Jws, PASSWORD, Person, RelyingParty, TestServer, on_each_database,
    response_parameter,
};

/// Where a request stopped.
#[derive(Debug, PartialEq, Eq)]
enum Stop {
    SignIn,
    Consent,
    Code,
    Error(String),
}

fn stop_of(answer: &Answer) -> Stop {
    if answer.form_with("login-submit").is_some() {
        Stop::SignIn
    } else if answer.form_with("consent-deny").is_some() {
        Stop::Consent
    } else if response_parameter(answer, "code").is_some() {
        Stop::Code
    } else {
        let error = response_parameter(answer, "error");
        Stop::Error(error.unwrap_or_else(|| format!("{} {}", answer.status, answer.body)))
    }
}

async fn stop(person: &Person, request: &Authorization) -> Stop {
    stop_of(&person.open(&request.url()).await)
}

async fn rp_and_alice(server: &TestServer) -> (RelyingParty, Person) {
    server.photos_api("jwt").await;
    (server.web_app().await, server.person("alice").await)
}

fn error(code: &str) -> Stop {
    Stop::Error(code.to_owned())
}

async fn auth_time(server: &TestServer, rp: &RelyingParty, answer: &Answer) -> i64 {
    let tokens = rp.tokens(&rp.code_of(answer)).await;
    let id_token = Jws::verify(tokens["id_token"].as_str().unwrap(), &server.jwks().await);
    id_token.claims["auth_time"].as_i64().unwrap()
}

on_each_database! {
    async fn the_table_of_prompts(server: TestServer) {
        let (rp, nobody) = rp_and_alice(server).await;
        let fresh = nobody.elsewhere();
        fresh.sign_in().await;
        let approved = nobody.elsewhere();
        approved.approve_always(&rp).await;
        let other = server.person("bob").await;
        other.sign_in().await;
        server.advance(5);

        // Who approved always did so at every browser; bob never approved.
        for (person, prompt, expected) in [
            (&nobody, "", Stop::SignIn),
            (&nobody, "none", error("login_required")),
            (&nobody, "login", Stop::SignIn),
            (&nobody, "consent", Stop::SignIn),
            (&nobody, "select_account", Stop::SignIn),
            (&other, "", Stop::Consent),
            (&other, "none", error("consent_required")),
            (&other, "login", Stop::SignIn),
            (&other, "consent", Stop::Consent),
            (&fresh, "", Stop::Code),
            (&fresh, "none", Stop::Code),
            (&approved, "", Stop::Code),
            (&approved, "none", Stop::Code),
            (&approved, "login", Stop::SignIn),
            (&approved, "consent", Stop::Consent),
            (&approved, "login consent", Stop::SignIn),
            (&approved, "select_account", Stop::SignIn),
            (&approved, "none login", error("invalid_request")),
            (&approved, "none consent", error("invalid_request")),
            (&approved, "NONE", error("invalid_request")),
        ] {
            let request = rp.authorization().with("prompt", prompt);
            assert_eq!(stop(person, &request).await, expected, "{} prompt={prompt:?}", person.username);
        }
    }

    async fn prompt_login_wants_a_real_sign_in(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        alice.approve_always(&rp).await;
        server.advance(100);
        let request = rp.authorization().with("prompt", "login");

        let page = alice.open(&request.url()).await;
        let again = alice.browser.get(page.url.as_str()).await.unwrap();
        assert_eq!(stop_of(&again), Stop::SignIn, "looking twice must not let anyone through");
        let answer = alice.sign_in_with(&page, PASSWORD).await;

        assert_eq!(stop_of(&answer), Stop::Code);
        assert_eq!(auth_time(server, &rp, &answer).await, server.now() / 1000);
    }

    async fn a_cancelled_sign_in_upgrades_nothing(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        alice.approve_always(&rp).await;
        let before = server.now() / 1000;
        server.advance(100);

        let page = alice.open(&rp.authorization().with("prompt", "login").url()).await;
        let refused = alice.sign_in_with(&page, "wrong horse battery staple").await;
        assert_eq!(stop_of(&refused), Stop::SignIn);
        let answer = alice.open(&rp.authorization().url()).await;

        assert_eq!(auth_time(server, &rp, &answer).await, before);
    }

    async fn max_age_bounds_the_age_of_the_sign_in(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        alice.approve_always(&rp).await;
        server.advance(100);
        let with_age = |age: &str| rp.authorization().with("max_age", age);

        assert_eq!(stop(&alice, &with_age("101")).await, Stop::Code);
        assert_eq!(stop(&alice, &with_age("100")).await, Stop::Code);
        assert_eq!(stop(&alice, &with_age("99")).await, Stop::SignIn);
        assert_eq!(stop(&alice, &with_age("0")).await, Stop::SignIn);
        assert_eq!(stop(&alice, &with_age("99").with("prompt", "none")).await, error("login_required"));
        assert_eq!(stop(&alice, &with_age("18446744073709551615")).await, Stop::Code);
        for wrong in ["99999999999999999999", "1.5", "+1", "0x1"] {
            assert_eq!(stop(&alice, &with_age(wrong)).await, error("invalid_request"), "{wrong}");
        }
    }

    async fn a_sign_in_for_max_age_0_is_not_asked_for_again(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        alice.approve_always(&rp).await;
        server.advance(100);

        let page = alice.open(&rp.authorization().with("max_age", "0").url()).await;
        server.advance(20);
        let answer = alice.sign_in_with(&page, PASSWORD).await;

        assert_eq!(stop_of(&answer), Stop::Code);
        assert_eq!(auth_time(server, &rp, &answer).await, server.now() / 1000);
    }

    async fn login_hint_fills_the_form_in(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        let request = rp.authorization().with("login_hint", "alice\"><b>x");

        let page = alice.open(&request.url()).await;
        let form = page.form_with("login-submit").unwrap();

        assert!(form.fields.contains(&("username".to_owned(), "alice\"><b>x".to_owned())), "{form:?}");
        assert!(!page.body.contains("\"><b>x"), "the hint was not escaped");
    }

    async fn what_is_not_known_is_ignored(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;
        let request = rp
            .authorization()
            .with("display", "popup")
            .with("ui_locales", "fr-CA fr en")
            .with("claims_locales", "de")
            .with("acr_values", "urn:mace:incommon:iap:silver")
            .with("id_token_hint", "")
            .with("foo", "bar");

        assert_eq!(stop_of(&alice.authorize(&request.url()).await), Stop::Code);
    }

    async fn a_wrong_password_twice_then_right_still_leads_back(server: TestServer) {
        let (rp, alice) = rp_and_alice(server).await;

        let page = alice.open(&rp.authorization().url()).await;
        let page = alice.sign_in_with(&page, "wrong horse battery staple").await;
        let page = alice.sign_in_with(&page, "").await;
        let page = alice.sign_in_with(&page, PASSWORD).await;

        assert_eq!(stop_of(&page), Stop::Consent);
        assert_eq!(stop_of(&alice.decide(&page, "once").await), Stop::Code);
    }
}
