//! RFC 8628, device authorization grant.

mod answering;
mod asking;
mod polling;

use harness::{Answer, PASSWORD, Person, RelyingParty, TestServer, json};
use serde_json::{Value, json};

/// The grant type.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A television that may sign people in and read their photos, and a person.
async fn tv_and_alice(server: &TestServer) -> (RelyingParty, Person) {
    server.photos_api("jwt").await;
    (tv(server).await, server.person("alice").await)
}

async fn tv(server: &TestServer) -> RelyingParty {
    let scopes = ["openid", "email", "offline_access", "resource.read", "resource.write"];
    server.register("device", json!({ "name": "Living Room TV", "scopes": scopes })).await
}

/// A program that keeps a secret and uses the device flow.
async fn kiosk(server: &TestServer) -> RelyingParty {
    let more = json!({
        "name": "Museum Kiosk",
        "scopes": ["openid", "offline_access", "resource.read"],
        "grant_types": [GRANT, "refresh_token"],
        "redirect_uris": [],
    });
    server.register("web", more).await
}

async fn ask(rp: &RelyingParty, scope: &str) -> Value {
    let answer = rp.post("/device_authorization", &[("scope", scope)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    json(&answer)
}

async fn poll(rp: &RelyingParty, asked: &Value) -> Answer {
    let code = asked["device_code"].as_str().unwrap();
    rp.post("/token", &[("grant_type", GRANT), ("device_code", code)]).await
}

/// The tokens of a device that was approved.
async fn tokens(rp: &RelyingParty, asked: &Value) -> Value {
    let answer = poll(rp, asked).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    json(&answer)
}

/// The page on which codes are typed, signed in where that is asked.
async fn code_page(person: &Person, address: &str) -> Answer {
    let page = person.open(address).await;
    let page = if page.form_with("login-submit").is_some() {
        person.sign_in_with(&page, PASSWORD).await
    } else {
        page
    };
    assert!(page.form_with("device-continue").is_some(), "{} {}", page.status, page.body);
    page
}

/// Types a code into a page that was opened anew.
async fn type_code(person: &Person, user_code: &str) -> Answer {
    let page = code_page(person, &format!("{}/device", person.url)).await;
    let form = page.form_with("device-continue").unwrap();
    person.submit(&form.fill("user_code", user_code)).await
}

/// The page that asks, for a device that waits.
async fn confirm_page(person: &Person, asked: &Value) -> Answer {
    let page = type_code(person, asked["user_code"].as_str().unwrap()).await;
    assert!(page.form_with("device-deny").is_some(), "{} {}", page.status, page.body);
    page
}

async fn decide(person: &Person, page: &Answer, decision: &str) -> Answer {
    let form = page.form_with("device-deny").unwrap_or_else(|| panic!("{}", page.body));
    person.submit(&form.fill("decision", decision)).await
}

/// Answers a device that waits with `once`, `always` or `deny`.
async fn answer(person: &Person, asked: &Value, decision: &str) -> Answer {
    let page = confirm_page(person, asked).await;
    let done = decide(person, &page, decision).await;
    assert_eq!(done.status, 200, "{}", done.body);
    done
}
