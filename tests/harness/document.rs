//! Holds every answer of the management API against its document.

use std::sync::OnceLock;

use ::server::demo::Answer;
use reqwest::Method;
use serde_json::Value;

/// Asserts that the document lists the status of `answer`, and for a problem its name too,
/// where it knows the operation.
#[track_caller]
pub(crate) fn check(method: &Method, path: &str, answer: &Answer) {
    let document = document();
    let Some(operation) = operation(document, method, path) else { return };
    let name = format!("{} {method} {path}", operation["operationId"]);
    let listed = &operation["responses"][answer.status.to_string()];
    assert!(listed.is_object(), "{name} does not list {}: {}", answer.status, answer.body);
    if answer.status < 400 || method == Method::HEAD {
        return;
    }
    let listed = match listed["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => listed,
    };
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    let slug = problem["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let described = listed["description"].as_str().unwrap();
    assert!(
        described.contains(&format!("`{slug}`")),
        "{name} does not list {} {slug}: {described}",
        answer.status
    );
}

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    // A test beside the routes holds the committed document against them.
    let committed = include_str!("../../openapi/openapi.json");
    DOCUMENT.get_or_init(|| serde_json::from_str(committed).unwrap())
}

/// The operation at `path`; none where the address or the method is not the API's.
fn operation<'a>(document: &'a Value, method: &Method, path: &str) -> Option<&'a Value> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let fits = |template: &str| {
        let (mut template, mut path) = (template.split('/'), path.split('/'));
        let fit = template
            .by_ref()
            .zip(path.by_ref())
            .all(|(part, it)| part == it || part.starts_with('{') && !it.is_empty());
        fit && template.next().is_none() && path.next().is_none()
    };
    let paths = document["paths"].as_object()?;
    let (_, item) = paths.iter().find(|(template, _)| fits(template))?;
    item.get(method.as_str().to_lowercase())
}
