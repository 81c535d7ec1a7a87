//! Section 3.3, and sections 5.1, 5.4 and 5.5: a person types the code and answers.

use harness::{Answer, Jws, PASSWORD, Person, TestServer, assert_refused, json, on_each_database};
use serde_json::json;

use super::{
    answer, ask, code_page, confirm_page, decide, kiosk, poll, tokens, tv_and_alice, type_code,
};

fn is_confirm(page: &Answer) -> bool {
    page.form_with("device-deny").is_some()
}

/// The code page again, which says that the code leads nowhere.
#[track_caller]
fn assert_unknown(page: &Answer) {
    assert_eq!(page.status, 422, "{}", page.body);
    assert!(page.form_with("device-continue").is_some() && !is_confirm(page), "{}", page.body);
    assert!(page.body.contains("expired or was used"), "{}", page.body);
}

async fn type_from(server: &TestServer, person: &Person, code: &str, address: &str) -> Answer {
    let page = code_page(person, &format!("{}/device", person.url)).await;
    let form = page.form_with("device-continue").unwrap().fill("user_code", code);
    let origin = [("origin", server.url.as_str()), ("x-forwarded-for", address)];
    person.browser.post_from(&origin, &form).await.unwrap()
}

on_each_database! {
    async fn the_page_says_who_asks_for_what_from_where(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid resource.read").await;

        let page = confirm_page(&alice, &asked).await;

        let code = asked["user_code"].as_str().unwrap();
        for told in ["Living Room TV", "alice@example.com", "See your photos", code, "127.0.0.1", "Sandbox"] {
            assert!(page.body.contains(told), "{told}: {}", page.body);
        }
        assert!(page.body.contains("id=\"device-allow\""));
        let policy = &page.headers["content-security-policy"];
        assert!(policy.contains("form-action 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_refused(&poll(&tv, &asked).await, 400, "authorization_pending");
    }

    async fn the_complete_address_fills_the_code_in_and_does_no_more(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid").await;
        let address = asked["verification_uri_complete"].as_str().unwrap();

        let sign_in = alice.open(address).await;
        assert!(sign_in.form_with("login-submit").is_some(), "a person is needed: {}", sign_in.body);
        let page = alice.sign_in_with(&sign_in, PASSWORD).await;

        let form = page.form_with("device-continue").unwrap();
        let filled = ("user_code".to_owned(), asked["user_code"].as_str().unwrap().to_owned());
        assert!(form.fields.contains(&filled), "{form:?}");
        assert!(!page.body.contains("Living Room TV"), "opening an address looks nothing up");
        assert_refused(&poll(&tv, &asked).await, 400, "authorization_pending");
        let page = alice.submit(&form).await;
        assert!(is_confirm(&page), "{}", page.body);
        assert_refused(&poll(&tv, &asked).await, 400, "slow_down");
        let done = decide(&alice, &page, "once").await;
        assert!(done.body.contains("go back to your device"), "{}", done.body);
        assert_eq!(tokens(&tv, &asked).await["scope"], "openid");
    }

    async fn capitals_and_dashes_do_not_matter(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid").await;
        let code = asked["user_code"].as_str().unwrap();

        for typed in [code.to_lowercase(), code.replace('-', ""), format!(" {} ", code.replace('-', " "))] {
            assert!(is_confirm(&type_code(&alice, &typed).await), "{typed}");
        }
        assert_eq!(answer(&alice, &asked, "deny").await.url.path(), "/device/denied");
    }

    async fn what_is_no_code_is_told_kindly(server: TestServer) {
        let (_, alice) = tv_and_alice(server).await;

        for typed in ["", "BCDF-GHJK", "AEIO-UUUU", "\u{1f600}<script>", &"B".repeat(70_000)] {
            let page = type_code(&alice, typed).await;
            assert_unknown(&page);
            assert!(!page.body.contains("<script>") && page.body.len() < 20_000);
        }
    }

    async fn no_is_told_to_the_device(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid").await;

        let done = answer(&alice, &asked, "deny").await;

        assert!(done.body.contains("Nothing was shared"), "{}", done.body);
        assert_refused(&poll(&tv, &asked).await, 400, "access_denied");
        assert_refused(&poll(&tv, &asked).await, 400, "access_denied");
        assert_unknown(&type_code(&alice, asked["user_code"].as_str().unwrap()).await);
        assert!(server.audit().await.contains(&"consent.denied".to_owned()));
    }

    async fn an_answer_is_given_once(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let bob = server.person("bob").await;
        let asked = ask(&tv, "openid").await;
        let (first, second) = (confirm_page(&alice, &asked).await, confirm_page(&bob, &asked).await);

        decide(&alice, &first, "once").await;

        assert_unknown(&decide(&bob, &second, "once").await);
        assert_unknown(&decide(&alice, &first, "deny").await);
        let tokens = tokens(&tv, &asked).await;
        let id = Jws::verify(tokens["id_token"].as_str().unwrap(), &server.jwks().await);
        assert_eq!(id.claims["sub"], alice.id);
    }

    async fn the_form_cannot_be_sent_from_elsewhere(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let mallory = server.person("mallory").await;
        mallory.sign_in().await;
        let asked = ask(&tv, "openid").await;
        let page = confirm_page(&alice, &asked).await;
        let form = page.form_with("device-deny").unwrap().fill("decision", "once");

        assert_eq!(mallory.submit(&form).await.status, 403);
        assert_eq!(alice.submit(&form.clone().fill("csrf", "")).await.status, 403);
        assert_eq!(alice.submit(&form.clone().fill("decision", "maybe")).await.status, 400);
        let forged = [("origin", "https://evil.test")];
        assert_eq!(alice.browser.post_from(&forged, &form).await.unwrap().status, 403);
        assert_refused(&poll(&tv, &asked).await, 400, "authorization_pending");
    }

    async fn what_is_unticked_is_not_granted(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid email resource.read resource.write").await;
        let page = confirm_page(&alice, &asked).await;
        let form = page.form_with("device-deny").unwrap();
        let mut form = form.untick("scope", "email").untick("scope", "resource.write");
        form.fields.push(("scope".to_owned(), "offline_access".to_owned()));

        alice.submit(&form.fill("decision", "once")).await;

        assert_eq!(tokens(&tv, &asked).await["scope"], "openid resource.read");
    }

    async fn approving_nothing_shows_the_page_again(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let asked = ask(&tv, "resource.read").await;
        let page = confirm_page(&alice, &asked).await;
        let form = page.form_with("device-deny").unwrap().untick("scope", "resource.read");

        let again = alice.submit(&form.fill("decision", "once")).await;

        assert_eq!(again.status, 422, "{}", again.body);
        assert!(is_confirm(&again) && again.body.contains("Nothing is ticked"));
    }

    async fn an_approval_is_remembered_for_clients_with_a_secret_alone(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let kiosk = kiosk(server).await;
        let asked = ask(&tv, "openid resource.read").await;
        assert!(!confirm_page(&alice, &asked).await.body.contains("device-allow-always"));
        answer(&alice, &asked, "always").await;
        assert_eq!(json(&server.api().get("/consents").await)["data"], json!([]));

        let asked = ask(&kiosk, "openid resource.read").await;
        assert!(confirm_page(&alice, &asked).await.body.contains("device-allow-always"));
        answer(&alice, &asked, "always").await;
        assert_eq!(json(&server.api().get("/consents").await)["data"].as_array().unwrap().len(), 1);

        let again = ask(&kiosk, "openid resource.read").await;
        let page = confirm_page(&alice, &again).await;
        assert!(page.body.contains("You allowed this before") && !page.body.contains("type=\"checkbox\""), "{}", page.body);
        assert_refused(&poll(&kiosk, &again).await, 400, "authorization_pending");
        decide(&alice, &page, "once").await;
        assert_eq!(tokens(&kiosk, &again).await["scope"], "openid resource.read");
    }

    async fn a_trusted_client_has_to_be_confirmed_too(server: TestServer) {
        server.photos_api("jwt").await;
        let more = json!({ "name": "Our TV", "scopes": ["openid"], "skip_consent": true });
        let tv = server.register("device", more).await;
        let alice = server.person("alice").await;

        let page = confirm_page(&alice, &ask(&tv, "openid").await).await;

        assert!(page.body.contains("Our TV"), "{}", page.body);
    }

    async fn a_client_that_may_no_longer_ask_is_not_shown(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid").await;
        let code = asked["user_code"].as_str().unwrap();
        let path = format!("/applications/{}", tv.application_id);

        server.api().patch(&path, &json!({ "status": "disabled" })).await;
        assert_unknown(&type_code(&alice, code).await);
        server.api().patch(&path, &json!({ "status": "active" })).await;
        assert!(is_confirm(&type_code(&alice, code).await));
    }

    async fn another_person_can_sign_in_instead(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        server.person("bob").await;
        let asked = ask(&tv, "openid").await;
        confirm_page(&alice, &asked).await;
        let code = asked["user_code"].as_str().unwrap();

        let page = alice.visit(&format!("/login?return_to=%2Fdevice%3Fuser_code%3D{code}&switch=1")).await;
        let form = page.form_with("login-submit").unwrap();
        let page = alice.submit(&form.fill("username", "bob").fill("password", PASSWORD)).await;

        assert!(page.body.contains("bob@example.com") && page.body.contains(code), "{}", page.body);
    }

    async fn nothing_that_was_told_once_can_be_read_in_the_database(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid offline_access").await;
        answer(&alice, &asked, "once").await;
        let user_code = asked["user_code"].as_str().unwrap();
        let plain = user_code.replace('-', "");

        for (table, row) in server.rows().await {
            for secret in [asked["device_code"].as_str().unwrap(), user_code, &plain] {
                assert!(!row.to_lowercase().contains(&secret.to_lowercase()), "{secret} in {table}: {row}");
            }
        }
    }
}

on_each_database! {
    async fn codes_are_guessed_ten_times(db: Db) {
        let server = TestServer::with(db, &[("server.trusted_proxies", "127.0.0.0/8")]).await;
        let (tv, alice) = tv_and_alice(&server).await;
        let bob = server.person("bob").await;
        let asked = ask(&tv, "openid").await;
        let code = asked["user_code"].as_str().unwrap();
        for n in 0..10 {
            // Another address, and another session, are the same person.
            let alice = if n == 5 { alice.elsewhere() } else { alice.clone() };
            let page = type_from(&server, &alice, "BCDF-GHJK", &format!("198.51.100.{n}")).await;
            assert_unknown(&page);
        }

        let slowed = type_from(&server, &alice, code, "203.0.113.1").await;

        assert_eq!(slowed.status, 429, "{}", slowed.body);
        assert_eq!(slowed.headers["retry-after"], "10");
        assert!(!slowed.body.contains("Living Room TV"));
        assert!(is_confirm(&type_from(&server, &bob, code, "203.0.113.1").await));
        server.advance(10);
        assert!(is_confirm(&type_from(&server, &alice, code, "203.0.113.1").await));
        server.finish().await;
    }

    async fn an_address_has_thirty_guesses(db: Db) {
        let server = TestServer::with(db, &[("server.trusted_proxies", "127.0.0.0/8")]).await;
        for n in 0..4 {
            let person = server.person(&format!("person{n}")).await;
            for _ in 0..8 {
                let page = type_from(&server, &person, "BCDF-GHJK", "198.51.100.1").await;
                if page.status == 429 {
                    assert_eq!(n, 3);
                    let elsewhere = type_from(&server, &person, "BCDF-GHJK", "203.0.113.1").await;
                    assert_unknown(&elsewhere);
                    server.finish().await;
                    return;
                }
            }
        }
        panic!("thirty-two guesses were looked up");
    }
}
