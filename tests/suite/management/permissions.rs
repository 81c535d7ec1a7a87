//! Every operation of the document, asked by those who may not.

use harness::{Answer, Api, TestServer, json, on_each_database};
use reqwest::Method;
use serde_json::{Value, json};

/// One operation of the document.
#[derive(Debug)]
struct Operation {
    name: String,
    method: Method,
    path: String,
    permission: String,
}

/// Operations that answer whoever is known with what of it is theirs to see.
///
/// This list may only shrink.
const DECIDED_LATE: [&str; 2] = ["listAuditEvents", "getAuditEvent"];

async fn operations(server: &TestServer) -> Vec<Operation> {
    let document = json(&server.get("/api/openapi.json").await);
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            operations.push(Operation {
                name: operation["operationId"].as_str().unwrap().to_owned(),
                method,
                path: filled(path.strip_prefix("/api/v1").unwrap()),
                permission: operation["x-permission"].as_str().unwrap().to_owned(),
            });
        }
    }
    assert!(operations.len() >= 40, "the document holds {} operations", operations.len());
    operations
}

/// The path with something in the place of each parameter.
fn filled(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment {
        "{environment}" => "sandbox".to_owned(),
        it if it.starts_with('{') => "xyz_00000000000000000000000000".to_owned(),
        it => it.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

async fn call(api: &Api, operation: &Operation) -> Answer {
    let request =
        api.request(operation.method.clone(), &operation.path).header("if-match", "\"v1\"");
    let has_body = [Method::POST, Method::PUT, Method::PATCH].contains(&operation.method);
    api.send(if has_body { request.json(&json!({})) } else { request }).await
}

/// How many rows each table holds, but for the log of what was refused.
async fn census(server: &TestServer) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for (table, _) in server.rows().await {
        match counts.iter_mut().find(|(name, _)| *name == table) {
            Some((_, count)) => *count += 1,
            None => counts.push((table, 1)),
        }
    }
    counts.sort();
    counts
}

on_each_database! {
    async fn nobody_known_is_asked_for_credentials(server: TestServer) {
        let before = census(server).await;
        for operation in operations(server).await {
            for api in [server.anonymous(), server.api().with_bearer("cs_api_nonsense"), server.api().with_bearer("x")] {
                let answer = call(&api, &operation).await;

                assert_eq!(answer.status, 401, "{}: {}", operation.name, answer.body);
                assert!(answer.headers["www-authenticate"].starts_with("Bearer"), "{}", operation.name);
            }
        }
        assert_eq!(census(server).await, before);
    }

    async fn a_revoked_key_is_nobodys(server: TestServer) {
        let all: Vec<&str> = domain::Permission::ALL.iter().map(|it| it.as_str()).collect();
        let key = server.api().create("/api-keys", &json!({ "name": "x", "permissions": all })).await;
        let revoked = server.api().with_bearer(key["api_key"].as_str().unwrap());
        let path = format!("/api-keys/{}", key["id"].as_str().unwrap());
        assert_eq!(server.api().delete(&path).await.status, 204);

        for operation in operations(server).await {
            let answer = call(&revoked, &operation).await;
            assert_eq!(answer.status, 401, "{}: {}", operation.name, answer.body);
        }
    }

    async fn every_permission_but_the_one_that_is_needed_is_not_enough(server: TestServer) {
        let others = |lacking: &str| -> Vec<&'static str> {
            let all = domain::Permission::ALL.iter().map(|it| it.as_str());
            all.filter(|it| *it != lacking).collect()
        };
        let mut keys: Vec<(String, Api)> = Vec::new();
        for operation in operations(server).await {
            if DECIDED_LATE.contains(&operation.name.as_str()) {
                continue;
            }
            let permission = operation.permission.clone();
            if !keys.iter().any(|(name, _)| *name == permission) {
                let api = server.api_with(&others(&permission)).await;
                keys.push((permission.clone(), api));
            }
            let (_, api) = keys.iter().find(|(name, _)| *name == permission).unwrap();

            let answer = call(api, &operation).await;

            assert_eq!(answer.status, 403, "{}: {}", operation.name, answer.body);
            assert_eq!(json(&answer)["permission"], permission, "{}", operation.name);
        }
        assert!(keys.len() >= 15, "the document names {} permissions", keys.len());
    }

    async fn the_permission_that_is_named_is_enough(server: TestServer) {
        for operation in operations(server).await {
            let api = server.api_with(&[operation.permission.as_str()]).await;

            let answer = call(&api, &operation).await;

            assert!(![401, 403].contains(&answer.status), "{}: {} {}", operation.name, answer.status, answer.body);
            assert!(answer.status < 500, "{}: {}", operation.name, answer.body);
        }
    }

    async fn whoever_is_late_decided_sees_nothing_of_others(server: TestServer) {
        server.person("alice").await;
        let api = server.api_with(&["apps:read"]).await;

        let list = api.get("/audit-events").await;

        let events = json(&list)["data"].as_array().cloned().unwrap_or_default();
        assert!(list.status == 403 || events.is_empty(), "{}", list.body);
    }

    async fn every_permission_opens_something(server: TestServer) {
        // Signing keys are rotated by the command line in this version.
        const NOT_IN_THE_API: [&str; 2] = ["keys:read", "keys:write"];
        let named: Vec<String> = operations(server).await.into_iter().map(|it| it.permission).collect();
        for permission in domain::Permission::ALL {
            let is_named = named.iter().any(|it| it == permission.as_str());
            assert_eq!(is_named, !NOT_IN_THE_API.contains(&permission.as_str()), "{permission}");
        }
    }

    async fn the_document_lists_every_route(server: TestServer) {
        let document = json(&server.get("/api/openapi.json").await);
        let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
        for path in ["/applications", "/resources", "/users", "/settings/grants", "/consents", "/tokens", "/sessions", "/audit-events", "/api-keys"] {
            assert!(paths.iter().any(|it| it.ends_with(path)), "{path}");
        }
        let committed: Value = serde_json::from_str(include_str!("../../../openapi/openapi.json")).unwrap();
        assert_eq!(committed["paths"], document["paths"], "run cargo xtask openapi");
    }
}
