//! The main job in the control center: register, callback URL, grant, keys.

use harness::{
    Answer, Form, Person, RelyingParty, TestServer, assert_refused, json, on_each_database,
};
use serde_json::{Value, json};

async fn owner(server: &TestServer) -> Person {
    let owner = server.staff("olivia", "owner").await;
    owner.enter_console().await;
    owner
}

async fn form(person: &Person, path: &str, control: &str) -> Form {
    let page = person.visit(path).await;
    page.form_with(control).unwrap_or_else(|| panic!("{path}: {} {}", page.status, page.body))
}

/// What stands in the box with this id.
fn shown(page: &Answer, id: &str) -> Option<String> {
    let (_, rest) = page.body.split_once(&format!("id=\"{id}\""))?;
    let (tag, after) = rest.split_once('>')?;
    let value = tag
        .split_once("value=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(value, _)| value);
    value.or_else(|| after.split('<').next()).map(|it| it.trim().to_owned())
}

async fn applications(server: &TestServer) -> Vec<Value> {
    json(&server.api().get("/applications").await)["data"].as_array().cloned().unwrap()
}

async fn register(owner: &Person, name: &str, uri: &str) -> Answer {
    let form = form(owner, "/console/applications/new", "redirect_uris").await;
    owner.submit(&form.fill("name", name).fill("redirect_uris", uri)).await
}

/// An application without callback URL, and the page of one of its sections.
async fn bare(server: &TestServer, section: &str) -> (String, String) {
    let body = json!({ "name": "Photo Printer", "type": "web", "environment": "sandbox" });
    let application = server.api().create("/applications", &body).await;
    let id = application["id"].as_str().unwrap().to_owned();
    (
        format!("/console/applications/{id}/{section}?env=sandbox"),
        format!("/applications/{id}/clients/sandbox"),
    )
}

on_each_database! {
    async fn one_page_registers_and_shows_keys_that_work(server: TestServer) {
        let owner = owner(server).await;

        let page = register(&owner, "Photo Printer", RelyingParty::REDIRECT_URI).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert_eq!(page.headers["cache-control"], "no-store");
        let (client_id, secret) = (shown(&page, "client-id").unwrap(), shown(&page, "client-secret").unwrap());

        let application = applications(server).await.remove(0);
        assert_eq!(application["clients"][0]["client_id"], client_id);
        assert_eq!(application["owner"], owner.id);
        let rp = server.relying_party(&application).with_secret(&secret);
        let alice = server.person("alice").await;
        let request = rp.authorization().with("scope", "openid");
        let code = rp.code_of(&alice.authorize(&request.url()).await);
        assert!(rp.tokens(&code).await["access_token"].is_string());
        assert!(page.body.contains("CLIENT_SECRET"), "the .env file is offered");
    }

    async fn the_secret_is_on_that_page_alone(server: TestServer) {
        let owner = owner(server).await;
        let page = register(&owner, "Photo Printer", RelyingParty::REDIRECT_URI).await;
        let secret = shown(&page, "client-secret").unwrap();
        assert!(secret.starts_with("cs_sbx_"), "{secret}");
        let id = applications(server).await[0]["id"].as_str().unwrap().to_owned();

        for path in ["/console".to_owned(), "/console/applications".to_owned(), format!("/console/applications/{id}/keys?env=sandbox")] {
            assert!(!owner.visit(&path).await.body.contains(&secret), "{path}");
        }
    }

    async fn a_double_click_makes_one_application(server: TestServer) {
        let owner = owner(server).await;
        let form = form(&owner, "/console/applications/new", "redirect_uris").await;
        let form = form.fill("name", "Photo Printer").fill("redirect_uris", RelyingParty::REDIRECT_URI);

        let first = owner.submit(&form).await;
        let second = owner.submit(&form).await;

        assert!(shown(&first, "client-secret").is_some(), "{}", first.body);
        assert_eq!(second.status, 200, "{}", second.body);
        assert!(second.body.contains("Already shown"), "{}", second.body);
        assert!(shown(&second, "client-secret").is_none());
        assert_eq!(applications(server).await.len(), 1);
    }

    async fn sixteen_clicks_at_once_make_one_application(server: TestServer) {
        let owner = owner(server).await;
        let form = form(&owner, "/console/applications/new", "redirect_uris").await;
        let form = form.fill("name", "Photo Printer").fill("redirect_uris", RelyingParty::REDIRECT_URI);

        let answers = crate::races::at_once((0..16).map(|_| owner.submit(&form))).await;

        let secrets = answers.iter().filter(|page| shown(page, "client-secret").is_some()).count();
        assert_eq!((secrets, applications(server).await.len()), (1, 1));
        assert!(answers.iter().all(|page| page.status < 500));
    }

    async fn a_refused_form_can_be_sent_again(server: TestServer) {
        let owner = owner(server).await;
        let page = register(&owner, "", "http://a.test/cb").await;
        assert_eq!(page.status, 422);

        let form = page.form_with("redirect_uris").unwrap();
        let form = form.fill("name", "Photo Printer").fill("redirect_uris", RelyingParty::REDIRECT_URI);
        let page = owner.submit(&form).await;

        assert!(shown(&page, "client-secret").is_some(), "{}", page.body);
    }

    async fn the_code_grant_is_locked_until_there_is_a_callback_url(server: TestServer) {
        let owner = owner(server).await;
        let (grants, client) = bare(server, "grants").await;

        let page = owner.visit(&grants).await;
        let (_, card) = page.body.split_once("value=\"authorization_code\"").unwrap();
        assert!(card.split_once('>').unwrap().0.contains("disabled"), "{}", page.body);
        assert!(page.body.contains("Add a callback URL above to turn this on."), "{}", page.body);
        let form = page.form_with("redirect_uris").unwrap();
        let done = owner.submit(&form.fill("redirect_uris", RelyingParty::REDIRECT_URI)).await;

        assert!(done.body.contains("Authorization code is now on"), "{}", done.body);
        let client = json(&server.api().get(&client).await);
        assert_eq!(client["redirect_uris"], json!([RelyingParty::REDIRECT_URI]));
        assert!(client["grant_types"].as_array().unwrap().contains(&json!("authorization_code")));
    }

    /// What a script sends: the box was unlocked by the address, and unticked.
    async fn a_code_grant_that_was_unticked_stays_off(server: TestServer) {
        let owner = owner(server).await;
        let (grants, client) = bare(server, "grants").await;
        let form = form(&owner, &grants, "redirect_uris").await.untick("code_locked", "true");
        let mut form = form.fill("redirect_uris", RelyingParty::REDIRECT_URI);

        form.fields.push(("grant_types".to_owned(), "refresh_token".to_owned()));
        let refused = owner.submit(&form).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        let again = refused.form_with("redirect_uris").unwrap();
        let mut again = again.untick("grant_types", "refresh_token");
        again.fields.push(("grant_types".to_owned(), "client_credentials".to_owned()));
        let done = owner.submit(&again).await;

        assert!(done.body.contains("Grant types saved."), "{}", done.body);
        let client = json(&server.api().get(&client).await);
        assert_eq!(client["redirect_uris"], json!([RelyingParty::REDIRECT_URI]));
        assert_eq!(client["grant_types"], json!(["client_credentials"]));
    }

    async fn a_wrong_callback_url_keeps_it_locked_and_what_was_typed(server: TestServer) {
        let owner = owner(server).await;
        let (grants, client) = bare(server, "grants").await;
        let form = form(&owner, &grants, "redirect_uris").await;

        let page = owner.submit(&form.fill("redirect_uris", "http://a.test/cb")).await;

        assert_eq!(page.status, 422, "{}", page.body);
        let kept = page.form_with("redirect_uris").unwrap().fields;
        assert!(kept.contains(&("redirect_uris".to_owned(), "http://a.test/cb".to_owned())), "{kept:?}");
        assert_eq!(json(&server.api().get(&client).await)["grant_types"], json!([]));
    }

    async fn the_first_callback_url_turns_the_grant_on(server: TestServer) {
        let owner = owner(server).await;
        let (callbacks, client) = bare(server, "callbacks").await;
        let form = form(&owner, &callbacks, "redirect_uris").await;

        let page = owner.submit(&form.fill("redirect_uris", RelyingParty::REDIRECT_URI)).await;

        assert!(page.body.contains("Authorization code is now on."), "{}", page.body);
        let client = json(&server.api().get(&client).await);
        assert_eq!(client["grant_types"], json!(["authorization_code", "refresh_token"]));
    }

    async fn removing_the_last_callback_url_asks_first(server: TestServer) {
        let owner = owner(server).await;
        let rp = server.register("web", json!({ "scopes": ["openid"] })).await;
        let (alice, bob) = (server.person("alice").await, server.person("bob").await);
        for person in [&alice, &bob, &alice] {
            rp.tokens(&rp.code_of(&person.authorize(&rp.authorization().with("scope", "openid").url()).await)).await;
        }
        server.background_round().await;
        let path = format!("/console/applications/{}/callbacks?env=sandbox", rp.application_id);
        let client = format!("/applications/{}/clients/sandbox", rp.application_id);
        let form = form(&owner, &path, "redirect_uris").await.fill("redirect_uris", "");

        let asked = owner.submit(&form).await;
        assert_eq!(asked.status, 200);
        assert!(asked.body.contains("This turns off Authorization code"), "{}", asked.body);
        assert!(asked.body.contains("2 people signed in to it in the last 24 hours."), "{}", asked.body);
        let impact = owner.visit("/console/grants/authorization_code/off").await;
        assert!(impact.body.contains("Tokens were issued this way 3 times in the last 24 hours."), "{}", impact.body);
        assert_ne!(json(&server.api().get(&client).await)["redirect_uris"], json!([]), "asking changes nothing");
        let done = owner.submit(&asked.form_with("confirmed").unwrap()).await;

        assert!(done.body.contains("Authorization code is now off"), "{}", done.body);
        let client = json(&server.api().get(&client).await);
        assert_eq!((&client["redirect_uris"], &client["grant_types"]), (&json!([]), &json!([])));
    }

    async fn production_keys_are_generated_apart(server: TestServer) {
        let owner = owner(server).await;
        let rp = server.register("web", json!({})).await;
        let path = format!("/console/applications/{}/keys?env=production", rp.application_id);
        let form = form(&owner, &path, "nonce").await;

        let page = owner.submit(&form.fill("redirect_uris", "https://printer.example.com/cb")).await;

        assert!(shown(&page, "client-id").unwrap().starts_with("app_prd_"), "{}", page.body);
        assert!(shown(&page, "client-secret").unwrap().starts_with("cs_prd_"));
        let wrong = server.register("web", json!({})).await;
        let path = format!("/console/applications/{}/keys?env=production", wrong.application_id);
        let form = self::form(&owner, &path, "nonce").await;
        let refused = owner.submit(&form.fill("redirect_uris", "http://localhost:3000/callback")).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
    }

    async fn a_secret_is_rotated_and_revoked(server: TestServer) {
        let owner = owner(server).await;
        server.photos_api("jwt").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        let works = async |secret: &str| {
            machine.with_secret(secret).client_credentials("resource.read").await
        };
        let old = machine.client_secret.clone().unwrap();
        let secrets = format!("/applications/{}/clients/sandbox/secrets", machine.application_id);
        let id = json(&server.api().get(&secrets).await)["data"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/console/applications/{}/keys/{id}", machine.application_id);

        let rotate = form(&owner, &format!("{path}/rotate?env=sandbox"), "nonce").await;
        let page = owner.submit(&rotate.fill("overlap_hours", "1")).await;
        let new = shown(&page, "client-secret").unwrap_or_else(|| panic!("{}", page.body));
        assert_eq!((works(&old).await.status, works(&new).await.status), (200, 200));
        let page = owner.visit(&format!("{path}/revoke?env=sandbox")).await;
        let revoke = Form { action: format!("{}{path}/revoke?env=sandbox", server.url).parse().unwrap(), fields: page.form_with("q").unwrap().fields };
        let done = owner.submit(&revoke).await;

        assert_eq!(done.status, 200, "{}", done.body);
        assert_refused(&works(&old).await, 401, "invalid_client");
        assert_eq!(works(&new).await.status, 200);
    }

    async fn of_two_people_with_one_form_the_second_is_told(server: TestServer) {
        let owner = owner(server).await;
        let rp = server.register("web", json!({})).await;
        let path = format!("/console/applications/{}/settings", rp.application_id);
        let form = form(&owner, &path, "tos_uri").await.fill("name", "Mine");
        let api = format!("/applications/{}", rp.application_id);
        assert_eq!(server.api().patch(&api, &json!({ "name": "Theirs" })).await.status, 200);

        let page = owner.submit(&form).await;

        assert_eq!(page.status, 409, "{}", page.body);
        assert!(page.body.contains("Theirs") && page.body.contains("Mine"), "both are shown: {}", page.body);
        assert_eq!(json(&server.api().get(&api).await)["name"], "Theirs");
    }

    async fn an_application_is_disabled_and_deleted(server: TestServer) {
        let owner = owner(server).await;
        server.photos_api("jwt").await;
        let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
        let danger = format!("/console/applications/{}/danger", machine.application_id);

        owner.submit(&form(&owner, &danger, "status").await).await;
        assert_refused(&machine.client_credentials("resource.read").await, 401, "invalid_client");
        owner.submit(&form(&owner, &danger, "status").await).await;
        assert_eq!(machine.client_credentials("resource.read").await.status, 200);
        let delete = form(&owner, &format!("{danger}/delete"), "confirm").await;
        let wrong = owner.submit(&delete.clone().fill("confirm", "photo printer")).await;
        assert_eq!(wrong.status, 422, "{}", wrong.body);
        owner.submit(&delete.fill("confirm", "Photo Printer")).await;

        assert!(applications(server).await.is_empty());
    }

    async fn the_list_takes_every_filter_and_says_what_it_does_not_understand(server: TestServer) {
        let owner = owner(server).await;
        server.photos_api("jwt").await;
        server.register("machine", json!({ "name": "Éclair", "scopes": ["resource.read"] })).await;
        server.register("spa", json!({ "name": "Printer", "owner": owner.id })).await;
        let list = async |query: &str| owner.visit(&format!("/console/applications?{query}")).await;

        for (query, name, chip) in [
            ("scope=resource.read", "Éclair", "Scope resource.read"),
            ("confidential=true", "Éclair", "Confidential"),
            ("confidential=false", "Printer", "Public"),
            (&format!("owner={}", owner.id), "Printer", "Owner olivia"),
            ("q=ECLAIR", "Éclair", "“ECLAIR”"),
        ] {
            let page = list(query).await;
            assert!(page.status == 200 && page.body.contains("1 application<"), "{query}: {}", page.body);
            assert!(page.body.contains(name) && page.body.contains(chip), "{query}: {}", page.body);
        }
        assert!(list("unused_since=2026-01-01").await.body.contains("2 applications"));
        for query in ["type=nonsense", "owner=olivia", "confidential=maybe", "unused_since=x", "sort=size", "dir=up", "env=staging"] {
            let page = list(query).await;
            assert_eq!(page.status, 400, "{query}");
            assert!(page.body.contains("Nothing was looked for."), "{query}: {}", page.body);
            assert!(!page.body.contains("Printer"), "{query}");
        }
    }

    async fn names_from_strangers_are_text(server: TestServer) {
        let owner = owner(server).await;
        let evil = "<script>alert(1)</script>\"'><img src=x>";
        let rp = server.register("web", json!({ "name": evil, "description": evil })).await;
        let alice = server.person("alice").await;

        let mut pages = vec![owner.visit("/console").await, owner.visit("/console/applications").await, owner.visit("/console/search?q=script").await];
        for section in ["settings", "callbacks", "grants", "keys", "scopes", "danger", "danger/delete"] {
            pages.push(owner.visit(&format!("/console/applications/{}/{section}", rp.application_id)).await);
        }
        let sign_in = alice.open(&rp.authorization().with("scope", "openid").url()).await;
        pages.push(alice.sign_in_with(&sign_in, harness::PASSWORD).await);
        pages.push(sign_in);
        for page in pages {
            assert!(page.status == 200, "{}", page.url);
            assert!(!page.body.contains("<script>alert") && !page.body.contains("<img src=x"), "{}", page.url);
        }
    }
}
