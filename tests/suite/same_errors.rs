//! Control center and management API share operations and validation: the same bad
//! input posted to both gets the same errors at the same fields, in the same words.

use harness::{Answer, Form, Person, TestServer, json, on_each_database};
use serde_json::{Value, json};

/// What is wrong with a field: where, and in which words. The API's code belongs to the
/// words, so that equal words are equal codes.
type Fault = (String, String);

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
#[track_caller]
fn faults_of_problem(answer: &Answer) -> Vec<Fault> {
    assert_eq!(answer.status, 422, "{}", answer.body);
    let errors = json(answer)["errors"].as_array().cloned().unwrap();
    let faults = errors.iter().map(|error| {
        assert!(error["code"].is_string(), "{error}");
        let pointer = error["pointer"].as_str().unwrap().trim_start_matches("#/").to_owned();
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

/// The form at `path` with these fields filled in.
async fn form(owner: &Person, (path, control): (&str, &str), fields: &[(&str, &str)]) -> Form {
    let page = owner.visit(path).await;
    let form =
        page.form_with(control).unwrap_or_else(|| panic!("{path}: {} {}", page.status, page.body));
    let drop = |form: &mut Form, name: &str| form.fields.retain(|(key, _)| key != name);
    let mut form = form;
    for (name, _) in fields {
        drop(&mut form, name);
    }
    form.fields
        .extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    form
}

/// Posts `fields` to the form and `body` to the API, and compares what is wrong.
async fn compare(
    server: &TestServer,
    owner: &Person,
    (page, control, path): (&str, &str, &str),
    (fields, body): (&[(&str, &str)], Value),
) {
    let by_form = owner.submit(&form(owner, (page, control), fields).await).await;
    let by_api = if path.ends_with("/sandbox") || path.contains('_') {
        server.api().patch(path, &body).await
    } else {
        server.api().post(path, &body).await
    };

    let (by_form, by_api) = (faults_of_page(&by_form), faults_of_problem(&by_api));

    assert!(!by_api.is_empty());
    assert_eq!(by_form, by_api, "{fields:?}");
}

on_each_database! {
    async fn of_a_new_application(server: TestServer) {
        let owner = owner(server).await;
        let place = ("/console/applications/new", "redirect_uris", "/applications");
        let long = "x".repeat(101);
        for (name, kind, uri, policy) in [
            ("", "web", "https://a.test/cb", ""),
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
        let place = ("/console/resources/new", "identifier", "/resources");
        let long = "x".repeat(513);
        for (name, identifier, description, format) in [
            ("", "https://api.test", "", "jwt"),
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
        let place = ("/console/users/new", "username", "/users");
        for (username, email, password) in [
            ("", "alice@example.com", harness::PASSWORD),
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
        let page = |section: &str| format!("/console/applications/{}/{section}?env=sandbox", rp.application_id);
        let api = format!("/applications/{}/clients/sandbox", rp.application_id);
        let callbacks = page("callbacks");
        for uris in [["http://a.test/cb", "https://b.test/cb"], ["https://b.test/cb", "https://b.test/cb"], ["x", "y"]] {
            let fields = uris.map(|uri| ("redirect_uris", uri));
            let body = json!({ "redirect_uris": uris });
            compare(server, &owner, (&callbacks, "redirect_uris", &api), (&fields, body)).await;
        }
        let tokens = page("tokens");
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

    async fn of_an_applications_settings(server: TestServer) {
        let owner = owner(server).await;
        let rp = server.register("web", json!({})).await;
        let page = format!("/console/applications/{}/settings", rp.application_id);
        let api = format!("/applications/{}", rp.application_id);
        for (name, description, tos) in [("", "", ""), ("Printer", "a\u{1}b", "ftp://a.test"), ("a\tb", "", "")] {
            let fields = [("name", name), ("description", description), ("tos_uri", tos)];
            let mut body = json!({ "name": name, "description": description });
            if !tos.is_empty() {
                body["tos_uri"] = tos.into();
            }
            compare(server, &owner, (&page, "tos_uri", &api), (&fields, body)).await;
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
