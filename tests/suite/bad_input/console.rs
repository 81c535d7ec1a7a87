//! Every form of the control center, sent by an owner who is signed in.

use std::collections::{BTreeMap, BTreeSet};

use harness::{Answer, PASSWORD, TestServer, json, on_each_database};
use reqwest::Method;
use serde_json::Value;
use server::CONSOLE_ADDRESSES;

use super::{FORM, post};

/// Each form with the answers to one that holds nothing but its token, to one of nonsense in
/// every field, and to one that says everything twice.
///
/// Where a row begins with 303 there is nothing to fill in: it is asked on a page before. A
/// revoked secret is not there the second time.
const FORMS: [(&str, [u16; 3]); 28] = [
    ("/theme", [400, 303, 400]),
    ("/search", [303, 303, 400]),
    ("/applications/new", [400, 400, 400]),
    ("/applications/{id}/settings", [422, 400, 400]),
    ("/applications/{id}/tokens", [422, 400, 400]),
    ("/applications/{id}/callbacks", [200, 400, 400]),
    ("/applications/{id}/grants", [409, 400, 400]),
    ("/applications/{id}/scopes", [409, 400, 400]),
    ("/applications/{id}/keys/client", [400, 400, 400]),
    ("/applications/{id}/keys/new", [400, 400, 400]),
    ("/applications/{id}/keys/public", [409, 400, 400]),
    ("/applications/{id}/keys/{secret}/rotate", [400, 400, 400]),
    ("/applications/{id}/keys/{secret}/revoke", [303, 404, 404]),
    ("/applications/{id}/danger/status", [400, 400, 400]),
    ("/applications/{id}/danger/delete", [422, 400, 400]),
    ("/resources/new", [422, 422, 400]),
    ("/resources/{id}/settings", [422, 400, 400]),
    ("/resources/{id}/delete", [422, 400, 400]),
    ("/resources/{id}/scopes/new", [422, 400, 400]),
    ("/resources/{id}/scopes/{scope}", [422, 400, 400]),
    ("/resources/{id}/scopes/{scope}/remove", [409, 400, 400]),
    ("/users/new", [400, 400, 400]),
    ("/users/{id}", [409, 400, 400]),
    ("/users/{id}/status", [400, 400, 400]),
    ("/users/{id}/reset", [400, 400, 400]),
    ("/users/{id}/sign-out", [303, 303, 303]),
    ("/users/{id}/delete", [422, 400, 400]),
    ("/grants/{grant}", [400, 400, 400]),
];

/// Names of fields, of all these forms together.
const FIELDS: [&str; 22] = [
    "access_token_lifetime_seconds",
    "confirm",
    "email",
    "enabled",
    "expires_at",
    "first",
    "grant_types",
    "identifier",
    "jwks",
    "label",
    "name",
    "nonce",
    "overlap_hours",
    "q",
    "redirect_uris",
    "role",
    "status",
    "theme",
    "token_format",
    "type",
    "username",
    "version",
];

fn all(value: &str) -> String {
    FIELDS.iter().flat_map(|name| ["&", *name, "=", value]).collect()
}

/// An owner's session, as the headers of a browser.
struct Desk {
    cookie: String,
    csrf: String,
}

impl Desk {
    async fn of(server: &TestServer) -> Self {
        let olivia = server.staff("olivia", "owner").await;
        let form = olivia.visit("/console").await.form_with("login-submit").unwrap();
        let form = form.fill("username", "olivia").fill("password", PASSWORD);
        let signed_in = olivia.browser.post(&form).await.unwrap();
        let cookie = signed_in.headers["set-cookie"].split(';').next().unwrap().to_owned();
        let request = server.request(Method::GET, "/console").header("cookie", &cookie);
        let overview = server.send(request).await;
        let form = overview.form_with("q").unwrap_or_else(|| panic!("{cookie}: {}", overview.body));
        let csrf = form.fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        Self { cookie, csrf }
    }

    async fn post(&self, server: &TestServer, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let headers = [("cookie", self.cookie.as_str()), ("sec-fetch-site", "same-origin")];
        post(server, path, (kind, body), &headers).await
    }

    /// The status of the answer to a form with the right token and these fields.
    async fn status(&self, server: &TestServer, path: &str, fields: &str) -> u16 {
        let body = format!("csrf={}{fields}", self.csrf).into_bytes();
        self.post(server, path, FORM, body).await.status
    }
}

/// Where each form of [`FORMS`] is, among things that are there.
async fn places(server: &TestServer) -> BTreeMap<&'static str, String> {
    let resource = server.photos_api("jwt").await;
    let rp = server.web_app().await;
    let alice = server.person("alice").await;
    let application = server.api().get(&format!("/applications/{}", rp.application_id)).await;
    let application = json(&application);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let secret = text(&application["clients"][0]["secrets"][0]["id"]);
    let scope = text(&resource["scopes"][0]["id"]);
    let place = |path: &'static str| {
        let id = match path.split('/').nth(1).unwrap() {
            "applications" => rp.application_id.clone(),
            "resources" => text(&resource["id"]),
            _ => alice.id.clone(),
        };
        let path = path.replace("{id}", &id).replace("{secret}", &secret);
        let path = path.replace("{scope}", &scope).replace("{grant}", "client_credentials");
        format!("/console{path}?env=sandbox")
    };
    FORMS.iter().map(|(path, _)| (*path, place(path))).collect()
}

#[test]
fn no_form_is_left_out() {
    let known: BTreeSet<&str> = FORMS.iter().map(|(path, _)| *path).collect();
    let posts = CONSOLE_ADDRESSES.iter().filter(|(_, methods)| methods.contains(&"post"));
    let posts: BTreeSet<&str> = posts.map(|(path, _)| *path).collect();

    // After signing out there is no session to try the others with.
    assert_eq!(&posts - &known, BTreeSet::from(["/sign-out"]));
    assert_eq!(known.len(), FORMS.len());
}

on_each_database! {
    async fn what_was_not_filled_in_as_it_should_be(server: TestServer) {
        let places = places(server).await;
        let desk = Desk::of(server).await;
        for (path, expected) in FORMS {
            let mut found = [0; 3];
            let everything = all("1");
            let sent = [String::new(), all("nonsense"), format!("{everything}{everything}")];
            for (status, fields) in found.iter_mut().zip(&sent) {
                *status = desk.status(server, &places[path], fields).await;
            }
            assert_eq!(found, expected, "{path}");
        }
    }

    async fn what_no_form_sends(server: TestServer) {
        let places = places(server).await;
        let desk = Desk::of(server).await;
        for (path, place) in &places {
            for (fields, status) in [(all("%00"), 400), ("&name=%FF&label=%FF".to_owned(), 400)] {
                assert_eq!(desk.status(server, place, &fields).await, status, "{path}");
            }
            for (kind, body, status) in [
                (FORM, vec![b'a'; 300_000], 413),
                (FORM, b"csrf=\xff".to_vec(), 403),
                ("application/json", b"{}".to_vec(), 415),
                ("", b"csrf=x".to_vec(), 415),
            ] {
                assert_eq!(desk.post(server, place, kind, body).await.status, status, "{path} {kind}");
            }
        }
    }

    async fn what_is_not_there(server: TestServer) {
        let places = places(server).await;
        let desk = Desk::of(server).await;
        for (path, place) in places.iter().filter(|(path, _)| path.contains("/{")) {
            // The identifier is the third part, after `/console` and the area.
            let id = place.split(['/', '?']).nth(3).unwrap();
            for other in ["nonsense", "%00", "%FF", "app_00000000000000000000000000"] {
                let status = desk.status(server, &place.replace(id, other), "&version=1&enabled=true").await;
                assert_eq!(status, 404, "{path} {other}");
            }
        }
    }

    async fn none_of_it_changes_anything(server: TestServer) {
        let places = places(server).await;
        let desk = Desk::of(server).await;
        let before = server.audit().await.len();
        for (path, [empty, ..]) in FORMS {
            // What is asked on a page before is done by an empty form.
            if empty != 303 {
                for fields in [String::new(), all("nonsense"), all("%00"), all(&"x".repeat(5000))] {
                    desk.status(server, &places[path], &fields).await;
                }
            }
        }
        assert_eq!(server.audit().await.len(), before);
    }
}
