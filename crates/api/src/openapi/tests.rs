//! The document says what the routes do, in a form that tools and people can use.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::Value;

use super::*;

fn read() -> Value {
    serde_json::from_str(&document_json()).unwrap()
}

/// The answers of `operation` by status.
fn responses<'a>(document: &'a Value, operation: &'a Value) -> BTreeMap<&'a str, &'a Value> {
    let responses = operation["responses"].as_object().unwrap().iter();
    responses
        .map(|(status, it)| {
            let response = it["$ref"].as_str().map_or(it, |name| resolve(document, name));
            (status.as_str(), response)
        })
        .collect()
}

/// Method, path and operation of everything in the document.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((method.to_uppercase(), path.clone(), operation));
        }
    }
    operations
}

#[test]
fn the_committed_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/openapi.json");
    let committed = fs::read_to_string(path).unwrap_or_default();

    assert!(committed == document_json(), "run `cargo xtask openapi`");
}

#[test]
fn the_document_is_the_same_each_time() {
    let first = document_json();

    assert!((0..8).all(|_| document_json() == first));
}

#[test]
fn routes_and_document_hold_the_same() {
    let document = read();
    let described: BTreeSet<(String, String, String)> = operations(&document)
        .into_iter()
        .map(|(method, path, it)| (method, path, it["operationId"].as_str().unwrap().to_owned()))
        .collect();
    let routed: BTreeSet<(String, String, String)> = routes::all()
        .into_iter()
        .map(|it| (it.method.to_string(), format!("{BASE}{}", it.path), it.operation.id.to_owned()))
        .collect();

    assert_eq!(described, routed);
    let ids: BTreeSet<&str> = routes::all().into_iter().map(|it| it.operation.id).collect();
    assert_eq!(ids.len(), routed.len(), "an operationId is there twice");
}

#[test]
fn every_operation_is_told_whole() {
    let document = read();
    let tags: BTreeSet<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert!(tags.len() <= 24);
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        let summary = operation["summary"].as_str().unwrap();
        assert!((1..=60).contains(&summary.len()), "{name}: {summary}");
        let permission = operation["x-permission"].as_str().unwrap();
        assert!(permission.parse::<domain::Permission>().is_ok(), "{name}");
        let description = operation["description"].as_str().unwrap();
        assert!(description.contains(&format!("`{permission}`")), "{name}");
        assert!(description.len() > 60, "{name}: {description}");
        let own = operation["tags"].as_array().unwrap();
        assert!(own.len() == 1 && tags.contains(own[0].as_str().unwrap()), "{name}");
        assert!(operation["security"].as_array().is_some_and(|it| it.len() == 2), "{name}");
        assert!(permission.ends_with(":read") == (method == "GET"), "{name}: {permission}");
    }
}

#[test]
fn path_parameters_are_told() {
    for (method, path, operation) in operations(&read()) {
        let in_path: Vec<&str> =
            path.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}')).collect();
        let none = Vec::new();
        let told: Vec<&str> = operation["parameters"]
            .as_array()
            .unwrap_or(&none)
            .iter()
            .filter(|it| it["in"] == "path")
            .map(|it| {
                let schema = &it["schema"];
                assert!(schema["pattern"].is_string() || schema["enum"].is_array(), "{path}");
                it["name"].as_str().unwrap()
            })
            .collect();
        assert_eq!(told, in_path, "{method} {path}");
    }
}

#[test]
fn every_body_and_answer_has_an_example_that_fits_its_schema() {
    let document = read();
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        let mut contents: Vec<(&str, &Value)> = Vec::new();
        if let Some(content) = operation["requestBody"]["content"].as_object() {
            contents.extend(content.iter().map(|(kind, it)| (kind.as_str(), it)));
        }
        for (status, response) in responses(&document, operation) {
            assert!(response["description"].as_str().is_some_and(|it| !it.is_empty()), "{name}");
            let content = response["content"].as_object();
            assert!(content.is_some() || status == "204", "{name} {status}");
            contents.extend(content.into_iter().flatten().map(|(kind, it)| (kind.as_str(), it)));
        }
        for (kind, content) in contents {
            let problems = misfits(&document, &content["schema"], &content["example"], "#");
            assert_eq!(problems, Vec::<String>::new(), "{name} {kind}");
        }
    }
}

#[test]
fn every_refusal_is_a_problem_whose_pages_exist() {
    let document = read();
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        let mut refusals = responses(&document, operation);
        refusals.retain(|status, _| *status >= "400");
        for needed in ["400", "401", "403", "500", "503"] {
            assert!(refusals.contains_key(needed), "{name}: {needed}");
        }
        for (status, response) in refusals {
            let content = &response["content"]["application/problem+json"];
            assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem", "{name}");
            assert_eq!(content["example"]["status"].to_string(), status, "{name}");
            let text = response["description"].as_str().unwrap();
            let slugs: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
            assert!(!slugs.is_empty(), "{name} {status}");
            for slug in slugs {
                assert!(crate::problem::catalogue::find(slug).is_some(), "{name}: {slug}");
            }
        }
    }
}

/// That the server does as the document says is asked of a running one, in `tests/suite`.
#[test]
fn headers_and_the_answers_about_them_stand_together() {
    let has = |operation: &Value, header: &str| {
        operation["parameters"]
            .as_array()
            .is_some_and(|it| it.iter().any(|it| it["name"] == header))
    };
    for (method, path, operation) in operations(&read()) {
        let name = format!("{method} {path}");
        assert_eq!(has(operation, "Idempotency-Key"), method == "POST", "{name}");
        let is_versioned = has(operation, "If-Match");
        let responses = operation["responses"].as_object().unwrap();
        assert_eq!(responses.contains_key("412"), is_versioned, "{name}");
        assert_eq!(responses.contains_key("428"), is_versioned, "{name}");
        let has_body = operation["requestBody"].is_object();
        assert_eq!(responses.contains_key("415"), has_body, "{name}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let document = read();
    let text = document_json();
    let mut used = BTreeSet::new();
    for part in text.split("\"#/components/schemas/").skip(1) {
        used.insert(part.split('"').next().unwrap().to_owned());
    }
    let known: BTreeSet<String> =
        document["components"]["schemas"].as_object().unwrap().keys().cloned().collect();

    assert_eq!(used, known);
}

#[test]
fn bodies_take_nothing_unknown_and_tell_every_member() {
    let document = read();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(
            schema["description"].as_str().is_some_and(|it| !it.is_empty()),
            "{name} has no description"
        );
        for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
            let nullable = &schema["oneOf"][0];
            let is_told = schema["description"].is_string() || nullable["description"].is_string();
            assert!(is_told, "{name}/{member} has no description");
        }
    }
    for (method, path, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if let Some(reference) = schema["$ref"].as_str() {
            let schema = resolve(&document, reference);
            assert_eq!(schema["additionalProperties"], false, "{method} {path}");
        }
    }
}

fn resolve<'a>(document: &'a Value, reference: &str) -> &'a Value {
    document.pointer(reference.trim_start_matches('#')).unwrap()
}

/// Where `value` does not fit `schema`; as much of JSON Schema as the document uses.
fn misfits(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return misfits(document, resolve(document, reference), value, at);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = choices.iter().any(|it| misfits(document, it, value, at).is_empty());
        return if fits { Vec::new() } else { vec![format!("{at}: none of the choices")] };
    }
    let mut found = Vec::new();
    if !is_of_type(&schema["type"], value) {
        found.push(format!("{at}: {value} is not of type {}", schema["type"]));
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        found.push(format!("{at}: {value} is not among {values:?}"));
    }
    if let (Some(items), Some(entries)) = (schema.get("items"), value.as_array()) {
        for (index, entry) in entries.iter().enumerate() {
            found.extend(misfits(document, items, entry, &format!("{at}/{index}")));
        }
    }
    if let Some(members) = value.as_object() {
        found.extend(members_misfit(document, schema, members, at));
    }
    found
}

fn members_misfit(
    document: &Value,
    schema: &Value,
    members: &serde_json::Map<String, Value>,
    at: &str,
) -> Vec<String> {
    let mut found = Vec::new();
    for required in schema["required"].as_array().into_iter().flatten() {
        if !members.contains_key(required.as_str().unwrap()) {
            found.push(format!("{at}: {required} is missing"));
        }
    }
    let Some(properties) = schema["properties"].as_object() else { return found };
    for (name, value) in members {
        match properties.get(name) {
            Some(schema) => found.extend(misfits(document, schema, value, &format!("{at}/{name}"))),
            None => found.push(format!("{at}/{name} is not in the schema")),
        }
    }
    found
}

fn is_of_type(types: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    };
    match (types.as_str(), types.as_array()) {
        (Some(name), _) => is(name),
        (_, Some(names)) => names.iter().any(|it| is(it.as_str().unwrap())),
        (None, None) => true,
    }
}
