//! What every operation keeps: versions, media types, unknown names, problems.

use harness::{Answer, TestServer, assert_problem, json, on_each_database};
use reqwest::Method;
use serde_json::{Value, json};

/// An application's path and `ETag`.
async fn application(server: &TestServer) -> (String, String) {
    let body = json!({ "name": "Photo Printer", "type": "machine", "environment": "sandbox" });
    let answer = server.api().post("/applications", &body).await;
    let id = json(&answer)["id"].as_str().unwrap().to_owned();
    (format!("/applications/{id}"), answer.headers["etag"].clone())
}

async fn send(
    server: &TestServer,
    (method, path): (Method, &str),
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> Answer {
    let request = server.api().request(method, path).body(body);
    let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
    server.api().send(request).await
}

const JSON: (&str, &str) = ("content-type", "application/json");

on_each_database! {
    async fn a_change_names_the_version_it_is_meant_for(server: TestServer) {
        let (path, etag) = application(server).await;
        let patch = |headers: Vec<(&'static str, String)>| {
            let request = server.api().request(Method::PATCH, &path).json(&json!({ "name": "Printer" }));
            let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, value));
            server.api().send(request)
        };

        assert_problem(&patch(vec![]).await, 428, &[]);
        assert_problem(&patch(vec![("if-match", "*".to_owned())]).await, 428, &[]);
        for stale in ["\"v999\"", "\"nonsense\"", "v1", &format!("W/{etag}")] {
            let answer = patch(vec![("if-match", stale.to_owned())]).await;
            assert_problem(&answer, 412, &[]);
            assert!(etag.starts_with(answer.headers["etag"].trim_end_matches('"')), "it says the version there is");
        }
        let done = patch(vec![("if-match", etag.clone())]).await;
        assert_eq!(done.status, 200, "{}", done.body);
        assert_ne!(done.headers["etag"], etag);
        assert_problem(&patch(vec![("if-match", etag.clone())]).await, 412, &[]);
        let remove = send(server, (Method::DELETE, &path), &[("if-match", &etag)], "").await;
        assert_problem(&remove, 412, &[]);
        assert_problem(&send(server, (Method::DELETE, &path), &[], "").await, 428, &[]);
        assert_eq!(json(&server.api().get(&path).await)["name"], "Printer");
    }

    async fn settings_that_nobody_changed_yet_have_a_version_too(server: TestServer) {
        for tag in ["garbage", "\"nonsense\"", "W/\"v0\"", "\"v1\""] {
            let body = json!({ "grants": { "refresh_token": false } }).to_string();
            let answer = send(server, (Method::PUT, "/settings/grants"), &[JSON, ("if-match", tag)], body).await;
            assert_problem(&answer, 412, &[]);
        }
        let settings = server.api().get("/settings/grants").await;
        assert_eq!(json(&settings)["grants"]["refresh_token"], true);
    }

    async fn a_tag_names_one_representation(server: TestServer) {
        let body = json!({ "name": "Photo Printer", "type": "web", "environment": "sandbox" });
        let made = server.api().post("/applications", &body).await;
        let path = format!("/applications/{}", json(&made)["id"].as_str().unwrap());
        let before = server.api().get(&path).await;
        assert_eq!(made.headers["etag"], before.headers["etag"], "the value of the secret apart it is the same");
        assert_eq!(server.api().get(&path).await.headers["etag"], before.headers["etag"]);

        let client = server.api().patch(&format!("{path}/clients/sandbox"), &json!({ "redirect_uris": ["https://a.test/cb"] })).await;
        assert_eq!(client.status, 200, "{}", client.body);
        let after = server.api().get(&path).await;

        assert_ne!(after.body, before.body);
        assert_ne!(after.headers["etag"], before.headers["etag"]);
        // What changed is not what the change is about: nobody's change is lost.
        let headers = [JSON, ("if-match", before.headers["etag"].as_str())];
        let renamed = send(server, (Method::PATCH, &path), &headers, json!({ "name": "Printer" }).to_string()).await;
        assert_eq!(renamed.status, 200, "{}", renamed.body);
        assert_eq!(renamed.headers["etag"], server.api().get(&path).await.headers["etag"]);
    }

    async fn the_number_of_clients_is_part_of_an_apis_tag(server: TestServer) {
        let photos = server.photos_api("jwt").await;
        let path = format!("/resources/{}", photos["id"].as_str().unwrap());
        let before = server.api().get(&path).await;
        assert_eq!(json(&before), photos, "a made API is shown whole");

        server.register("machine", json!({ "scopes": ["resource.read"] })).await;

        let after = server.api().get(&path).await;
        assert_ne!(after.headers["etag"], before.headers["etag"]);
        let changed = server.api().patch(&path, &json!({ "name": "Pictures" })).await;
        assert_eq!((changed.status, &json(&changed)["clients"]), (200, &json!(1)));
        assert_eq!(changed.headers["etag"], server.api().get(&path).await.headers["etag"]);
    }

    async fn a_parameter_without_a_value_is_refused(server: TestServer) {
        for path in ["/applications?owner=", "/users?q", "/sessions?kind=", "/users?limit=&q=a"] {
            let answer = server.api().get(path).await;
            assert_eq!(answer.status, 400, "{path}: {}", answer.body);
            assert_eq!(json(&answer)["errors"][0]["code"], "required", "{path}: {}", answer.body);
        }
    }

    async fn of_two_changes_at_once_one_is_told_so(server: TestServer) {
        let (path, etag) = application(server).await;
        let change = |name: &'static str| {
            let request = server.api().request(Method::PATCH, &path).header("if-match", &etag);
            server.api().send(request.json(&json!({ "name": name })))
        };

        let (one, other) = tokio::join!(change("one"), change("other"));

        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
    }

    async fn unknown_parameters_are_refused(server: TestServer) {
        let (path, etag) = application(server).await;
        for (method, path) in [
            (Method::GET, "/applications?typo=1".to_owned()),
            (Method::GET, format!("{path}?expand=owner")),
            (Method::PATCH, format!("{path}?dry_run=true")),
            (Method::GET, "/users?Q=x".to_owned()),
        ] {
            let headers = [JSON, ("if-match", etag.as_str())];
            let body = if method == Method::PATCH { "{}" } else { "" };
            let answer = send(server, (method, &path), &headers, body).await;
            assert_eq!(answer.status, 400, "{path}: {}", answer.body);
            assert!(answer.body.contains("unknown-parameter"), "{path}: {}", answer.body);
        }
    }

    async fn unknown_members_are_refused_and_nothing_is_made(server: TestServer) {
        for (path, body, pointer) in [
            ("/applications", json!({ "name": "x", "type": "web", "id": "app_x" }), "#/id"),
            ("/applications", json!({ "name": "x", "type": "web", "is_trusted": true }), "#/is_trusted"),
            ("/users", json!({ "username": "x", "email": "x@example.com", "password_hash": "y" }), "#/password_hash"),
            ("/resources", json!({ "identifier": "https://x.test", "name": "x", "scopes": [{ "name": "a", "x": 1 }] }), "#/scopes/0/x"),
        ] {
            assert_problem(&server.api().post(path, &body).await, 400, &[(pointer, "unknown-field")]);
            assert_eq!(json(&server.api().get(path).await)["data"], json!([]), "{path}");
        }
    }

    async fn bodies_are_json_of_a_reasonable_size(server: TestServer) {
        let post = (Method::POST, "/applications");
        let deep = "[".repeat(5000);
        for (content_type, body, status) in [
            ("application/json", "{".to_owned(), 400),
            ("application/json", String::new(), 400),
            ("application/json", "\"text\"".to_owned(), 422),
            ("application/json", "[]".to_owned(), 422),
            ("application/json", "null".to_owned(), 422),
            ("application/json", "{} {}".to_owned(), 400),
            ("application/json", "{\"name\": 1}".to_owned(), 422),
            ("application/json", "{\"name\": \"a\", \"name\": \"b\"}".to_owned(), 422),
            ("application/json", deep, 400),
            ("application/json", format!("{{\"name\": \"{}\"}}", "x".repeat(1024 * 1024)), 413),
            ("text/plain", "{}".to_owned(), 415),
            ("application/x-www-form-urlencoded", "name=x".to_owned(), 415),
            ("application/json; charset=latin1", "{}".to_owned(), 415),
            ("application/merge-patch+json", "{}".to_owned(), 415),
        ] {
            let shown: String = body.chars().take(60).collect();
            let answer = send(server, post.clone(), &[("content-type", content_type)], body).await;
            assert_eq!(answer.status, status, "{content_type} {shown}: {}", answer.body);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
        }
        let not_utf8 = send(server, post.clone(), &[JSON], vec![b'"', 0xff, b'"']).await;
        assert_eq!(not_utf8.status, 400, "{}", not_utf8.body);
        let untyped = send(server, post, &[], "{}").await;
        assert_eq!(untyped.status, 415, "{}", untyped.body);
    }

    async fn only_the_methods_of_an_address_are_taken(server: TestServer) {
        for (method, path) in [
            (Method::PUT, "/applications"),
            (Method::DELETE, "/users"),
            (Method::PATCH, "/settings/grants"),
            (Method::POST, "/audit-events"),
            (Method::TRACE, "/applications"),
        ] {
            let answer = send(server, (method.clone(), path), &[JSON], "{}").await;
            assert_eq!(answer.status, 405, "{method} {path}: {}", answer.body);
            assert!(answer.headers["allow"].contains("GET"), "{:?}", answer.headers);
        }
        let head = send(server, (Method::HEAD, "/applications"), &[], "").await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        assert_problem(&server.api().get("/nowhere").await, 404, &[]);
    }

    async fn a_problem_tells_what_to_do_and_has_a_page(server: TestServer) {
        let answer = server.api().post("/applications", &json!({ "name": "", "type": "web" })).await;
        let problem = json(&answer);

        assert_eq!(problem["type"], format!("{}/problems/validation", server.url));
        assert_eq!(problem["status"], 422);
        assert!(problem["title"].is_string() && problem["detail"].is_string());
        assert_eq!(problem["trace_id"], answer.headers["x-request-id"]);
        assert_eq!(problem["instance"], format!("urn:trace:{}", answer.headers["x-request-id"]));
        assert!(problem["errors"][0]["detail"].as_str().unwrap().ends_with('.'));
        for address in ["/problems/validation", "/problems/length", "/problems"] {
            let page = server.get(address).await;
            assert_eq!(page.status, 200, "{address}");
            assert!(page.headers["content-type"].starts_with("text/html"));
        }
        assert_eq!(server.get("/problems/no-such-problem").await.status, 404);
    }

    async fn identifiers_of_another_kind_are_not_found(server: TestServer) {
        let (path, _) = application(server).await;
        let id = path.rsplit('/').next().unwrap();
        let wrong_kind = id.replace("app_", "usr_");
        for path in [
            format!("/users/{id}"),
            format!("/applications/{wrong_kind}"),
            format!("/applications/{}", id.to_uppercase()),
            format!("/applications/{id}x"),
            "/applications/app_zzzzzzzzzzzzzzzzzzzzzzzzzz".to_owned(),
            "/applications/%00".to_owned(),
            format!("/applications/{}", "a".repeat(5000)),
        ] {
            assert_eq!(server.api().get(&path).await.status, 404, "{path}");
        }
    }

    async fn nothing_is_answered_to_cookies(server: TestServer) {
        let olivia = server.staff("olivia", "owner").await;
        olivia.enter_console().await;

        let answer = olivia.browser.get(&format!("{}/api/v1/applications", server.url)).await.unwrap();

        assert_eq!(answer.status, 401);
        assert!(answer.headers["www-authenticate"].starts_with("Bearer"));
        assert!(!answer.headers.keys().any(|name| name.starts_with("access-control-")));
    }

    async fn the_document_is_served_and_true_of_this_server(server: TestServer) {
        let document: Value = json(&server.get("/api/openapi.json").await);

        assert_eq!(document["openapi"].as_str().unwrap().split('.').next(), Some("3"));
        assert_eq!(document["servers"][0]["url"], server.url);
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let name = format!("{method} {path}");
                assert!(operation["operationId"].is_string(), "{name}");
                assert!(operation["summary"].as_str().is_some_and(|it| it.len() <= 60), "{name}");
                assert!(operation["x-permission"].is_string(), "{name}");
                let answers = operation["responses"].as_object().unwrap();
                for status in ["401", "403", "400"] {
                    assert!(answers.contains_key(status), "{name} lacks {status}");
                }
            }
        }
    }
}
