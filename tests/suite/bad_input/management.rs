//! Every operation of the management API, by its document.

use harness::{Answer, RelyingParty, TestServer, json, on_each_database};
use reqwest::Method;
use serde_json::{Value, json};

/// An operation as the document tells it.
struct Operation {
    method: Method,
    path: String,
    has_body: bool,
    /// The names of its parameters, headers among them.
    parameters: Vec<String>,
}

impl Operation {
    fn takes(&self, parameter: &str) -> bool {
        self.parameters.iter().any(|it| it == parameter)
    }
}

async fn operations(server: &TestServer) -> Vec<Operation> {
    let document: Value = json(&server.get("/api/openapi.json").await);
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: path.strip_prefix("/api/v1").unwrap().to_owned(),
                has_body: operation.get("requestBody").is_some(),
                parameters: parameters
                    .iter()
                    .map(|it| it["name"].as_str().unwrap().to_owned())
                    .collect(),
            });
        }
    }
    operations
}

/// One of each thing that a path with a body can name.
struct Things(Vec<(&'static str, String)>);

impl Things {
    async fn make(server: &TestServer) -> Self {
        let id = |made: &Value| made["id"].as_str().unwrap().to_owned();
        let resource = server.photos_api("jwt").await;
        let body = json!({
            "name": "Photo Printer", "type": "web", "environment": "sandbox",
            "redirect_uris": [RelyingParty::REDIRECT_URI], "scopes": ["openid", "resource.read"],
        });
        let application = server.api().create("/applications", &body).await;
        let body = json!({ "username": "alice", "email": "alice@example.com", "password": harness::PASSWORD });
        let user = server.api().create("/users", &body).await;
        Self(vec![
            ("{application_id}", id(&application)),
            ("{secret_id}", id(&application["clients"][0]["secrets"][0])),
            ("{resource_id}", id(&resource)),
            ("{scope_id}", id(&resource["scopes"][0])),
            ("{user_id}", id(&user)),
        ])
    }

    /// The path of `operation` with these things in it; none when it names another one.
    fn path(&self, operation: &Operation) -> Option<String> {
        // A client that is made must not be there yet.
        let environment = if operation.method == Method::PUT { "production" } else { "sandbox" };
        let path = operation.path.replace("{environment}", environment);
        let path = self.0.iter().fold(path, |path, (name, id)| path.replace(name, id));
        (!path.contains('{')).then_some(path)
    }
}

/// The path with `value` in the place of each parameter.
fn filled(path: &str, value: &str) -> String {
    path.split('/')
        .map(|it| if it.starts_with('{') { value } else { it })
        .collect::<Vec<_>>()
        .join("/")
}

async fn send(
    server: &TestServer,
    (method, path): (&Method, &str),
    body: Option<(&str, Vec<u8>)>,
) -> Answer {
    send_with(server, (method, path), &[("if-match", "\"v1\"")], body).await
}

async fn send_with(
    server: &TestServer,
    (method, path): (&Method, &str),
    headers: &[(&str, &str)],
    body: Option<(&str, Vec<u8>)>,
) -> Answer {
    let request = server.api().request(method.clone(), path);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = match body {
        Some((content_type, body)) => request.header("content-type", content_type).body(body),
        None => request,
    };
    server.api().send(request).await
}

#[track_caller]
fn assert_problem(answer: &Answer, statuses: &[u16], what: &str) {
    assert!(statuses.contains(&answer.status), "{what}: {} {}", answer.status, answer.body);
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{what}");
    let problem = json(answer);
    assert_eq!(problem["status"], answer.status, "{what}");
    for member in ["type", "title", "detail", "trace_id"] {
        assert!(problem[member].is_string(), "{what} lacks {member}");
    }
}

on_each_database! {
    async fn identifiers(server: TestServer) {
        let long = "a".repeat(4000);
        for Operation { method, path, has_body, .. } in operations(server).await {
            if !path.contains('{') {
                continue;
            }
            for value in ["x", "%00", "%FF", "-1", "0", "app_", "usr_00000000000000000000000000", "%2e%2e", "'%20OR%201=1--", "null", long.as_str()] {
                let path = filled(&path, value);
                let body = has_body.then(|| ("application/json", b"{}".to_vec()));
                let answer = send(server, (&method, &path), body).await;
                assert_problem(&answer, &[404, 400], &format!("{method} {path:.80}"));
            }
        }
    }

    async fn bodies(server: TestServer) {
        let deep = [b"{\"a\":".repeat(2000), b"1".to_vec()].concat();
        let things = Things::make(server).await;
        for operation in operations(server).await.into_iter().filter(|it| it.has_body) {
            let method = &operation.method;
            let path = things.path(&operation).unwrap_or_else(|| panic!("{} is of nothing", operation.path));
            let etag = server.api().get(&path).await.headers.get("etag").cloned().unwrap_or_default();
            let headers: &[_] = if operation.takes("If-Match") { &[("if-match", etag.as_str())] } else { &[] };
            for (content_type, body, statuses) in [
                ("application/json", b"{".to_vec(), &[400][..]),
                ("application/json", b"\xff\xfe".to_vec(), &[400]),
                ("application/json", b"{\"\\ud800\": 1}".to_vec(), &[400]),
                ("application/json", b"{\"surprise\": 1}".to_vec(), &[400]),
                ("application/json", deep.clone(), &[400]),
                ("application/json", b"[]".to_vec(), &[422, 400]),
                ("application/json", b"7".to_vec(), &[422, 400]),
                ("application/json", b"null".to_vec(), &[422, 400]),
                ("text/html", b"{}".to_vec(), &[415]),
                ("application/x-www-form-urlencoded", b"a=b".to_vec(), &[415]),
                ("application/json", vec![b' '; 1024 * 1024 + 1], &[413]),
            ] {
                let shown = String::from_utf8_lossy(&body[..body.len().min(20)]).into_owned();
                let answer = send_with(server, (method, &path), headers, Some((content_type, body))).await;
                assert_problem(&answer, statuses, &format!("{method} {path} {content_type} {shown}"));
            }
            let now = server.api().get(&path).await.headers.get("etag").cloned().unwrap_or_default();
            assert_eq!(now, etag, "{method} {path}: nothing was changed");
        }
    }

    async fn versions_and_keys_are_asked_where_the_document_says_so(server: TestServer) {
        let things = Things::make(server).await;
        let json = |operation: &Operation| operation.has_body.then(|| ("application/json", b"{}".to_vec()));
        let mut operations = operations(server).await;
        // What is removed without further ado goes last: others still need it.
        operations.sort_by_key(|it| it.method == Method::DELETE && !it.takes("If-Match"));
        assert!(operations.iter().any(|it| it.takes("If-Match")) && operations.iter().any(|it| it.takes("Idempotency-Key")));
        for operation in &operations {
            let Some(path) = things.path(operation) else { continue };
            let what = format!("{} {path}", operation.method);
            let key = [("idempotency-key", "no key")];
            let keyed = send_with(server, (&operation.method, &path), &key, json(operation)).await;
            let refused = keyed.status == 400 && keyed.body.contains("invalid-key");
            assert_eq!(refused, operation.takes("Idempotency-Key"), "{what}: {}", keyed.body);
            if operation.takes("If-Match") {
                assert_problem(&keyed, &[428], &what);
                let stale = send_with(server, (&operation.method, &path), &[("if-match", "\"v99\"")], json(operation)).await;
                assert_problem(&stale, &[412], &what);
            } else {
                assert!(![412, 428].contains(&keyed.status), "{what}: {}", keyed.body);
            }
        }
    }

    async fn wrong_types_in_every_member(server: TestServer) {
        let document: Value = json(&server.get("/api/openapi.json").await);
        for (path, schema) in [("/applications", "CreateApplication"), ("/users", "CreateUser"), ("/resources", "CreateResource"), ("/api-keys", "CreateApiKey")] {
            let members = document["components"]["schemas"][schema]["properties"].as_object().cloned();
            let members = members.unwrap_or_else(|| panic!("no schema {schema}"));
            assert!(members.len() >= 3, "{schema}");
            for member in members.keys() {
                for value in ["{\"a\": {}}", "[[[]]]", "1e400", "-1", "99999999999999999999", "\"\\u0000\"", "true"] {
                    let body = format!("{{\"{member}\": {value}}}").into_bytes();
                    let answer = send(server, (&Method::POST, path), Some(("application/json", body))).await;
                    assert_problem(&answer, &[400, 422], &format!("{path} {member}={value}"));
                }
            }
        }
    }

    async fn queries(server: TestServer) {
        for Operation { method, path, has_body, .. } in operations(server).await {
            let path = filled(&path, "sandbox");
            for query in ["surprise=1", "%FF=1", "a=%FF", "=&=&=", "limit=x", "cursor=%00", &"a=1&".repeat(2000)] {
                let path = format!("{path}?{query}");
                let body = has_body.then(|| ("application/json", b"{}".to_vec()));
                let answer = send(server, (&method, &path), body).await;
                assert_problem(&answer, &[400], &format!("{method} {path:.80}"));
            }
        }
    }

    async fn every_code_of_a_problem_has_a_page(server: TestServer) {
        server.photos_api("jwt").await;
        let mut codes: Vec<String> = Vec::new();
        for (path, bodies) in [
            ("/applications", vec!["{}", r#"{"name":"","type":"x","environment":"y","redirect_uris":["x","https://a.test#b"],"policy_uri":"x"}"#]),
            ("/users", vec!["{}", r#"{"username":"a b","email":"x","password":"short","role":"x","status":"x"}"#]),
            ("/resources", vec!["{}", r#"{"identifier":"x","name":"x","token_format":"x","scopes":[{"name":"a b"},{"name":"openid"},{"name":"resource.read"}]}"#]),
            ("/api-keys", vec!["{}", r#"{"name":"a\nb","permissions":["x"],"expires_at":"2020-01-01T00:00:00Z"}"#]),
        ] {
            for body in bodies {
                let answer = send(server, (&Method::POST, path), Some(("application/json", body.as_bytes().to_vec()))).await;
                let problem = json(&answer);
                codes.push(problem["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
                let errors = problem["errors"].as_array().cloned().unwrap_or_default();
                codes.extend(errors.iter().map(|it| it["code"].as_str().unwrap().to_owned()));
            }
        }
        codes.sort();
        codes.dedup();
        assert!(codes.len() > 10, "{codes:?}");
        let mut missing = Vec::new();
        for code in codes {
            if server.get(&format!("/problems/{code}")).await.status != 200 {
                missing.push(code);
            }
        }
        assert_eq!(missing, Vec::<String>::new());
    }
}
