//! No form counts unless a page of this server showed it to this very browser.

use harness::{Browser, Form, Person, TestServer, json, on_each_database};
use serde_json::json;
use server::CONSOLE_ADDRESSES;

async fn owner(server: &TestServer) -> Person {
    let owner = server.staff("olivia", "owner").await;
    owner.enter_console().await;
    owner
}

/// Every address that a form of the control center is posted to.
async fn targets(server: &TestServer) -> Vec<String> {
    let resource = server.photos_api("jwt").await;
    let rp = server.web_app().await;
    let alice = server.person("alice").await;
    let app = format!("/console/applications/{}", rp.application_id);
    let application =
        json(&server.api().get(&format!("/applications/{}", rp.application_id)).await);
    let secret = application["clients"][0]["secrets"][0]["id"].as_str().unwrap();
    let scope = resource["scopes"][0]["id"].as_str().unwrap();
    let api = format!("/console/resources/{}", resource["id"].as_str().unwrap());
    let user = format!("/console/users/{}", alice.id);
    let mut targets = Vec::new();
    for path in [
        "search",
        "sign-out",
        "theme",
        "applications/new",
        "resources/new",
        "users/new",
        "grants/client_credentials",
    ] {
        targets.push(format!("/console/{path}"));
    }
    for path in [
        "settings",
        "tokens",
        "callbacks",
        "grants",
        "scopes",
        "keys/client",
        "keys/new",
        "keys/public",
        "danger/status",
        "danger/delete",
    ] {
        targets.push(format!("{app}/{path}"));
    }
    for path in ["rotate", "revoke"] {
        targets.push(format!("{app}/keys/{secret}/{path}"));
    }
    for path in ["settings", "delete", "scopes/new"] {
        targets.push(format!("{api}/{path}"));
    }
    for path in ["", "/remove"] {
        targets.push(format!("{api}/scopes/{scope}{path}"));
    }
    for path in ["", "/status", "/reset", "/sign-out", "/delete"] {
        targets.push(format!("{user}{path}"));
    }
    // A form that is added there has to be here.
    let posts = CONSOLE_ADDRESSES.iter().filter(|(_, methods)| methods.contains(&"post"));
    assert_eq!(targets.len(), posts.count(), "{targets:?}");
    targets
}

/// The whole database but for what a visit leaves.
async fn state(server: &TestServer) -> Vec<(String, String)> {
    let mut rows = server.rows().await;
    rows.retain(|(table, _)| {
        !["browser_session", "outbox_job", "api_key"].contains(&table.as_str())
    });
    rows.sort();
    rows
}

on_each_database! {
    async fn without_the_token_nothing_happens(server: TestServer) {
        let targets = targets(server).await;
        let owner = owner(server).await;
        server.background_round().await;
        let before = state(server).await;
        for path in &targets {
            for token in [None, Some(""), Some("nonsense"), Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")] {
                let fields = token.map(|it| ("csrf".to_owned(), it.to_owned())).into_iter().collect();
                let form = Form { action: format!("{}{path}", server.url).parse().unwrap(), fields };
                let answer = owner.browser.post(&form).await.unwrap();

                assert_eq!(answer.status, 403, "{path} {token:?}: {}", answer.body);
            }
        }
        server.background_round().await;
        assert_eq!(state(server).await, before);
    }

    async fn another_sessions_token_is_worth_nothing(server: TestServer) {
        let targets = targets(server).await;
        let owner = owner(server).await;
        let oscar = server.staff("oscar", "owner").await;
        let page = oscar.enter_console().await;
        let token = page.form_with("q").unwrap().fields.into_iter().find(|(name, _)| name == "csrf").unwrap();
        for path in &targets {
            let form = Form { action: format!("{}{path}", server.url).parse().unwrap(), fields: vec![token.clone()] };
            assert_eq!(owner.browser.post(&form).await.unwrap().status, 403, "{path}");
        }
    }

    async fn a_form_from_another_origin_is_refused(server: TestServer) {
        let owner = owner(server).await;
        let page = owner.visit("/console/resources/new").await;
        let form = page.form_with("identifier").unwrap();
        let form = form.fill("name", "Photos").fill("identifier", "https://a.test").fill("token_format", "jwt");

        // The browser has the session and the form its token: only where it comes from is wrong.
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site"), ("origin", "null")],
            &[("origin", "null")],
            &[("origin", "https://evil.test")],
            &[],
        ] {
            let answer = owner.browser.post_from(headers, &form).await.unwrap();
            assert_eq!(answer.status, 403, "{headers:?}");
        }
        let stranger = Browser::new(&server.url).unwrap();
        let answer = stranger.post(&form).await.unwrap();
        assert!([303, 403].contains(&answer.status), "another browser: {}", answer.status);
        assert_eq!(json(&server.api().get("/resources").await)["data"], json!([]));
        assert_eq!(owner.submit(&form).await.status, 200, "from its own page it works");
        assert_eq!(json(&server.api().get("/resources").await)["data"].as_array().unwrap().len(), 1);
    }

    async fn reading_never_writes(server: TestServer) {
        let targets = targets(server).await;
        let owner = owner(server).await;
        server.background_round().await;
        let before = state(server).await;
        for path in &targets {
            let answer = owner.visit(&format!("{path}?status=disabled&enabled=false&confirm=alice")).await;
            assert!(answer.status < 500, "{path}");
        }
        server.background_round().await;
        assert_eq!(state(server).await, before);
    }

    async fn a_token_from_before_signing_in_is_worth_nothing_after(server: TestServer) {
        let olivia = server.staff("olivia", "owner").await;
        let page = olivia.visit("/console").await;
        let before = page.form_with("login-submit").unwrap();
        let token = before.fields.iter().find(|(name, _)| name == "csrf").unwrap().clone();
        olivia.sign_in_with(&page, harness::PASSWORD).await;

        let form = Form { action: format!("{}/console/sign-out", server.url).parse().unwrap(), fields: vec![token] };

        assert_eq!(olivia.browser.post(&form).await.unwrap().status, 403);
    }
}
