//! Sections 3.4 and 3.5: the device asks whether it was approved.

use harness::{Answer, Jws, RelyingParty, TestServer, assert_refused, json, on_each_database};
use serde_json::{Value, json};

use super::{GRANT, answer, ask, confirm_page, decide, kiosk, poll, tokens, tv, tv_and_alice};

/// How many events of this action the audit log has.
async fn events(server: &TestServer, action: &str) -> usize {
    server.background_round().await;
    server.audit().await.iter().filter(|it| *it == action).count()
}

async fn refresh(tokens: &Value, rp: &RelyingParty) -> Answer {
    rp.refresh(tokens["refresh_token"].as_str().unwrap()).await
}

on_each_database! {
    async fn what_was_approved_buys_tokens_of_the_person(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid email offline_access resource.read").await;
        assert_refused(&poll(&tv, &asked).await, 400, "authorization_pending");
        answer(&alice, &asked, "once").await;

        let answer = poll(&tv, &asked).await;

        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.headers["cache-control"], "no-store");
        let tokens = json(&answer);
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["scope"], "openid email offline_access resource.read");
        let jwks = server.jwks().await;
        let claims = |name: &str| Jws::verify(tokens[name].as_str().unwrap(), &jwks).claims;
        let access = claims("access_token");
        assert_eq!((&access["sub"], &access["client_id"]), (&json!(alice.id), &json!(tv.client_id)));
        let id = claims("id_token");
        assert_eq!((&id["sub"], &id["aud"], &id["amr"]), (&json!(alice.id), &json!(tv.client_id), &json!(["pwd"])));
        assert_eq!(id.get("nonce"), None);
        let userinfo = tv.userinfo(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(json(&userinfo)["email"], "alice@example.com");
        let fresh = refresh(&tokens, &tv).await;
        assert_eq!(fresh.status, 200, "{}", fresh.body);
        assert_ne!(json(&fresh)["refresh_token"], tokens["refresh_token"], "a device rotates");
    }

    async fn who_asks_too_often_is_slowed_down(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid").await;
        let (pending, slow_down) = ("authorization_pending", "slow_down");

        assert_refused(&poll(&tv, &asked).await, 400, pending);
        for (wait, told) in [
            (5, pending), (5, pending), (2, slow_down), // ten from now on
            (10, pending), (6, slow_down), // fifteen
            (15, pending), (10, slow_down), // twenty
            (19, pending), (21, pending),
        ] {
            server.advance(wait);
            assert_refused(&poll(&tv, &asked).await, 400, told);
        }
        answer(&alice, &asked, "once").await;
        assert_eq!(poll(&tv, &asked).await.status, 200, "an answer waits for nobody");
        assert_eq!(events(server, "token.refused").await, 0, "waiting is no event");
    }

    async fn other_devices_are_not_slowed_down_with_it(server: TestServer) {
        let (tv, _) = tv_and_alice(server).await;
        let (first, second) = (ask(&tv, "openid").await, ask(&tv, "openid").await);

        poll(&tv, &first).await;

        assert_refused(&poll(&tv, &first).await, 400, "slow_down");
        assert_refused(&poll(&tv, &second).await, 400, "authorization_pending");
    }

    async fn a_code_ends_after_ten_minutes(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let (silent, late) = (ask(&tv, "openid").await, ask(&tv, "openid").await);
        let page = confirm_page(&alice, &silent).await;
        answer(&alice, &late, "once").await;
        server.advance(600);

        assert_refused(&poll(&tv, &silent).await, 400, "expired_token");
        assert_refused(&poll(&tv, &late).await, 400, "expired_token");
        assert_eq!(decide(&alice, &page, "once").await.status, 422);
        assert_refused(&poll(&tv, &silent).await, 400, "expired_token");
    }

    async fn a_code_buys_once_and_its_replay_ends_what_it_bought(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid offline_access").await;
        answer(&alice, &asked, "once").await;
        let tokens = tokens(&tv, &asked).await;

        assert_refused(&poll(&tv, &asked).await, 400, "invalid_grant");

        assert_refused(&refresh(&tokens, &tv).await, 400, "invalid_grant");
        assert_eq!(tv.userinfo(tokens["access_token"].as_str().unwrap()).await.status, 401);
        assert_eq!(events(server, "code.redeemed").await, 1);
        assert_eq!(events(server, "code.replayed").await, 1);
        assert_eq!(events(server, "consent.granted").await, 1);
    }

    async fn a_code_is_of_one_client(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let other = super::tv(server).await;
        let kiosk = kiosk(server).await;
        let asked = ask(&tv, "openid").await;
        answer(&alice, &asked, "once").await;

        assert_refused(&poll(&other, &asked).await, 400, "invalid_grant");
        assert_refused(&poll(&kiosk, &asked).await, 400, "invalid_grant");

        assert_eq!(poll(&tv, &asked).await.status, 200, "it was neither spent nor revoked");
    }

    async fn what_is_no_device_code_is_refused(server: TestServer) {
        let (tv, _) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid").await;
        let code = asked["device_code"].as_str().unwrap();
        let recased = code.to_uppercase();
        let user_code = asked["user_code"].as_str().unwrap();

        for wrong in ["x", &recased, &code[1..], user_code, "cs_dc_1", &"x".repeat(10_000), "\u{e9}"] {
            let answer = tv.post("/token", &[("grant_type", GRANT), ("device_code", wrong)]).await;
            assert_refused(&answer, 400, "invalid_grant");
        }
        let twice = [("grant_type", GRANT), ("device_code", code), ("device_code", code)];
        assert_refused(&tv.post("/token", &twice).await, 400, "invalid_request");
        assert_refused(&tv.post("/token", &[("grant_type", GRANT)]).await, 400, "invalid_request");
        let empty = [("grant_type", GRANT), ("device_code", "")];
        assert_refused(&tv.post("/token", &empty).await, 400, "invalid_request");
        let short = [("grant_type", "device_code"), ("device_code", code)];
        assert_refused(&tv.post("/token", &short).await, 400, "unsupported_grant_type");
        let in_address = tv.post(&format!("/token?device_code={code}"), &[("grant_type", GRANT)]).await;
        assert_refused(&in_address, 400, "invalid_request");
        assert_refused(&poll(&tv, &asked).await, 400, "authorization_pending");
    }

    async fn a_resource_that_does_not_fit_spends_nothing(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid resource.read").await;
        answer(&alice, &asked, "once").await;
        let code = asked["device_code"].as_str().unwrap();

        let wrong = [("grant_type", GRANT), ("device_code", code), ("resource", "https://x.test")];
        assert_refused(&tv.post("/token", &wrong).await, 400, "invalid_target");

        let right = [("grant_type", GRANT), ("device_code", code), ("resource", "https://api.example.com/photos")];
        assert_eq!(tv.post("/token", &right).await.status, 200);
    }

    async fn what_was_approved_ends_with_the_session_of_the_approval(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let (waits, works) = (ask(&tv, "openid").await, ask(&tv, "openid").await);
        answer(&alice, &waits, "once").await;
        answer(&alice, &works, "once").await;
        let tokens = tokens(&tv, &works).await;

        let page = alice.visit("/logout").await;
        alice.submit(&page.form_with("logout-confirm").unwrap()).await;

        assert_refused(&poll(&tv, &waits).await, 400, "invalid_grant");
        assert_eq!(tv.userinfo(tokens["access_token"].as_str().unwrap()).await.status, 401);
        assert_refused(&refresh(&tokens, &tv).await, 400, "invalid_grant");
    }

    async fn offline_access_outlives_the_session(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let asked = ask(&tv, "openid offline_access").await;
        answer(&alice, &asked, "once").await;
        let tokens = tokens(&tv, &asked).await;

        let page = alice.visit("/logout").await;
        alice.submit(&page.form_with("logout-confirm").unwrap()).await;

        assert_eq!(refresh(&tokens, &tv).await.status, 200);
    }

    async fn whatever_is_disabled_meanwhile_is_asked_again(server: TestServer) {
        let (tv, alice) = tv_and_alice(server).await;
        let client = format!("/applications/{}/clients/sandbox", tv.application_id);
        let application = format!("/applications/{}", tv.application_id);
        let user = format!("/users/{}", alice.id);
        let mut devices = Vec::new();
        for _ in 0..2 {
            let asked = ask(&tv, "openid offline_access resource.read").await;
            answer(&alice, &asked, "once").await;
            devices.push(asked);
        }
        let api = server.api();

        api.patch(&application, &json!({ "status": "disabled" })).await;
        assert_refused(&poll(&tv, &devices[0]).await, 401, "invalid_client");
        api.patch(&application, &json!({ "status": "active" })).await;
        api.patch(&client, &json!({ "scopes": ["openid", "offline_access"] })).await;
        assert_eq!(tokens(&tv, &devices[0]).await["scope"], "openid offline_access");

        let revoked = api.delete(&format!("/tokens?application={}", tv.application_id)).await;
        assert!(revoked.status < 300, "{} {}", revoked.status, revoked.body);
        assert_refused(&poll(&tv, &devices[1]).await, 400, "expired_token");

        let locked = ask(&tv, "openid offline_access").await;
        answer(&alice, &locked, "once").await;
        api.patch(&user, &json!({ "status": "locked" })).await;
        let refused = json(&poll(&tv, &locked).await);
        assert!(["invalid_grant", "expired_token"].contains(&refused["error"].as_str().unwrap()), "{refused}");
    }

    async fn a_client_without_refresh_tokens_gets_none(server: TestServer) {
        server.photos_api("jwt").await;
        let more = json!({ "scopes": ["openid"], "grant_types": [GRANT] });
        let tv = server.register("device", more).await;
        let alice = server.person("alice").await;
        let asked = ask(&tv, "openid").await;
        answer(&alice, &asked, "once").await;

        let tokens = tokens(&tv, &asked).await;

        assert_eq!(tokens.get("refresh_token"), None);
    }

    async fn an_opaque_token_comes_where_the_api_wants_one(server: TestServer) {
        server.photos_api("opaque").await;
        let tv = tv(server).await;
        let alice = server.person("alice").await;
        let asked = ask(&tv, "resource.read").await;
        answer(&alice, &asked, "once").await;

        let tokens = tokens(&tv, &asked).await;

        assert!(tokens["access_token"].as_str().unwrap().starts_with("cs_at_"), "{tokens}");
        assert_eq!(tokens.get("id_token"), None);
    }
}
