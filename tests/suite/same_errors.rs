//! Control center and management API share operations and validation: the same bad
//! input posted to both gets the same errors at the same fields, in the same words.

use harness::{Answer, Form, Person, TestServer, json, on_each_database};
use serde_json::{Value, json};

/// What is wrong with a field: where, and in which words. The API's code belongs to the
/// words, so that equal words are equal codes.
type Fault = (String, String);

/// The lists that pages show as check boxes.
const BOXES: [&str; 3] = ["grant_types", "scopes", "default_scopes"];

/// The summary of errors on top of a page.
#[track_caller]
fn faults_of_page(page: &Answer) -> Vec<Fault> {
    assert_eq!(page.status, 422, "{}", page.body);
    let (_, summary) =
        page.body.split_once("class=\"errsum\"").unwrap_or_else(|| panic!("{}", page.body));
    let (summary, _) = summary.split_once("</ul>").unwrap();
    let lines = summary.split("<li>").skip(1).map(|line| {
        let (line, _) = line.split_once("</li>").unwrap();
        match line.split_once("href=\"#").and_then(|(_, rest)| rest.split_once('"')) {
            Some((id, rest)) => {
                (id.to_owned(), text(rest.trim_start_matches('>').trim_end_matches("</a>")))
            }
            None => (String::new(), text(line)),
        }
    });
    sorted(lines.collect())
}

/// The errors of a problem, each with the id its field has on a page.
///
/// Entries that a page shows as check boxes are found there by what was sent, not by place.
#[track_caller]
fn faults_of_problem(answer: &Answer, sent: &Value) -> Vec<Fault> {
    assert_eq!(answer.status, 422, "{}", answer.body);
    let errors = json(answer)["errors"].as_array().cloned().unwrap();
    let faults = errors.iter().map(|error| {
        assert!(error["code"].is_string(), "{error}");
        let pointer = error["pointer"].as_str().unwrap().trim_start_matches("#/");
        let named = pointer.split_once('/').filter(|(field, _)| BOXES.contains(field));
        let pointer = match named {
            Some((field, at)) => {
                // What was not sent is what was stored, and keeps its place.
                let sent = at.parse().ok().and_then(|at: usize| sent[field][at].as_str());
                format!("{field}/{}", sent.unwrap_or(at))
            }
            None => pointer.to_owned(),
        };
        let id = pointer.replace(|it: char| !it.is_ascii_alphanumeric() && it != '_', "-");
        (format!("f-{id}"), error["detail"].as_str().unwrap().to_owned())
    });
    sorted(faults.collect())
}

fn sorted(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort();
    faults
}

fn text(html: &str) -> String {
    [
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2F;", "/"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ]
    .into_iter()
    .fold(html.to_owned(), |text, (reference, character)| text.replace(reference, character))
}

async fn owner(server: &TestServer) -> Person {
    let owner = server.staff("olivia", "owner").await;
    owner.enter_console().await;
    owner
}

/// The form at `path` with these fields filled in, and none of the boxes ticked that it had.
async fn form(owner: &Person, (path, control): (&str, &str), fields: &[(&str, &str)]) -> Form {
    let page = owner.visit(path).await;
    let form =
        page.form_with(control).unwrap_or_else(|| panic!("{path}: {} {}", page.status, page.body));
    let mut form = form;
    let is_sent = |name: &str| fields.iter().any(|(field, _)| *field == name);
    form.fields.retain(|(name, _)| !is_sent(name) && !BOXES.contains(&name.as_str()));
    form.fields
        .extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    form
}

/// Posts `fields` to the form and sends `body` to the API, and compares what is wrong.
async fn compare(
    server: &TestServer,
    owner: &Person,
    (page, control, call): (&str, &str, &str),
    (fields, body): (&[(&str, &str)], Value),
) {
    let by_form = owner.submit(&form(owner, (page, control), fields).await).await;
    let by_api = match call.split_once(' ') {
        Some(("PATCH", path)) => server.api().patch(path, &body).await,
        Some(("POST", path)) => server.api().post(path, &body).await,
        _ => panic!("{call}"),
    };

    let (by_form, by_api) = (faults_of_page(&by_form), faults_of_problem(&by_api, &body));

    assert!(!by_api.is_empty());
    assert_eq!(by_form.len(), by_api.len(), "{by_form:?} {by_api:?}");
    for (field, detail) in &by_api {
        // The page says which field it is where the sentence does not, and leads to those it has.
        let is_same = |(place, told): &Fault| {
            let is_there = place == field || place.is_empty();
            is_there && (told == detail || told.ends_with(&format!(": {detail}")))
        };
        assert!(by_form.iter().any(is_same), "{fields:?}: {by_form:?} {by_api:?}");
    }
}

/// The page of a section of an application's sandbox.
fn section(application_id: &str, section: &str) -> String {
    format!("/console/applications/{application_id}/{section}?env=sandbox")
}

on_each_database! {
    async fn of_a_new_application(server: TestServer) {
        let owner = owner(server).await;
        let place = ("/console/applications/new", "redirect_uris", "POST /applications");
        let long = "x".repeat(101);
        for (name, kind, uri, policy) in [
            ("", "web", "https://a.test/cb", ""),
            ("   ", "web", "https://a.test/cb", ""),
            (long.as_str(), "web", "http://a.test/cb", "javascript:alert(1)"),
            ("Printer", "robot", "https://a.test/cb", ""),
            ("Printer", "web", "https://a.test/cb#x", "http://a.test/privacy"),
            ("Printer", "spa", "https://*.a.test/cb", ""),
            ("Printer", "native", "myapp:/cb", ""),
            ("Printer", "web", "javascript:alert(1)", ""),
            ("a\u{7}b", "web", "nonsense", "nonsense"),
        ] {
            let fields = [("name", name), ("type", kind), ("redirect_uris", uri), ("policy_uri", policy)];
            let mut body = json!({ "name": name, "type": kind, "environment": "sandbox", "redirect_uris": [uri] });
            if !policy.is_empty() {
                body["policy_uri"] = policy.into();
            }
            compare(server, &owner, place, (&fields, body)).await;
        }
        assert_eq!(json(&server.api().get("/applications").await)["data"], json!([]), "nothing was made");
    }

    async fn of_a_new_api(server: TestServer) {
        let owner = owner(server).await;
        let place = ("/console/resources/new", "identifier", "POST /resources");
        let long = "x".repeat(513);
        for (name, identifier, description, format) in [
            ("", "https://api.test", "", "jwt"),
            (" ", "https://api.test", "a\u{7}b", "jwt"),
            ("Photos", "photos", "", "jwt"),
            ("Photos", "https://api.test/#x", long.as_str(), "yaml"),
            ("Photos", server.url.as_str(), "", "opaque"),
        ] {
            let fields = [("name", name), ("identifier", identifier), ("description", description), ("token_format", format)];
            let body = json!({
                "name": name, "identifier": identifier, "description": description, "token_format": format,
            });
            compare(server, &owner, place, (&fields, body)).await;
        }
    }

    async fn of_a_new_person(server: TestServer) {
        let owner = owner(server).await;
        let place = ("/console/users/new", "username", "POST /users");
        for (username, email, password) in [
            ("", "alice@example.com", harness::PASSWORD),
            (" ", " ", harness::PASSWORD),
            ("a b", "alice", harness::PASSWORD),
            ("OLIVIA", "Olivia@Example.com", harness::PASSWORD),
            ("alice", "alice@example.com", "short"),
            ("alice", "alice@example.com", "aaaaaaaaaaaaaaaaaaaaaaa"),
        ] {
            let fields = [("username", username), ("email", email), ("first", "password"), ("password", password)];
            let body = json!({ "username": username, "email": email, "password": password });
            compare(server, &owner, place, (&fields, body)).await;
        }
    }

    async fn of_callback_urls_and_lifetimes(server: TestServer) {
        let owner = owner(server).await;
        let rp = server.register("web", json!({})).await;
        let api = format!("PATCH /applications/{}/clients/sandbox", rp.application_id);
        let callbacks = section(&rp.application_id, "callbacks");
        for uris in [["http://a.test/cb", "https://b.test/cb"], ["https://b.test/cb", "https://b.test/cb"], ["x", "y"]] {
            let fields = uris.map(|uri| ("redirect_uris", uri));
            let body = json!({ "redirect_uris": uris });
            compare(server, &owner, (&callbacks, "redirect_uris", &api), (&fields, body)).await;
        }
        let tokens = section(&rp.application_id, "tokens");
        for (seconds, mode) in [("59", "reuse"), ("86401", "sometimes"), ("3600", "sometimes")] {
            let fields = [
                ("access_token_lifetime_seconds", seconds),
                ("refresh_mode", mode),
                ("token_endpoint_auth_method", "client_secret_basic"),
                ("id_token_signed_response_alg", "ES256"),
            ];
            let number: u32 = seconds.parse().unwrap();
            let body = json!({ "access_token_lifetime_seconds": number, "refresh_mode": mode });
            compare(server, &owner, (&tokens, "access_token_lifetime_seconds", &api), (&fields, body)).await;
        }
    }

    async fn of_requests_and_answers(server: TestServer) {
        let owner = owner(server).await;
        let rp = server.register("web", json!({})).await;
        let api = format!("PATCH /applications/{}/clients/sandbox", rp.application_id);
        let tokens = section(&rp.application_id, "tokens");
        for (modes, alg) in [(&[""][..], "ES256"), (&["query", "telepathy"], "none"), (&["query"], "HS256")] {
            let mut fields: Vec<_> = modes.iter().map(|it| ("response_modes", *it)).collect();
            // What is chosen from lists, which the form of a test does not know.
            fields.extend([
                ("authorization_signed_response_alg", alg),
                ("refresh_mode", "reuse"),
                ("token_endpoint_auth_method", "client_secret_basic"),
                ("id_token_signed_response_alg", "ES256"),
            ]);
            let body = json!({ "response_modes": modes, "authorization_signed_response_alg": alg });
            compare(server, &owner, (&tokens, "response_modes", &api), (&fields, body)).await;
        }
    }

    async fn of_an_applications_settings(server: TestServer) {
        let owner = owner(server).await;
        let rp = server.register("web", json!({})).await;
        let page = format!("/console/applications/{}/settings", rp.application_id);
        let api = format!("PATCH /applications/{}", rp.application_id);
        for (name, description, tos) in [("", "", ""), ("  ", "", ""), ("Printer", "a\u{1}b", "ftp://a.test"), ("a\tb", "", "")] {
            let fields = [("name", name), ("description", description), ("tos_uri", tos)];
            let mut body = json!({ "name": name, "description": description });
            if !tos.is_empty() {
                body["tos_uri"] = tos.into();
            }
            compare(server, &owner, (&page, "tos_uri", &api), (&fields, body)).await;
        }
    }

    async fn of_grant_types_and_scopes(server: TestServer) {
        let owner = owner(server).await;
        let rp = server.register("web", json!({ "scopes": ["openid"] })).await;
        let api = format!("PATCH /applications/{}/clients/sandbox", rp.application_id);
        let grants = section(&rp.application_id, "grants");
        for wanted in [&["refresh_token"][..], &["authorization_code", "telepathy"]] {
            let fields: Vec<_> = wanted.iter().map(|it| ("grant_types", *it)).collect();
            let body = json!({ "grant_types": wanted });
            compare(server, &owner, (&grants, "grant_types", &api), (&fields, body)).await;
        }
        let scopes = section(&rp.application_id, "scopes");
        for (allowed, given) in [
            (&["openid"][..], &["profile"][..]),
            (&["openid", "nowhere"], &[]),
            (&["openid"], &["openid", "nowhere"]),
            (&["nowhere", "neither"], &["email"]),
        ] {
            let fields: Vec<_> = allowed
                .iter()
                .map(|it| ("scopes", *it))
                .chain(given.iter().map(|it| ("default_scopes", *it)))
                .collect();
            let body = json!({ "scopes": allowed, "default_scopes": given });
            compare(server, &owner, (&scopes, "scopes", &api), (&fields, body)).await;
        }
    }

    async fn of_a_secret(server: TestServer) {
        let owner = owner(server).await;
        let rp = server.register("web", json!({})).await;
        let page = section(&rp.application_id, "keys/new");
        let api = format!("POST /applications/{}/clients/sandbox/secrets", rp.application_id);
        for label in ["a\u{7}b", &"x".repeat(101)] {
            let body = json!({ "label": label });
            compare(server, &owner, (&page, "label", &api), (&[("label", label)], body)).await;
        }
    }

    async fn of_an_apis_settings_and_scopes(server: TestServer) {
        let owner = owner(server).await;
        let photos = server.photos_api("jwt").await;
        let id = photos["id"].as_str().unwrap();
        let long = "x".repeat(513);
        let (page, api) = (format!("/console/resources/{id}/settings"), format!("PATCH /resources/{id}"));
        for (name, description, format) in [("", "", "jwt"), (" ", "", "yaml"), ("a\u{7}b", long.as_str(), "jwt")] {
            let fields = [("name", name), ("description", description), ("token_format", format)];
            let body = json!({ "name": name, "description": description, "token_format": format });
            compare(server, &owner, (&page, "token_format", &api), (&fields, body)).await;
        }
        let (page, api) = (format!("/console/resources/{id}/scopes/new"), format!("POST /resources/{id}/scopes"));
        for (name, shown) in [("", "See"), (" ", " "), ("a b", "a\u{7}b"), ("openid", ""), ("resource.read", ""), ("a+b", &long)] {
            let fields = [("name", name), ("display_name", shown)];
            let body = json!({ "name": name, "display_name": shown });
            compare(server, &owner, (&page, "display_name", &api), (&fields, body)).await;
        }
        let scope = photos["scopes"][0]["id"].as_str().unwrap();
        let (page, api) = (format!("/console/resources/{id}/scopes/{scope}"), format!("PATCH /resources/{id}/scopes/{scope}"));
        for (shown, description) in [("a\u{7}b", ""), (long.as_str(), "a\u{1}b")] {
            let fields = [("display_name", shown), ("description", description)];
            let body = json!({ "display_name": shown, "description": description });
            compare(server, &owner, (&page, "display_name", &api), (&fields, body)).await;
        }
    }

    async fn of_a_persons_profile(server: TestServer) {
        let owner = owner(server).await;
        let alice = server.person("alice").await;
        let (page, api) = (format!("/console/users/{}", alice.id), format!("PATCH /users/{}", alice.id));
        let long = "x".repeat(101);
        for (username, email, name, role) in [
            ("", "", "", ""),
            (" ", " ", " ", ""),
            ("a b", "alice", "a\u{7}b", "king"),
            ("OLIVIA", "Olivia@Example.com", "Alice", ""),
            ("alice", "alice@example.com", &long, "owner"),
        ] {
            let fields = [("username", username), ("email", email), ("name", name), ("role", role)];
            let mut body = json!({ "username": username, "email": email, "name": name });
            if !role.is_empty() {
                body["role"] = role.into();
            }
            compare(server, &owner, (&page, "email", &api), (&fields, body)).await;
        }
    }

    async fn what_was_typed_is_kept(server: TestServer) {
        let owner = owner(server).await;
        let fields = [("name", "<b>\"Printer\"</b>"), ("type", "spa"), ("redirect_uris", "http://a.test/cb?x=1&y=2"), ("description", "Words")];
        let form = form(&owner, ("/console/applications/new", "redirect_uris"), &fields).await;

        let page = owner.submit(&form).await;
        let kept = page.form_with("redirect_uris").unwrap().fields;

        for (name, value) in fields {
            assert!(kept.contains(&(name.to_owned(), value.to_owned())), "{name}: {kept:?}");
        }
        assert!(!page.body.contains("<b>\"Printer\""), "what was typed is not markup");
        assert!(page.body.contains("<title>Error: "), "the title says so first");
    }
}
