//! Control center and management API can do the same, or the document says what and why not.

use std::collections::BTreeSet;

use harness::{json, on_each_database};
use serde_json::Value;

/// The pages on which the control center offers the operations of a tag.
fn area(tag: &str) -> Option<&'static str> {
    match tag {
        "Applications" | "Clients" | "Client secrets" => Some("/console/applications"),
        "APIs" | "Scopes" => Some("/console/resources"),
        "Users" | "Tokens" | "Sessions" => Some("/console/users"),
        "Settings" => Some("/console/grants"),
        _ => None,
    }
}

/// Where links and forms of a page lead in the control center.
fn addresses(page: &str) -> BTreeSet<String> {
    let quoted = |name: &str| {
        let start = format!(" {name}=\"/console");
        let parts: Vec<String> = page.split(&start).skip(1).map(str::to_owned).collect();
        parts
    };
    let parts = quoted("href").into_iter().chain(quoted("action"));
    parts.map(|it| format!("/console{}", it.split(['"', '?', '#']).next().unwrap())).collect()
}

on_each_database! {
    async fn what_one_surface_alone_can_do_is_told_with_its_reason(server: TestServer) {
        let document: Value = json(&server.get("/api/openapi.json").await);
        let olivia = server.staff("olivia", "owner").await;
        olivia.enter_console().await;
        let pages = addresses(&olivia.visit("/console").await.body);
        assert!(pages.len() > 5, "{pages:?}");

        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let tag = operation["tags"][0].as_str().unwrap();
                match operation["x-api-only"].as_str() {
                    Some(reason) => assert!(reason.ends_with('.'), "{method} {path}: {reason}"),
                    None => assert!(
                        area(tag).is_some_and(|it| pages.contains(it)),
                        "{method} {path} is on no page and not marked x-api-only"
                    ),
                }
            }
        }
        let console_only: BTreeSet<&str> = document["x-console-only"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                assert!(it["reason"].as_str().is_some_and(|it| it.ends_with('.')), "{it}");
                it["page"].as_str().unwrap()
            })
            .collect();
        for page in &pages {
            let tags = document["tags"].as_array().unwrap().iter();
            let mut areas = tags.filter_map(|it| area(it["name"].as_str().unwrap()));
            assert!(
                areas.any(|it| page.starts_with(it)) || console_only.contains(page.as_str()),
                "{page} is of no operation and not listed as x-console-only"
            );
        }
        for page in console_only {
            assert!(pages.contains(page), "{page} is listed as x-console-only and not there");
        }
    }
}
