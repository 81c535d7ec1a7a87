//! Every page: for whom it opens, and that its links lead somewhere.

use std::collections::BTreeSet;

use harness::{Answer, Person, TestServer, json, on_each_database};
use serde_json::json;

/// Something of everything, and the address of each page about it.
async fn furnished(server: &TestServer) -> Vec<String> {
    let resource = server.photos_api("jwt").await;
    let rp = server.web_app().await;
    let alice = server.person("alice").await;
    alice.approve_always(&rp).await;
    let application =
        json(&server.api().get(&format!("/applications/{}", rp.application_id)).await);
    let secret = application["clients"][0]["secrets"][0]["id"].as_str().unwrap();
    let app = format!("/console/applications/{}", rp.application_id);
    let api = format!("/console/resources/{}", resource["id"].as_str().unwrap());
    let scope = resource["scopes"][0]["id"].as_str().unwrap();
    let user = format!("/console/users/{}", alice.id);
    let mut pages: Vec<String> = [
        "",
        "/search?q=photo",
        "/applications",
        "/applications/new",
        "/resources",
        "/resources/new",
        "/users",
        "/users/new",
        "/grants",
        "/grants/client_credentials/off",
    ]
    .iter()
    .map(|path| format!("/console{path}"))
    .collect();
    for section in [
        "settings",
        "callbacks",
        "grants",
        "keys",
        "scopes",
        "tokens",
        "danger",
        "danger/delete",
        "keys/new",
    ] {
        pages.push(format!("{app}/{section}"));
    }
    for section in ["callbacks", "grants", "keys", "scopes", "tokens"] {
        pages.push(format!("{app}/{section}?env=production"));
    }
    pages.extend([
        app.clone(),
        format!("{app}/keys/{secret}/rotate?env=sandbox"),
        format!("{app}/keys/{secret}/revoke?env=sandbox"),
    ]);
    for section in ["", "/settings", "/scopes", "/scopes/new", "/delete"] {
        pages.push(format!("{api}{section}"));
    }
    pages.extend([format!("{api}/scopes/{scope}"), format!("{api}/scopes/{scope}/remove")]);
    for section in ["", "/reset", "/sign-out", "/delete"] {
        pages.push(format!("{user}{section}"));
    }
    pages
}

/// The addresses on this server that a page links to.
fn links(page: &Answer) -> BTreeSet<String> {
    let hrefs = page.body.split("href=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    let local = hrefs.map(|(href, _)| href.replace("&amp;", "&").replace("&#x2F;", "/"));
    local
        .filter(|href| href.starts_with('/'))
        .map(|href| href.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

#[track_caller]
fn assert_well_kept(path: &str, page: &Answer) {
    for (name, expected) in [
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ] {
        let found = page.headers.get(name).map_or("", String::as_str);
        assert!(found.contains(expected), "{path}: {name}: {found:?}");
    }
    let policy = &page.headers["content-security-policy"];
    for part in
        ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"]
    {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    for inline in [" style=\"", " onclick=", " onload=", " onsubmit=", "javascript:"] {
        assert!(!page.body.contains(inline), "{path} has {inline}");
    }
    assert!(page.body.contains("<html lang=\"en\""), "{path}");
    assert_eq!(page.body.matches("<h1").count(), 1, "{path} has one heading");
    assert!(
        !page.body.contains("src=\"http") && !page.body.contains("<link href=\"http"),
        "{path}"
    );
}

/// The controls of forms that change something, without those that are drawn as disabled.
fn usable(html: &str) -> Vec<&str> {
    let harmless = ["/console/search", "/console/theme", "/console/sign-out"];
    let mut usable = Vec::new();
    for form in html.split("<form ").skip(1) {
        let form = form.split("</form>").next().unwrap_or_default();
        let head = form.split('>').next().unwrap_or_default();
        let is_harmless = harmless.iter().any(|it| head.contains(&format!("action=\"{it}\"")));
        if is_harmless || !head.contains("method=\"post\"") {
            continue;
        }
        // What is within a group that is off is off too, however deep.
        let mut groups: Vec<bool> = Vec::new();
        for tag in form.split('<') {
            if tag.starts_with("fieldset") {
                groups.push(tag.contains(" disabled"));
            } else if tag.starts_with("/fieldset") {
                groups.pop();
            }
            let is_control =
                ["button", "input", "select", "textarea"].iter().any(|name| tag.starts_with(name));
            let counts = !tag.contains("type=\"hidden\"") && !tag.contains(" disabled");
            if is_control && counts && !groups.contains(&true) {
                usable.push(tag);
            }
        }
    }
    usable
}

async fn staff(server: &TestServer, name: &str, role: &str) -> Person {
    let person = server.staff(name, role).await;
    let page = person.enter_console().await;
    assert_eq!(page.status, 200, "{}", page.body);
    person
}

on_each_database! {
    async fn every_page_opens_for_an_owner(server: TestServer) {
        let pages = furnished(server).await;
        let owner = staff(server, "olivia", "owner").await;
        for path in &pages {
            let page = owner.visit(path).await;

            assert_eq!(page.status, 200, "{path}: {}", page.body);
            assert_well_kept(path, &page);
        }
    }

    async fn every_link_leads_somewhere(server: TestServer) {
        let mut waiting: BTreeSet<String> = furnished(server).await.into_iter().collect();
        let owner = staff(server, "olivia", "owner").await;
        let mut seen: BTreeSet<String> = BTreeSet::new();
        while let Some(path) = waiting.pop_first() {
            if !seen.insert(path.clone()) || seen.len() > 400 {
                continue;
            }
            let page = owner.visit(&path).await;
            assert!(page.status < 400, "{path}: {}", page.status);
            if path.starts_with("/console") && page.headers["content-type"].starts_with("text/html") {
                waiting.extend(links(&page).into_iter().filter(|it| !seen.contains(it)));
            }
        }
        assert!(seen.len() > 30, "{seen:?}");
    }

    async fn nobody_without_a_role_comes_in(server: TestServer) {
        let pages = furnished(server).await;
        let mallory = server.person("mallory").await;
        let refused = mallory.enter_console().await;
        assert_eq!(refused.status, 403, "{}", refused.body);

        mallory.sign_in().await;
        for path in &pages {
            let answer = mallory.browser.get(&format!("{}{path}", server.url)).await.unwrap();
            assert_eq!(answer.status, 303, "{path}");
            assert!(answer.location().unwrap().path().starts_with("/login"), "{path}");
        }
    }

    async fn a_role_that_is_taken_away_closes_the_pages(server: TestServer) {
        let pages = furnished(server).await;
        let adam = staff(server, "adam", "administrator").await;
        let demoted = server.api().patch(&format!("/users/{}", adam.id), &json!({ "role": null })).await;
        assert_eq!(demoted.status, 200, "{}", demoted.body);

        for path in &pages {
            let answer = adam.browser.get(&format!("{}{path}", server.url)).await.unwrap();
            assert!([303, 403].contains(&answer.status), "{path}: {}", answer.status);
        }
    }

    async fn each_role_opens_its_pages_alone(server: TestServer) {
        let pages = furnished(server).await;
        let is_about = |path: &str, area: &str| path.starts_with(&format!("/console/{area}"));
        for (role, open, closed) in [
            ("developer", vec!["resources"], vec!["users", "grants"]),
            ("support", vec!["users"], vec!["applications", "resources", "grants"]),
            ("operator", vec!["grants"], vec!["applications", "resources", "users"]),
        ] {
            let person = staff(server, role, role).await;
            for path in &pages {
                let page = person.visit(path).await;
                if closed.iter().any(|area| is_about(path, area)) {
                    assert!([403, 404].contains(&page.status), "{role} {path}: {}", page.status);
                } else if open.iter().any(|area| *path == format!("/console/{area}")) {
                    assert_eq!(page.status, 200, "{role} {path}");
                }
                assert!(page.status < 500, "{role} {path}");
            }
        }
    }

    async fn an_auditor_sees_all_and_changes_nothing(server: TestServer) {
        let pages = furnished(server).await;
        let ada = staff(server, "ada", "auditor").await;
        let before = server.audit().await.len();
        for path in &pages {
            let page = ada.visit(path).await;
            assert!([200, 403].contains(&page.status), "{path}: {}", page.status);
            assert_eq!(usable(&page.body), Vec::<&str>::new(), "{path} draws what would be refused");
        }
        assert_eq!(server.audit().await.len(), before);
    }

    async fn an_address_that_only_takes_forms_leads_on_or_says_so(server: TestServer) {
        server.photos_api("jwt").await;
        let rp = server.web_app().await;
        let owner = staff(server, "olivia", "owner").await;
        let keys = format!("/console/applications/{}/keys", rp.application_id);

        let reloaded = owner.browser.get(&format!("{}{keys}/client?env=sandbox", server.url)).await.unwrap();
        assert_eq!(reloaded.status, 303, "{}", reloaded.body);
        assert_eq!(reloaded.location().unwrap().path(), keys);
        assert_eq!(owner.visit("/console/sign-out").await.status, 405);
        let page = owner.visit("/console").await;
        let mut form = page.form_with("q").unwrap();
        form.action = format!("{}/console", server.url).parse().unwrap();
        assert_eq!(owner.browser.post(&form).await.unwrap().status, 405);
    }

    async fn what_is_not_there_is_a_page_too(server: TestServer) {
        let owner = staff(server, "olivia", "owner").await;
        for path in ["/console/nowhere", "/console/applications/app_00000000000000000000000000/keys", "/console/users/nonsense", "/nowhere", "/static/nothing.css"] {
            let page = owner.visit(path).await;

            assert_eq!(page.status, 404, "{path}");
            assert!(page.body.contains(&page.headers["x-request-id"]), "{path} tells the trace ID");
        }
    }
}
