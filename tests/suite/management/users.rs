//! `/users`.

use harness::{PASSWORD, assert_problem, json, on_each_database};
use serde_json::{Value, json};

fn body(name: &str) -> Value {
    json!({ "username": name, "email": format!("{name}@example.com"), "name": name, "password": PASSWORD })
}

on_each_database! {
    async fn an_account_is_made_shown_changed_and_removed(server: TestServer) {
        let made = server.api().create("/users", &body("alice")).await;
        let path = format!("/users/{}", made["id"].as_str().unwrap());
        assert_eq!((&made["status"], &made["role"]), (&json!("active"), &Value::Null));
        assert_eq!((&made["email_verified"], &made["has_password"]), (&json!(false), &json!(true)));
        assert!(!made.to_string().contains(PASSWORD));

        let changed = server.api().patch(&path, &json!({ "name": "Alice A.", "email_verified": true })).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert_eq!(json(&changed)["email_verified"], true);
        assert_eq!(json(&server.api().get(&path).await)["username"], "alice");

        assert_eq!(server.api().delete(&path).await.status, 204);
        assert_eq!(server.api().get(&path).await.status, 404);
    }

    async fn names_and_addresses_are_taken_in_any_case(server: TestServer) {
        server.api().create("/users", &body("alice")).await;
        for (username, email, pointer) in [
            ("ALICE", "b@example.com", "#/username"),
            ("bob", "Alice@Example.COM", "#/email"),
        ] {
            let body = json!({ "username": username, "email": email });
            let answer = server.api().post("/users", &body).await;
            assert_problem(&answer, 422, &[(pointer, "taken")]);
        }
    }

    async fn fields_keep_their_rules(server: TestServer) {
        for (member, value, pointer) in [
            ("username", json!(""), "#/username"),
            ("username", json!("a b"), "#/username"),
            ("username", json!("a@b"), "#/username"),
            ("username", json!("x".repeat(65)), "#/username"),
            ("email", json!("alice"), "#/email"),
            ("email", json!("a@b.test\r\nBcc: c@d.test"), "#/email"),
            ("name", json!("x".repeat(101)), "#/name"),
            ("name", json!("a\u{1}b"), "#/name"),
            ("role", json!("king"), "#/role"),
            ("status", json!("gone"), "#/status"),
            ("password", json!("short"), "#/password"),
            ("password", json!("alice@example.com"), "#/password"),
            ("password", json!("aaaaaaaaaaaaaaaaaaaaaaaa"), "#/password"),
            ("password", json!("x1".repeat(200)), "#/password"),
        ] {
            let mut body = body("alice");
            body[member] = value.clone();
            let answer = server.api().post("/users", &body).await;

            assert_eq!(answer.status, 422, "{member}={value}: {}", answer.body);
            let errors = harness::problem_errors(&answer);
            assert_eq!(errors[0].0, pointer, "{member}={value}: {}", answer.body);
            assert!(!answer.body.contains(PASSWORD));
        }
    }

    async fn a_link_sets_a_password_once(server: TestServer) {
        let made = server.api().create("/users", &json!({ "username": "alice", "email": "alice@example.com" })).await;
        assert_eq!(made["has_password"], false);
        let path = format!("/users/{}/password-reset", made["id"].as_str().unwrap());
        let first = server.api().create(&path, &json!({})).await["url"].as_str().unwrap().to_owned();
        let url = server.api().create(&path, &json!({})).await["url"].as_str().unwrap().to_owned();
        assert!(url.starts_with(&format!("{}/password/cs_pw_", server.url)), "{url}");
        let browser = server.browser();
        assert_eq!(browser.get(&first).await.unwrap().status, 410, "the newer link ended the older");

        let page = browser.get(&url).await.unwrap();
        let form = page.form_with("password").unwrap();
        let short = browser.post(&form.clone().fill("password", "short")).await.unwrap();
        let done = browser.post(&form.clone().fill("password", PASSWORD)).await.unwrap();

        assert_eq!((short.status, done.status), (422, 200), "{}", done.body);
        assert_eq!(browser.get(&url).await.unwrap().status, 410);
        assert_eq!(browser.post(&form.fill("password", "another horse battery staple")).await.unwrap().status, 410);
        let alice = server.person("zoe").await.called("alice");
        assert!(alice.sign_in().await.form_with("login-submit").is_none());
        assert_eq!(server.queued_jobs().await, 1, "the person is told");
        server.background_round().await;
        assert_eq!(server.queued_jobs().await, 0);
    }

    async fn a_new_password_ends_what_the_old_one_opened(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let tokens = rp.tokens(&alice.approve(&rp).await).await;
        let path = format!("/users/{}/password-reset", alice.id);
        let url = server.api().create(&path, &json!({})).await["url"].as_str().unwrap().to_owned();
        let browser = server.browser();
        let form = browser.get(&url).await.unwrap().form_with("password").unwrap();

        let done = browser.post(&form.fill("password", "another horse battery staple")).await.unwrap();
        assert_eq!(done.status, 200, "{}", done.body);

        assert!(alice.visit("/login").await.form_with("login-submit").is_some());
        harness::assert_refused(&rp.refresh(tokens["refresh_token"].as_str().unwrap()).await, 400, "invalid_grant");
        assert!(!rp.is_active(tokens["access_token"].as_str().unwrap()).await);
        server.background_round().await;
    }

    async fn a_removed_person_is_gone_everywhere(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let alice = server.person("alice").await;
        let tokens = rp.tokens(&alice.approve_always(&rp).await).await;

        assert_eq!(server.api().delete(&format!("/users/{}", alice.id)).await.status, 204);

        assert!(!rp.is_active(tokens["access_token"].as_str().unwrap()).await);
        harness::assert_refused(&rp.refresh(tokens["refresh_token"].as_str().unwrap()).await, 400, "invalid_grant");
        assert!(alice.visit("/login").await.form_with("login-submit").is_some());
        for list in ["/consents", "/tokens", "/sessions"] {
            assert_eq!(json(&server.api().get(list).await)["data"], json!([]), "{list}");
        }
    }

    async fn the_last_owner_stays(server: TestServer) {
        let owner = server.staff("olivia", "owner").await;
        let path = format!("/users/{}", owner.id);
        for body in [json!({ "role": null }), json!({ "role": "auditor" }), json!({ "status": "locked" })] {
            let answer = server.api().patch(&path, &body).await;
            assert_eq!(answer.status, 409, "{body}: {}", answer.body);
            assert!(answer.body.contains("/problems/last-owner"), "{}", answer.body);
        }
        assert_eq!(server.api().delete(&path).await.status, 409);

        server.staff("oscar", "owner").await;

        assert_eq!(server.api().patch(&path, &json!({ "role": "auditor" })).await.status, 200);
    }

    async fn whoever_answers_for_applications_stays(server: TestServer) {
        let dora = server.staff("dora", "developer").await;
        let body = json!({ "name": "x", "type": "machine", "environment": "sandbox", "owner": dora.id });
        server.api().create("/applications", &body).await;

        let answer = server.api().delete(&format!("/users/{}", dora.id)).await;

        assert_eq!(answer.status, 409, "{}", answer.body);
        assert!(answer.body.contains("/problems/owns-applications"), "{}", answer.body);
    }

    async fn lists_are_filtered(server: TestServer) {
        for name in ["alice", "bob"] {
            server.api().create("/users", &body(name)).await;
        }
        server.staff("olivia", "owner").await;
        let bob = json(&server.api().get("/users?q=bob@").await)["data"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(server.api().patch(&format!("/users/{bob}"), &json!({ "status": "locked" })).await.status, 200);
        for (query, expected) in [
            ("sort=name", vec!["alice", "bob", "olivia"]),
            ("q=ALI", vec!["alice"]),
            ("status=locked", vec!["bob"]),
            ("role=owner", vec!["olivia"]),
            ("has_role=false&sort=name", vec!["alice", "bob"]),
            ("q=%25", vec![]),
        ] {
            let list = json(&server.api().get(&format!("/users?{query}")).await);
            let found: Vec<&str> =
                list["data"].as_array().unwrap().iter().map(|it| it["username"].as_str().unwrap()).collect();
            assert_eq!(found, expected, "{query}");
        }
    }
}
