//! WSO2 API Manager: *Try Authorization Code Grant*, up to the token, in the pages.
//!
//! | theirs | ours |
//! |---|---|
//! | API Developer Portal | control center |
//! | Production Keys tab | Keys, Production |
//! | code grant check box, disabled until the callback URL is there | the same |
//! | GENERATE KEYS | Generate production keys |
//! | consumer key, consumer secret | client ID, client secret |
//! | Sign In | Sign in |
//! | Approve Once, Approve Always | the same |
//! | `enable = false` in `deployment.toml` | `grants.authorization_code = false`, no restart needed in the control center |

use harness::{
    Answer, Form, PASSWORD, Person, RelyingParty, TestServer, assert_refused, json,
    on_each_database, response_parameter,
};

/// The callback URL of the playground of their tutorial, by https as production wants it.
const CALLBACK: &str = "https://wso2is.local/playground2/oauth2client";

async fn form(person: &Person, path: &str, control: &str) -> Form {
    let page = person.visit(path).await;
    page.form_with(control).unwrap_or_else(|| panic!("{path}: {} {}", page.status, page.body))
}

/// What stands in the box with this id.
fn shown(page: &Answer, id: &str) -> String {
    let found =
        page.body.split_once(&format!("id=\"{id}\"")).and_then(|(_, rest)| rest.split_once('>'));
    let (tag, after) = found.unwrap_or_else(|| panic!("no {id}: {} {}", page.status, page.body));
    let value = tag
        .split_once("value=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(value, _)| value);
    value.or_else(|| after.split('<').next()).unwrap_or_default().trim().to_owned()
}

/// The check box of the code grant, and the page it stands on.
async fn code_box(person: &Person, id: &str, environment: &str) -> (String, Answer) {
    let page = person.visit(&format!("/console/applications/{id}/grants?env={environment}")).await;
    let (_, code_box) = page.body.split_once("value=\"authorization_code\"").unwrap();
    (code_box.split_once('>').unwrap().0.to_owned(), page)
}

/// Steps 2 to 4: the application, its callback URL and its production keys.
async fn application_with_production_keys(server: &TestServer) -> RelyingParty {
    let admin = server.staff("admin", "owner").await;

    // 2. "Log in to the API Developer Portal and create a new application."
    admin.enter_console().await;
    let new = form(&admin, "/console/applications/new", "redirect_uris").await;
    let new = new.fill("type", "web").fill("name", "Playground").fill("redirect_uris", "");
    let made = admin.submit(&new).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let list = json(&server.api().get("/applications?q=Playground").await);
    let id = list["data"][0]["id"].as_str().unwrap().to_owned();

    // "By default the implicit and code grant type selection checkboxes are disabled in the UI.
    // You need to enter the callback URL first to enable selecting the code grant type."
    let (tag, page) = code_box(&admin, &id, "sandbox").await;
    assert!(tag.contains("disabled") && page.body.contains("Add a callback URL above"), "{tag}");

    // 3. "Go to the Production Keys tab."
    let keys = format!("/console/applications/{id}/keys?env=production");
    let page = admin.visit(&keys).await;
    let generate = page.form_with("nonce").unwrap();
    let (before, _) = page.body.split_once("Generate production keys").unwrap();
    assert!(before.contains("name=\"redirect_uris\""), "the address comes first: {}", page.body);

    // 4. "Add the Callback URL of your playground app, select Code Grant type click GENERATE KEYS."
    let page = admin.submit(&generate.fill("redirect_uris", CALLBACK)).await;
    let (consumer_key, consumer_secret) =
        (shown(&page, "client-id"), shown(&page, "client-secret"));
    let (tag, _) = code_box(&admin, &id, "production").await;
    assert!(tag.contains("checked") && !tag.contains("disabled"), "the address selects it: {tag}");

    let application = json(&server.api().get(&format!("/applications/{id}")).await);
    let clients = application["clients"].as_array().unwrap();
    let production = clients.iter().find(|it| it["environment"] == "production").unwrap();
    assert_eq!(production["client_id"], consumer_key);
    let playground = serde_json::json!({ "id": id, "clients": [production] });
    server.relying_party(&playground).with_secret(&consumer_secret)
}

/// Step 6: "Give the information in the table below and click Authorize."
fn playground_request(rp: &RelyingParty) -> String {
    let request = rp.authorization().with("redirect_uri", CALLBACK).with("scope", "openid");
    request.url().replace("/authorize?", "/oauth2/authorize?")
}

/// Steps 7 and 8: sign in, then "Select Approve Once or Approve Always".
async fn approve(person: &Person, rp: &RelyingParty, decision: &str) -> Answer {
    let page = person.open(&playground_request(rp)).await;
    let page = if page.form_with("login-submit").is_some() {
        person.sign_in_with(&page, PASSWORD).await
    } else {
        page
    };
    assert!(
        page.body.contains("Approve once") && page.body.contains("Approve always"),
        "{}",
        page.body
    );
    person.decide(&page, decision).await
}

/// Step 9: callback URL, token endpoint and client secret, "and click on Get Access token".
async fn get_access_token(rp: &RelyingParty, code: &str) -> Answer {
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", harness::S256::VERIFIER),
    ];
    rp.post("/oauth2/token", &parameters).await
}

on_each_database! {
    async fn the_whole_walk(db: Db) {
        let server = TestServer::spawn(db).await;
        let rp = application_with_production_keys(&server).await;
        let alice = server.person("alice").await;

        let once = approve(&alice, &rp, "once").await;
        assert!(once.location().unwrap().as_str().starts_with(CALLBACK));
        let tokens = get_access_token(&rp, &rp.code_of(&once)).await;
        assert_eq!(tokens.status, 200, "{}", tokens.body);
        assert!(json(&tokens)["access_token"].is_string());

        // Approve Once asks again, Approve Always does not.
        let always = approve(&alice, &rp, "always").await;
        assert_eq!(get_access_token(&rp, &rp.code_of(&always)).await.status, 200);
        let third = alice.open(&playground_request(&rp)).await;
        assert_eq!(get_access_token(&rp, &rp.code_of(&third)).await.status, 200);
        server.finish().await;
    }

    /// "If you want to disable the Authorization Code grant type in the APIM instance, add the
    /// following entry to the deployment.toml file: enable = false".
    async fn then_the_grant_is_disabled_in_the_configuration(db: Db) {
        let server = TestServer::spawn(db).await;
        let rp = application_with_production_keys(&server).await;
        let alice = server.person("alice").await;
        let code = rp.code_of(&approve(&alice, &rp, "always").await);

        let server = server.restart_with(&[("grants.authorization_code", "false")]).await;

        let refused = alice.open(&playground_request(&rp)).await;
        assert_eq!(response_parameter(&refused, "error").as_deref(), Some("unauthorized_client"));
        let reason = response_parameter(&refused, "error_description").unwrap();
        assert!(reason.contains("switched authorization code off"), "the reason is clear: {reason}");
        assert_refused(&get_access_token(&rp, &code).await, 400, "unsupported_grant_type");

        // "In the control center too."
        let admin = server.staff("second-admin", "owner").await;
        admin.enter_console().await;
        let page = admin.visit("/console/grants").await;
        assert!(page.body.contains("The configuration file decides"), "{}", page.body);
        let (tag, _) = code_box(&admin, &rp.application_id, "production").await;
        assert!(tag.contains("disabled"), "{tag}");
        server.finish().await;
    }
}
