//! No secret, code, token or password is kept where it can be read.

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding as _};
use harness::{Db, Installation, PASSWORD, RelyingParty, S256, json, on_each_database};
use serde_json::json;

use super::tour::tour;

/// The ways a secret could stand in a dump: as it is, in hexadecimal, in base64.
fn forms(secret: &str) -> [String; 4] {
    let hexadecimal =
        secret.bytes().fold(String::new(), |written, byte| format!("{written}{byte:02x}"));
    [
        secret.to_owned(),
        hexadecimal,
        Base64Unpadded::encode_string(secret.as_bytes()),
        Base64UrlUnpadded::encode_string(secret.as_bytes()),
    ]
}

on_each_database! {
    async fn nothing_that_was_told_once_can_be_read_in_the_database(server: TestServer) {
        let secrets = tour(server).await;
        let rows = server.rows().await;
        let kept: Vec<_> = secrets.iter().collect();
        assert!(kept.len() > 25, "the tour met {} secrets", kept.len());
        assert!(rows.len() > 60, "the dump has {} rows", rows.len());
        for secret in kept {
            for form in forms(secret) {
                for (table, row) in &rows {
                    assert!(
                        !row.contains(&form) && !row.to_lowercase().contains(&form.to_lowercase()),
                        "{secret} stands in {table}: {row}"
                    );
                }
            }
        }
    }

    async fn passwords_are_hashed_as_they_should_be(server: TestServer) {
        server.person("alice").await;

        let rows = server.rows().await;
        let account = rows.iter().find(|(table, row)| table == "account" && row.contains("alice"));

        let (_, row) = account.unwrap();
        assert!(row.contains("$argon2id$v=19$m=19456,t=2,p=1$"), "{row}");
    }
}

#[actix_web::test]
async fn the_log_holds_no_secret_at_any_level() {
    let installation = Installation::make(Db::Sqlite).await;
    let mut process = installation.first(&[("RUST_LOG", "trace")]);
    let link = process.says("set up the first administrator within 30 minutes: ");
    let mut secrets = vec![PASSWORD.to_owned(), link.rsplit('=').next().unwrap().to_owned()];
    let browser = process.browser(&installation);
    let form = browser.get(&link).await.unwrap().form_with("password").unwrap();
    let form =
        form.fill("name", "Olivia").fill("email", "olivia@example.com").fill("password", PASSWORD);
    assert_eq!(browser.post(&form).await.unwrap().status, 303);

    let api = installation.api(&process);
    let body = json!({
        "name": "Photo Printer", "type": "web", "environment": "sandbox", "scopes": ["openid"],
        "redirect_uris": [RelyingParty::REDIRECT_URI],
    });
    let client = api.create("/applications", &body).await["clients"][0].clone();
    let (id, secret) = (
        client["client_id"].as_str().unwrap(),
        client["secrets"][0]["client_secret"].as_str().unwrap(),
    );
    secrets.push(secret.to_owned());
    let query = format!(
        "response_type=code&client_id={id}&redirect_uri={}&scope=openid&code_challenge={}&code_challenge_method=S256",
        RelyingParty::REDIRECT_URI,
        S256::CHALLENGE,
    );
    let mut page = browser.get(&format!("{}/authorize?{query}", process.url)).await.unwrap();
    for _ in 0..6 {
        page =
            match (page.location(), page.form_with("login-submit"), page.form_with("consent-deny"))
            {
                (Some(to), ..) if to.as_str().starts_with(&process.url) => {
                    browser.get(to.as_str()).await.unwrap()
                }
                (Some(_), ..) => break,
                (None, Some(form), _) => browser
                    .post(&form.fill("username", "olivia").fill("password", PASSWORD))
                    .await
                    .unwrap(),
                (None, None, Some(form)) => {
                    browser.post(&form.fill("decision", "once")).await.unwrap()
                }
                (None, None, None) => panic!("{}", page.body),
            };
    }
    let code = harness::response_parameter(&page, "code").unwrap();
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", RelyingParty::REDIRECT_URI),
        ("code_verifier", S256::VERIFIER),
    ];
    let token = harness::client()
        .post(format!("{}/token", process.url))
        .basic_auth(id, Some(secret))
        .form(&parameters);
    let tokens = json(&harness::Answer::read(token.send().await.unwrap()).await.unwrap());
    secrets.extend([code, S256::VERIFIER.to_owned()]);
    secrets.extend(
        ["access_token", "id_token", "refresh_token"]
            .map(|name| tokens[name].as_str().unwrap().to_owned()),
    );
    process.stop();

    let log = process.log();
    assert!(log.lines().count() > 10, "{log}");
    for secret in secrets {
        for form in forms(&secret) {
            assert!(!log.contains(&form), "{secret} stands in the log");
        }
    }
}
