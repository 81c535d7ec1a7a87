//! People, platform grants, and the session of the control center itself.

use harness::{Form, PASSWORD, Person, TestServer, json, on_each_database};
use serde_json::json;

async fn owner(server: &TestServer) -> Person {
    let owner = server.staff("olivia", "owner").await;
    owner.enter_console().await;
    owner
}

async fn form(person: &Person, path: &str, control: &str) -> Form {
    let page = person.visit(path).await;
    page.form_with(control).unwrap_or_else(|| panic!("{path}: {} {}", page.status, page.body))
}

fn url_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

on_each_database! {
    async fn a_new_person_gets_a_link_and_sets_a_password(server: TestServer) {
        let owner = owner(server).await;
        let form = form(&owner, "/console/users/new", "username").await;
        let page = owner.submit(&form.fill("username", "alice").fill("email", "alice@example.com")).await;
        let start = format!("{}/password/cs_pw_", server.url);
        let (_, rest) = page.body.split_once(&start).unwrap_or_else(|| panic!("{}", page.body));
        let token: String = rest.chars().take_while(|it| it.is_ascii_alphanumeric() || *it == '_').collect();

        let browser = server.browser();
        let set = browser.get(&format!("{start}{token}")).await.unwrap();
        let done = browser.post(&set.form_with("password").unwrap().fill("password", PASSWORD)).await.unwrap();

        assert_eq!(done.status, 200, "{}", done.body);
        let users = json(&server.api().get("/users?q=alice").await);
        assert_eq!(users["data"][0]["has_password"], true);
        server.background_round().await;
    }

    async fn people_are_listed_by_what_they_are_called(server: TestServer) {
        let owner = owner(server).await;
        for (username, name) in [("bruno", ""), ("x-carla", "Carla"), ("y-anna", "ánna"), ("dora", "")] {
            let body = json!({ "username": username, "email": format!("{username}@example.com"), "name": name, "password": PASSWORD });
            server.api().create("/users", &body).await;
        }
        let expected = ["y-anna", "bruno", "x-carla", "dora", "olivia"];

        let mut by_api = Vec::new();
        let mut path = Some("/users?sort=name&limit=2".to_owned());
        while let Some(next) = path {
            let page = json(&server.api().get(&next).await);
            by_api.extend(page["data"].as_array().unwrap().iter().map(|it| it["username"].as_str().unwrap().to_owned()));
            path = page["page"]["next_cursor"].as_str().map(|it| format!("/users?sort=name&limit=2&cursor={it}"));
        }
        let page = owner.visit("/console/users").await.body;
        let places: Vec<_> = expected.iter().map(|it| page.find(&format!("{it}@example.com")).unwrap()).collect();

        assert_eq!(by_api, expected);
        assert!(places.is_sorted(), "{page}");
        let found = json(&server.api().get("/users?q=ANNA").await);
        assert_eq!(found["data"][0]["username"], "y-anna");
        assert_eq!(owner.visit("/console/users?role=king").await.status, 400);
    }

    async fn a_person_is_locked_and_unlocked(server: TestServer) {
        let owner = owner(server).await;
        let alice = server.person("alice").await;
        alice.sign_in().await;
        let path = format!("/console/users/{}", alice.id);

        owner.submit(&form(&owner, &path, "status").await).await;
        assert!(alice.visit("/login").await.form_with("login-submit").is_some());
        assert_eq!(json(&server.api().get(&format!("/users/{}", alice.id)).await)["status"], "locked");
        owner.submit(&form(&owner, &path, "status").await).await;

        assert!(alice.sign_in().await.form_with("login-submit").is_none());
    }

    async fn a_change_made_on_an_old_page_is_told_and_not_done(server: TestServer) {
        let owner = owner(server).await;
        let alice = server.person("alice").await;
        let path = format!("/console/users/{}", alice.id);
        let lock = form(&owner, &path, "status").await;
        let delete = form(&owner, &format!("{path}/delete"), "confirm").await.fill("confirm", "alice");
        let oscar = server.staff("oscar", "owner").await;
        oscar.enter_console().await;
        let profile = form(&oscar, &path, "username").await.fill("name", "Alice Liddell");
        assert_eq!(oscar.submit(&profile).await.status, 200);
        alice.sign_in().await;

        for old in [&lock, &delete] {
            let page = owner.submit(old).await;
            assert_eq!(page.status, 409, "{}", page.body);
            assert!(page.body.contains("oscar Example changed this"), "traffic does not count: {}", page.body);
        }
        let user = json(&server.api().get(&format!("/users/{}", alice.id)).await);
        assert_eq!((&user["status"], &user["name"]), (&json!("active"), &json!("Alice Liddell")));
    }

    async fn another_address_has_to_be_checked_anew_on_both_surfaces(server: TestServer) {
        let owner = owner(server).await;
        let api = server.api();
        let verified = async |id: &str| json(&api.get(&format!("/users/{id}")).await)["email_verified"].clone();
        let (alice, bob) = (server.person("alice").await, server.person("bob").await);
        for person in [&alice, &bob] {
            let address = format!("/users/{}", person.id);
            assert_eq!(api.patch(&address, &json!({ "email_verified": true })).await.status, 200);
        }

        let path = format!("/console/users/{}", alice.id);
        let kept = form(&owner, &path, "username").await.fill("name", "Alice");
        owner.submit(&kept).await;
        assert_eq!(verified(&alice.id).await, true, "the same address");
        let moved = form(&owner, &path, "username").await.fill("email", "alice@elsewhere.example");
        owner.submit(&moved).await;
        assert_eq!(verified(&alice.id).await, false);
        let ticked = form(&owner, &path, "username").await.fill("verified_email", "alice@elsewhere.example");
        owner.submit(&ticked).await;
        assert_eq!(verified(&alice.id).await, true, "ticked for the new one");
        api.patch(&format!("/users/{}", bob.id), &json!({ "email": "bob@elsewhere.example" })).await;
        assert_eq!(verified(&bob.id).await, false);
    }

    async fn names_that_hide_what_they_are_are_refused(server: TestServer) {
        let owner = owner(server).await;
        for (username, name) in [("um\u{430}", ""), ("um\u{200b}a", ""), ("uma", "Uma\u{202e}"), ("uma", "U\u{feff}ma")] {
            let form = form(&owner, "/console/users/new", "username").await;
            let form = form.fill("username", username).fill("name", name).fill("email", "uma@example.com");
            let page = owner.submit(&form).await;
            assert_eq!(page.status, 422, "{username:?} {name:?}: {}", page.body);
            let body = json!({ "username": username, "name": name, "email": "uma@example.com" });
            let problem = server.api().post("/users", &body).await;
            assert_eq!(problem.status, 422, "{}", problem.body);
            let detail = json(&problem)["errors"][0]["detail"].as_str().unwrap().to_owned();
            assert!(page.body.contains(&detail), "{detail}: {}", page.body);
        }
    }

    async fn support_is_drawn_nothing_on_an_owners_page_that_it_may_not_send(server: TestServer) {
        let owner = owner(server).await;
        let sam = server.staff("sam", "support").await;
        sam.enter_console().await;
        let alice = server.person("alice").await;
        let path = format!("/console/users/{}", owner.id);

        let page = sam.visit(&path).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("has the role Owner"), "{}", page.body);
        assert!(page.form_with("status").is_none(), "{}", page.body);
        for below in ["reset", "delete"] {
            assert!(!page.body.contains(&format!("{path}/{below}")), "{below}");
            let refused = sam.visit(&format!("{path}/{below}")).await;
            assert_eq!(refused.status, 403, "{below}");
            assert!(refused.body.contains("has the role Owner"), "{below}: {}", refused.body);
        }
        assert!(sam.visit(&format!("/console/users/{}", alice.id)).await.form_with("status").is_some());
    }

    async fn a_grant_is_switched_off_after_its_impact_was_shown(server: TestServer) {
        let owner = owner(server).await;
        server.photos_api("jwt").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;

        let impact = owner.visit("/console/grants/client_credentials/off").await;
        assert!(impact.body.contains("Photo Printer"), "it names who would feel it: {}", impact.body);
        assert_eq!(machine.client_credentials("resource.read").await.status, 200, "looking changes nothing");
        let done = owner.submit(&impact.form_with("enabled").unwrap()).await;

        assert_eq!(done.status, 200, "{}", done.body);
        harness::assert_refused(&machine.client_credentials("resource.read").await, 400, "unsupported_grant_type");
        let on = form(&owner, "/console/grants", "enabled").await;
        owner.submit(&on).await;
        assert_eq!(machine.client_credentials("resource.read").await.status, 200);
    }

    async fn its_session_is_apart_and_short(server: TestServer) {
        let olivia = server.staff("olivia", "owner").await;
        let page = olivia.visit("/console/users?q=x").await;
        let sign_in = page.form_with("login-submit").unwrap().fill("username", "olivia").fill("password", PASSWORD);
        let answer = olivia.browser.post(&sign_in).await.unwrap();

        let cookie = &answer.headers["set-cookie"];
        for part in ["cs_adm=", "HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(part), "{part}: {cookie}");
        }
        assert_eq!(answer.location().unwrap().as_str(), format!("{}/console/users?q=x", server.url));
        assert!(olivia.visit("/login").await.form_with("login-submit").is_some(), "people's pages know nothing of it");
        server.advance(15 * 60 + 1);
        assert!(olivia.visit("/console").await.form_with("login-submit").is_some(), "a quarter of an hour without use ends it");
    }

    async fn eight_hours_are_enough(server: TestServer) {
        let owner = owner(server).await;
        for _ in 0..34 {
            server.advance(14 * 60);
            assert!(owner.visit("/console").await.form_with("login-submit").is_none());
        }
        server.advance(5 * 60);

        assert!(owner.visit("/console").await.form_with("login-submit").is_some());
    }

    async fn signing_out_ends_it(server: TestServer) {
        let owner = owner(server).await;
        let page = owner.visit("/console").await;
        let token = page.form_with("q").unwrap().fields.into_iter().find(|(name, _)| name == "csrf").unwrap();
        let form = Form { action: format!("{}/console/sign-out", server.url).parse().unwrap(), fields: vec![token] };

        owner.submit(&form).await;

        assert!(owner.visit("/console").await.form_with("login-submit").is_some());
        assert_eq!(json(&server.api().get("/sessions?kind=console").await)["data"], json!([]));
    }

    async fn search_finds_and_never_repeats_a_token_in_an_address(server: TestServer) {
        let owner = owner(server).await;
        server.photos_api("opaque").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        let tokens = json(&machine.client_credentials("resource.read").await);
        let token = tokens["access_token"].as_str().unwrap();
        let search = form(&owner, "/console", "q").await;

        let by_name = owner.submit(&search.clone().fill("q", "photo print")).await;
        let by_id = owner.submit(&search.clone().fill("q", &machine.client_id)).await;
        let by_token = owner.browser.post(&search.fill("q", token)).await.unwrap();

        assert!(by_name.body.contains("Photo Printer"), "{}", by_name.body);
        assert!(by_id.body.contains("Photo Printer"), "{}", by_id.body);
        assert_eq!((by_token.status, by_token.location()), (200, None), "the token would be in the address");
        assert!(!by_token.body.contains(token));
        assert_eq!(by_token.headers["cache-control"], "no-store");
        let search = form(&owner, "/console", "q").await;
        let jwt = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln";
        for text in [format!("OAUTH_CLIENT_SECRET={token}"), format!("Bearer {token}"), format!("Bearer {jwt}")] {
            let answer = owner.browser.post(&search.clone().fill("q", &text)).await.unwrap();
            assert_eq!((answer.status, answer.location()), (200, None), "{text}");
            assert!(!answer.body.contains(token) && !answer.body.contains(jwt), "{text}");
            let query: String = url_encoded(&text);
            let shown = owner.visit(&format!("/console/search?q={query}")).await;
            assert!(!shown.body.contains(token) && !shown.body.contains(jwt), "{text}");
            assert!(shown.body.contains("held a secret"), "{}", shown.body);
        }
    }
}
