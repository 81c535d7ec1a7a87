//! The first run: one link, one owner, and never again.

use harness::{Answer, Browser, Form, PASSWORD, TestServer, on_each_database};

/// The link that `countersign serve` prints.
async fn link(server: &TestServer) -> Option<String> {
    server.set_up_link().await
}

fn filled(page: &Answer) -> Form {
    page.form_with("password")
        .unwrap_or_else(|| panic!("no set-up form: {} {}", page.status, page.body))
        .fill("name", "Olivia Owner")
        .fill("email", "olivia@example.com")
        .fill("username", "olivia")
        .fill("password", PASSWORD)
}

async fn open(browser: &Browser, url: &str) -> Answer {
    browser.get(url).await.unwrap()
}

on_each_database! {
    async fn the_link_makes_the_first_owner_and_signs_them_in(server: TestServer) {
        let link = link(server).await.unwrap();
        assert!(link.starts_with(&format!("{}/setup?token=cs_setup_", server.url)), "{link}");
        let browser = server.browser();

        let done = browser.post(&filled(&open(&browser, &link).await)).await.unwrap();

        assert_eq!(done.status, 303, "{}", done.body);
        assert!(done.headers["set-cookie"].starts_with("cs_adm="), "{:?}", done.headers);
        assert!(done.headers["set-cookie"].contains("SameSite=Strict"));
        let overview = open(&browser, done.location().unwrap().as_str()).await;
        assert_eq!(overview.status, 200, "{}", overview.body);
        assert!(overview.body.contains("Olivia Owner"));
        let actions = server.audit().await;
        assert!(actions.contains(&"server.bootstrapped".to_owned()), "{actions:?}");
    }

    async fn afterwards_there_is_no_set_up(server: TestServer) {
        let link = link(server).await.unwrap();
        let browser = server.browser();
        let form = filled(&open(&browser, &link).await);
        assert_eq!(browser.post(&form).await.unwrap().status, 303);

        let stranger = server.browser();
        assert_eq!(open(&stranger, &link).await.status, 410);
        assert_eq!(open(&stranger, &format!("{}/setup", server.url)).await.status, 410);
        assert_eq!(browser.post(&form).await.unwrap().location(), None, "one owner, not two");
        assert_eq!(self::link(server).await, None, "no further link is made");
        let owners = harness::json(&server.api().get("/users?role=owner").await);
        assert_eq!(owners["data"].as_array().unwrap().len(), 1, "{owners}");
    }

    async fn without_the_link_nothing_is_shown(server: TestServer) {
        let link = link(server).await.unwrap();
        let (start, token) = link.split_once("token=").unwrap();
        let browser = server.browser();

        for wrong in ["", "x", &token[..token.len() - 1], &token.to_uppercase(), &"x".repeat(4000)] {
            let answer = open(&browser, &format!("{start}token={wrong}")).await;

            assert_eq!(answer.status, 403, "{wrong}");
            assert!(answer.form_with("password").is_none());
        }
        assert_eq!(open(&browser, &link).await.status, 200, "looking does not spend it");
    }

    async fn ten_wrong_links_pause_the_set_up(server: TestServer) {
        let link = link(server).await.unwrap();
        let browser = server.browser();
        for _ in 0..10 {
            assert_eq!(open(&browser, &format!("{}/setup?token=x", server.url)).await.status, 403);
        }

        assert_eq!(open(&browser, &link).await.status, 429);
    }

    async fn it_dies_after_half_an_hour(server: TestServer) {
        let link = link(server).await.unwrap();

        server.advance(30 * 60 + 1);

        assert_eq!(open(&server.browser(), &link).await.status, 403);
    }

    async fn what_was_typed_is_kept_when_a_field_is_wrong(server: TestServer) {
        let link = link(server).await.unwrap();
        let browser = server.browser();
        let form = filled(&open(&browser, &link).await);

        for (field, wrong, pointer) in [
            ("password", "short", "password"),
            ("password", "olivia@example.com", "password"),
            ("email", "olivia", "email"),
            ("email", "a@b\r\nBcc: c@d.test", "email"),
            ("name", "", "name"),
            ("username", "o l", "username"),
        ] {
            let answer = browser.post(&form.clone().fill(field, wrong)).await.unwrap();

            assert_eq!(answer.status, 422, "{field}={wrong:?}");
            assert!(answer.body.contains(&format!("id=\"f-{pointer}-e\"")), "{field}: {}", answer.body);
            assert!(!answer.body.contains(PASSWORD), "a password is never sent back");
            let kept = answer.form_with("password").unwrap().fields;
            if field != "name" {
                assert!(kept.contains(&("name".to_owned(), "Olivia Owner".to_owned())), "{kept:?}");
            }
        }
        assert_eq!(browser.post(&form).await.unwrap().status, 303, "the link still works");
    }

    async fn a_fresh_server_has_no_account_and_no_client(server: TestServer) {
        for path in ["/users", "/applications", "/resources"] {
            let list = harness::json(&server.api().get(path).await);
            assert_eq!(list["data"], serde_json::json!([]), "{path}");
        }
        let page = open(&server.browser(), &format!("{}/console", server.url)).await;
        assert_eq!(page.status, 303);
    }
}
