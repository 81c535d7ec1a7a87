//! Sign-in and the sessions that come of it.

use harness::{
    Answer, Browser, PASSWORD, Person, assert_refused, json, on_each_database, response_parameter,
};
use reqwest::Method;
use serde_json::json;

const WRONG: &str = "wrong horse battery staple";

/// What a `Set-Cookie` of this name would set.
fn cookie<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let header = answer.headers.get("set-cookie")?;
    header.starts_with(&format!("{name}=")).then_some(header.as_str())
}

/// The sign-in page filled in by `person`, and the answer to it, redirects not followed.
async fn post_sign_in(person: &Person, password: &str, more: &[(&str, &str)]) -> Answer {
    let page = person.visit("/login").await;
    let form = page.form_with("login-submit").unwrap();
    let form = form.fill("username", &person.username).fill("password", password);
    let form = more.iter().fold(form, |form, (name, value)| form.fill(name, value));
    person.browser.post(&form).await.unwrap()
}

async fn is_signed_in(person: &Person) -> bool {
    person.visit("/login").await.form_with("login-submit").is_none()
}

/// The words of a page, sorted, as attributes come in any order; without what changes at
/// each request.
fn told(page: &Answer, username: &str) -> Vec<String> {
    let trace = page.headers.get("x-request-id").cloned().unwrap_or_default();
    let csrf = page.form_with("login-submit").and_then(|form| {
        form.fields.into_iter().find(|(name, _)| name == "csrf").map(|(_, value)| value)
    });
    let body = page.body.replace(&trace, "");
    let body = csrf.map_or(body.clone(), |csrf| body.replace(&csrf, ""));
    let nonces =
        body.split("nonce=\"").map(|piece| piece.split_once('"').map_or(piece, |(_, rest)| rest));
    let text: String = nonces.collect();
    let mut words: Vec<String> =
        text.replace(username, "").split([' ', '>']).map(str::to_owned).collect();
    words.sort();
    words
}

on_each_database! {
    async fn wrong_password_and_unknown_person_get_one_message(server: TestServer) {
        let alice = server.person("alice").await;
        let nobody = alice.called("nobody");

        let wrong = post_sign_in(&alice, WRONG, &[]).await;
        let unknown = post_sign_in(&nobody, WRONG, &[]).await;

        assert_eq!((wrong.status, unknown.status), (422, 422));
        assert_eq!(told(&wrong, "alice"), told(&unknown, "nobody"));
        assert!(wrong.body.contains("The user name or the password is wrong."), "{}", wrong.body);
        assert!(!wrong.body.contains(WRONG));
        let names = |answer: &Answer| answer.headers.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&wrong), names(&unknown));
    }

    async fn name_and_address_sign_in_in_any_case(server: TestServer) {
        let alice = server.person("alice").await;
        for name in ["alice", "ALICE", "alice@example.com", "Alice@Example.com", " alice "] {
            let person = alice.called(name);

            assert_eq!(post_sign_in(&person, PASSWORD, &[]).await.status, 303, "{name:?}");
            assert!(is_signed_in(&person).await, "{name:?}");
        }
        for password in [" correct horse battery staple", "Correct horse battery staple", ""] {
            assert_eq!(post_sign_in(&alice.elsewhere(), password, &[]).await.status, 422, "{password:?}");
        }
    }

    async fn signing_in_gives_the_browser_a_new_session(server: TestServer) {
        let alice = server.person("alice").await;
        let first = post_sign_in(&alice, PASSWORD, &[]).await;
        let second = post_sign_in(&alice.elsewhere(), PASSWORD, &[]).await;

        let name = "cs_sid";
        let (first, second) = (cookie(&first, name).unwrap(), cookie(&second, name).unwrap());
        for cookie in [first, second] {
            for flag in ["HttpOnly", "SameSite=Lax", "Path=/"] {
                assert!(cookie.contains(flag), "{flag}: {cookie}");
            }
            assert!(!cookie.contains("Domain="), "{cookie}");
            assert!(!cookie.contains("Max-Age"), "it ends with the window: {cookie}");
            assert!(!cookie.contains("alice") && !cookie.contains(&alice.id), "{cookie}");
        }
        let value = |cookie: &str| cookie.split(';').next().unwrap().to_owned();
        assert_ne!(value(first), value(second));
    }

    async fn a_session_planted_before_sign_in_is_worth_nothing(server: TestServer) {
        let alice = server.person("alice").await;
        let planted = post_sign_in(&alice, PASSWORD, &[]).await;
        let planted = cookie(&planted, "cs_sid").unwrap().split(';').next().unwrap().to_owned();
        // The same browser signs in again: what it had before is dead.
        let logout = alice.visit("/logout").await.form_with("logout-confirm").unwrap();
        alice.submit(&logout).await;
        post_sign_in(&alice, PASSWORD, &[]).await;

        let request = server.request(Method::GET, "/login").header("cookie", planted);
        let page = server.send(request).await;

        assert!(page.form_with("login-submit").is_some(), "{}", page.body);
    }

    async fn a_remembered_session_outlives_the_window(server: TestServer) {
        let alice = server.person("alice").await;
        let forgetful = alice.elsewhere();
        let remembered = post_sign_in(&alice, PASSWORD, &[("remember", "1")]).await;
        post_sign_in(&forgetful, PASSWORD, &[]).await;
        assert!(cookie(&remembered, "cs_sid").unwrap().contains("Max-Age="));

        server.advance(3601);
        assert!(!is_signed_in(&forgetful).await, "an hour without use ends a session");
        assert!(is_signed_in(&alice).await);
        server.advance(13 * 24 * 3600);
        assert!(is_signed_in(&alice).await);
        server.advance(14 * 24 * 3600 + 1);
        assert!(!is_signed_in(&alice).await, "two weeks without use end it");
    }

    async fn use_keeps_a_session_for_a_day(server: TestServer) {
        let alice = server.person("alice").await;
        alice.sign_in().await;
        for _ in 0..28 {
            server.advance(50 * 60);
            assert!(is_signed_in(&alice).await);
        }

        server.advance(50 * 60);

        assert!(!is_signed_in(&alice).await);
    }

    async fn signing_out_asks_first_and_ends_everything(server: TestServer) {
        server.photos_api("opaque").await;
        let rp = server.register("web", json!({ "scopes": ["openid", "resource.read"] })).await;
        let alice = server.person("alice").await;
        let tokens = rp.tokens(&alice.approve(&rp).await).await;
        let access_token = tokens["access_token"].as_str().unwrap();
        assert_eq!(rp.introspect(access_token).await["active"], true);
        let page = alice.visit("/logout").await;
        assert!(is_signed_in(&alice).await, "looking signs nobody out");

        let form = page.form_with("logout-confirm").unwrap();
        let done = alice.submit(&form).await;

        assert_eq!(done.status, 200);
        assert!(done.body.contains("You are signed out"), "{}", done.body);
        assert!(!is_signed_in(&alice).await);
        let refresh_token = tokens["refresh_token"].as_str().unwrap();
        assert_refused(&rp.refresh(refresh_token).await, 400, "invalid_grant");
        assert_eq!(rp.introspect(access_token).await["active"], false);
        let again = alice.submit(&form).await;
        assert!([200, 403].contains(&again.status), "{}", again.status);
    }

    async fn offline_access_outlives_signing_out(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let request = rp.authorization().with("scope", "openid offline_access");
        let tokens = rp.tokens(&rp.code_of(&alice.authorize(&request.url()).await)).await;

        let form = alice.visit("/logout").await.form_with("logout-confirm").unwrap();
        alice.submit(&form).await;

        assert_eq!(rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.status, 200);
        assert_eq!(rp.introspect(tokens["access_token"].as_str().unwrap()).await["active"], true);
    }

    async fn a_locked_person_is_out_at_once(server: TestServer) {
        let alice = server.person("alice").await;
        alice.sign_in().await;
        let path = format!("/users/{}", alice.id);
        let locked = server.api().patch(&path, &json!({ "status": "locked" })).await;
        assert_eq!(locked.status, 200, "{}", locked.body);

        assert!(!is_signed_in(&alice).await);
        let refused = post_sign_in(&alice, PASSWORD, &[]).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        assert_eq!(post_sign_in(&alice, WRONG, &[]).await.status, 422, "only who knows the password is told");
    }

    async fn an_administrator_ends_a_session(server: TestServer) {
        let alice = server.person("alice").await;
        alice.sign_in().await;
        let sessions = json(&server.api().get(&format!("/sessions?user={}", alice.id)).await);
        let id = sessions["data"][0]["id"].as_str().unwrap().to_owned();

        let ended = server.api().delete(&format!("/sessions/{id}")).await;

        assert_eq!(ended.status, 204, "{}", ended.body);
        assert!(!is_signed_in(&alice).await);
        assert!(server.audit().await.contains(&"session.ended".to_owned()));
    }

    async fn a_request_belongs_to_the_browser_that_began_it(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let mallory = server.person("mallory").await;
        mallory.sign_in().await;
        let page = alice.open(&rp.authorization().url()).await;
        assert!(page.form_with("login-submit").is_some());

        let stolen = mallory.open(page.url.as_str()).await;

        assert_eq!(stolen.status, 400, "{}", stolen.body);
        assert!(stolen.form_with("consent-deny").is_none());
        let answer = alice.sign_in_with(&page, PASSWORD).await;
        let answer = alice.decide(&answer, "once").await;
        assert!(response_parameter(&answer, "code").is_some(), "alice goes on undisturbed");
    }

    async fn a_request_that_waited_too_long_is_gone(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let page = alice.open(&rp.authorization().url()).await;

        server.advance(30 * 60 + 1);

        let late = alice.open(page.url.as_str()).await;
        assert_eq!((late.status, late.location()), (400, None), "{}", late.body);
    }

    async fn sign_in_leads_nowhere_else(server: TestServer) {
        let alice = server.person("alice").await;
        for elsewhere in ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "evil"] {
            let person = alice.elsewhere();
            let url = url::Url::parse_with_params(&format!("{}/login", server.url), [("return_to", elsewhere)]);
            let page = person.browser.get(url.unwrap().as_str()).await.unwrap();
            let form = page.form_with("login-submit").unwrap().fill("return_to", elsewhere);
            let form = form.fill("username", "alice").fill("password", PASSWORD);

            let answer = person.browser.post(&form).await.unwrap();

            assert_eq!(answer.status, 303, "{elsewhere}");
            let location = answer.location().unwrap();
            assert!(location.as_str().starts_with(&server.url), "{elsewhere} led to {location}");
        }
    }

    async fn the_sign_in_form_counts_only_from_the_page_itself(server: TestServer) {
        let alice = server.person("alice").await;
        let page = alice.visit("/login").await;
        let form = page.form_with("login-submit").unwrap();
        let form = form.fill("username", "alice").fill("password", PASSWORD);

        let stranger = Browser::new(&server.url).unwrap();
        assert_eq!(stranger.post(&form).await.unwrap().status, 403, "the cookie is missing");
        // Hers is the browser that the page was shown to: only where it comes from is wrong.
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "null")],
            &[("origin", "https://evil.test")],
            &[],
        ] {
            let answer = alice.browser.post_from(headers, &form).await.unwrap();
            assert_eq!(answer.status, 403, "{headers:?}");
        }
        assert!(!is_signed_in(&alice).await);
    }

    async fn guessing_is_slowed_down_and_the_owner_comes_in_elsewhere(server: TestServer) {
        let alice = server.person("alice").await;
        let mut statuses = Vec::new();
        for _ in 0..30 {
            statuses.push(post_sign_in(&alice, WRONG, &[]).await.status);
        }
        let last = post_sign_in(&alice, PASSWORD, &[]).await;

        assert!(statuses.iter().all(|status| [422, 429].contains(status)), "{statuses:?}");
        assert_eq!(last.status, 429, "{statuses:?}");
        let seconds: u64 = last.headers["retry-after"].parse().unwrap();
        assert!(seconds > 0);
        assert!(!is_signed_in(&alice).await);
        server.advance(24 * 3600);
        assert_eq!(post_sign_in(&alice, PASSWORD, &[]).await.status, 303);
    }
}
