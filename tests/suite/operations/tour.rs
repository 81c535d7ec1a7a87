//! A tour through everything that the server does, keeping each secret it meets.

use harness::{Answer, PASSWORD, Person, RelyingParty, TestServer, json};
use reqwest::Method;
use serde_json::{Value, json};

const OTHER_PASSWORD: &str = "another horse battery staple";
const WRONG_PASSWORD: &str = "wrong horse battery staple";

/// What was said once and may be kept nowhere.
#[derive(Debug, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    fn keep(&mut self, value: impl Into<String>) {
        let value = value.into();
        if value.len() > 7 && !self.0.contains(&value) {
            self.0.push(value);
        }
    }

    /// Keeps every handle and JWT in `text`, wherever it stands.
    fn keep_all_in(&mut self, text: &str) {
        let is_part = |it: char| it.is_ascii_alphanumeric() || "_-.".contains(it);
        for word in text.split(|it: char| !is_part(it)) {
            let is_handle = word.starts_with("cs_") && word.len() > 50;
            let is_jwt = word.starts_with("eyJ") && word.matches('.').count() == 2;
            if is_handle || is_jwt {
                self.keep(word);
            }
        }
    }

    fn seen(&mut self, answer: &Answer) {
        self.keep_all_in(&answer.body);
        if let Some(location) = answer.location() {
            self.keep_all_in(location.as_str());
        }
        if let Some(cookie) = answer.headers.get("set-cookie") {
            let value = cookie.split(['=', ';']).nth(1).unwrap_or_default();
            self.keep(value.replace("%3D", "="));
            self.keep_all_in(&cookie.replace("%3D", "="));
        }
    }

    fn seen_json(&mut self, value: &Value) {
        self.keep_all_in(&value.to_string());
    }
}

/// Goes everywhere; the secrets it met.
pub(super) async fn tour(server: &TestServer) -> Secrets {
    let mut secrets = Secrets::default();
    for password in [PASSWORD, OTHER_PASSWORD, WRONG_PASSWORD] {
        secrets.keep(password);
    }
    set_up(server, &mut secrets).await;
    people(server, &mut secrets).await;
    tokens(server, &mut secrets).await;
    keys(server, &mut secrets).await;
    cleaning(server, &mut secrets).await;
    server.background_round().await;
    secrets
}

async fn set_up(server: &TestServer, secrets: &mut Secrets) {
    let link = server.set_up_link().await.unwrap();
    secrets.keep_all_in(&link);
    let browser = server.browser();
    let page = browser.get(&link).await.unwrap();
    let form = page.form_with("password").unwrap();
    let form =
        form.fill("name", "Olivia").fill("email", "olivia@example.com").fill("password", PASSWORD);
    secrets.seen(&browser.post(&form).await.unwrap());
    secrets.seen(&browser.get(&format!("{}/console", server.url)).await.unwrap());
}

async fn people(server: &TestServer, secrets: &mut Secrets) {
    let alice = server.person("tour-alice").await;
    let page = alice.visit("/login").await;
    secrets.seen(&alice.sign_in_with(&page, WRONG_PASSWORD).await);
    let form = page
        .form_with("login-submit")
        .unwrap()
        .fill("username", "tour-alice")
        .fill("password", PASSWORD);
    secrets.seen(&alice.browser.post(&form).await.unwrap());
    let sign_out = alice.visit("/logout").await.form_with("logout-confirm").unwrap();
    secrets.seen(&alice.submit(&sign_out).await);

    let path = format!("/users/{}", alice.id);
    let link = server.api().create(&format!("{path}/password-reset"), &json!({})).await;
    secrets.seen_json(&link);
    let url = link["url"].as_str().unwrap();
    let form = alice.browser.get(url).await.unwrap().form_with("password").unwrap();
    secrets.seen(&alice.browser.post(&form.fill("password", OTHER_PASSWORD)).await.unwrap());
    server.api().patch(&path, &json!({ "name": "Alice" })).await;
    server.api().delete(&path).await;
}

async fn authorize(
    rp: &RelyingParty,
    person: &Person,
    decision: &str,
    secrets: &mut Secrets,
) -> Answer {
    let page = person.open(&rp.authorization().url()).await;
    secrets.seen(&page);
    secrets.keep_all_in(page.url.as_str());
    let page = if page.form_with("login-submit").is_some() {
        person.sign_in_with(&page, PASSWORD).await
    } else {
        page
    };
    let answer = person.decide(&page, decision).await;
    secrets.seen(&answer);
    answer
}

async fn tokens(server: &TestServer, secrets: &mut Secrets) {
    server.photos_api("opaque").await;
    let scopes = ["openid", "offline_access", "resource.read"];
    let rp = server.register("web", json!({ "scopes": scopes, "refresh_mode": "rotate" })).await;
    secrets.keep(rp.client_secret.clone().unwrap());
    let bob = server.person("tour-bob").await;
    authorize(&rp, &bob, "deny", secrets).await;
    let first = rp.code_of(&authorize(&rp, &bob, "once", secrets).await);
    let code = rp.code_of(&authorize(&rp, &bob, "always", secrets).await);
    secrets.seen(&rp.redeem(&first).await);
    rp.redeem(&first).await;
    rp.redeem("cs_ac_nonsense").await;
    server.browser().get(&rp.authorization().with("scope", "nonsense").url()).await.unwrap();

    let tokens = rp.redeem(&code).await;
    secrets.seen(&tokens);
    let refresh_token = json(&tokens)["refresh_token"].as_str().unwrap().to_owned();
    let second = rp.refresh(&refresh_token).await;
    secrets.seen(&second);
    let third = rp.refresh(json(&second)["refresh_token"].as_str().unwrap()).await;
    secrets.seen(&third);
    rp.refresh(&refresh_token).await;
    rp.revoke(json(&tokens)["access_token"].as_str().unwrap()).await;
    let machine = server.register("machine", json!({ "scopes": ["resource.read"] })).await;
    secrets.keep(machine.client_secret.clone().unwrap());
    let own = machine.client_credentials("resource.read").await;
    secrets.seen(&own);
    machine.revoke(json(&own)["access_token"].as_str().unwrap()).await;
    machine.with_secret("cs_sbx_wrong-secret").client_credentials("resource.read").await;
    server.api().delete(&format!("/consents?user={}", bob.id)).await;
    server.api().delete(&format!("/sessions?user={}", bob.id)).await;
}

async fn keys(server: &TestServer, secrets: &mut Secrets) {
    let application = server.register("web", json!({ "name": "Keys" })).await;
    let client = format!("/applications/{}/clients", application.application_id);
    server
        .api()
        .patch(&format!("{client}/sandbox"), &json!({ "access_token_lifetime_seconds": 600 }))
        .await;
    let production = server.api().put(&format!("{client}/production"), &json!({})).await;
    secrets.seen(&production);
    let made = server.api().create(&format!("{client}/sandbox/secrets"), &json!({})).await;
    secrets.seen_json(&made);
    let secret = format!("{client}/sandbox/secrets/{}", made["id"].as_str().unwrap());
    secrets.seen_json(
        &server.api().create(&format!("{secret}/rotate"), &json!({ "overlap_hours": 1 })).await,
    );
    server.api().delete(&secret).await;
    let key = server
        .api()
        .create("/api-keys", &json!({ "name": "x", "permissions": ["apps:read"] }))
        .await;
    secrets.seen_json(&key);
    server.api().delete(&format!("/api-keys/{}", key["id"].as_str().unwrap())).await;
    let repeated = server
        .api()
        .request(Method::POST, &format!("{client}/sandbox/secrets"))
        .header("idempotency-key", "tour")
        .json(&json!({}));
    secrets.seen(&server.api().send(repeated).await);
    let path = format!("/applications/{}", application.application_id);
    server.api().patch(&path, &json!({ "description": "x" })).await;
    server.api().delete(&path).await;
}

async fn cleaning(server: &TestServer, secrets: &mut Secrets) {
    let body = json!({ "identifier": "https://tour.test", "name": "Tour" });
    let resource = server.api().create("/resources", &body).await;
    let path = format!("/resources/{}", resource["id"].as_str().unwrap());
    server.api().patch(&path, &json!({ "name": "Tour 2" })).await;
    server.api().delete(&path).await;
    server.api().put("/settings/grants", &json!({ "grants": { "refresh_token": false } })).await;
    secrets.seen(&server.api().get("/audit-events?limit=200").await);
}
