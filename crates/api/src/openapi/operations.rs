//! One operation of the document: parameters, body, answers, problems.

use std::{collections::BTreeMap, fmt::Write as _};

use domain::Permission;
use serde_json::{Value, json};
use utoipa::openapi::{
    ContentBuilder, Header, HeaderBuilder, KnownFormat, ObjectBuilder, Ref, RefOr, Required,
    Response, ResponseBuilder, Schema, SchemaFormat,
    extensions::ExtensionsBuilder,
    path::{self, OperationBuilder, ParameterBuilder, ParameterIn},
    request_body::{RequestBody, RequestBodyBuilder},
    schema::{SchemaType, Type},
};

use super::{list_name, security};
use crate::{
    idempotency::{IDEMPOTENCY_KEY, MAX_KEY_LEN, REPLAYED},
    input::IF_MATCH,
    operation::{Operation, Parameter, ParameterKind, Shape},
    problem::{
        ApiProblem, Kind, catalogue,
        present::{PROBLEM_JSON, ProblemJson},
    },
    schema,
};

/// The operation at `path`.
pub(super) fn describe(path: &str, operation: &Operation) -> path::Operation {
    let mut builder = OperationBuilder::new()
        .operation_id(Some(operation.id))
        .tag(operation.tag.name())
        .summary(Some(operation.summary))
        .description(Some(description(operation)));
    for parameter in path_parameters(path).chain(operation.parameters().map(query_parameter)) {
        builder = builder.parameter(parameter);
    }
    for parameter in headers(operation) {
        builder = builder.parameter(parameter);
    }
    let permission = operation.permission.as_str();
    let mut extensions = ExtensionsBuilder::new().add("x-permission", permission);
    if let Some(reason) = operation.api_only {
        extensions = extensions.add("x-api-only", reason);
    }
    builder
        .request_body(operation.body.map(|body| request_body(operation, &body)))
        .responses(responses(path, operation))
        .securities(Some(security::requirements(operation.permission)))
        .extensions(Some(extensions.build()))
        .build()
}

fn description(operation: &Operation) -> String {
    let mut text =
        format!("{}\n\nNeeds the permission `{}`.", operation.description, operation.permission);
    let mut add = |sentence: &str| {
        text.push(' ');
        text.push_str(sentence);
    };
    if operation.is_repeatable_by_key() {
        add(
            "With an `Idempotency-Key` it is carried out once, however often it is sent in 24 hours.",
        );
    }
    if operation.needs_version {
        add("Needs `If-Match` with the `ETag` that was read.");
    }
    text
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String))
}

fn path_parameters(path: &str) -> impl Iterator<Item = path::Parameter> {
    let names = path.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| {
        let (schema, description) = match name {
            "environment" => {
                (string().enum_values(Some(schema::Environment::values())), "Whose client.")
            }
            _ => (string().pattern(id_prefix(name).map(id_pattern)), "Which one."),
        };
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(description))
            .schema(Some(schema))
            .build()
    })
}

/// The prefix of the identifier that a part of a path is.
fn id_prefix(name: &str) -> Option<&'static str> {
    match name {
        "application_id" => Some("app"),
        "secret_id" => Some("sec"),
        "resource_id" => Some("res"),
        "scope_id" => Some("scp"),
        "user_id" => Some("usr"),
        "consent_id" => Some("con"),
        "token_id" => Some("gra"),
        "session_id" => Some("ses"),
        "event_id" => Some("evt"),
        "key_id" => Some("apk"),
        _ => None,
    }
}

fn id_pattern(prefix: &str) -> String {
    format!("^{prefix}_[0-9a-hjkmnp-tv-z]{{26}}$")
}

fn query_parameter(parameter: &Parameter) -> path::Parameter {
    let schema = match parameter.kind {
        ParameterKind::Text => string(),
        ParameterKind::Flag => ObjectBuilder::new().schema_type(SchemaType::new(Type::Boolean)),
        ParameterKind::Time => {
            string().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        }
        ParameterKind::Limit => ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Integer))
            .minimum(Some(1))
            .maximum(Some(200))
            .default(Some(json!(50))),
        ParameterKind::Id(prefix) => string().pattern(Some(id_pattern(prefix))),
        ParameterKind::OneOf(values) => string().enum_values(Some(values())),
        ParameterKind::Sort(keys) => {
            let both = keys.iter().flat_map(|key| [(*key).to_owned(), format!("-{key}")]);
            string().enum_values(Some(both))
        }
    };
    ParameterBuilder::new()
        .name(parameter.name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(parameter.description))
        .schema(Some(schema))
        .build()
}

fn headers(operation: &Operation) -> Vec<path::Parameter> {
    let header = |name: &str, description: &str, required, schema: ObjectBuilder| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(required)
            .description(Some(description))
            .schema(Some(schema))
            .build()
    };
    let mut headers = Vec::new();
    if operation.needs_version {
        let pattern = "^\"v[0-9]+(-[0-9a-f]+)?\"$";
        let schema = string().pattern(Some(pattern)).examples(["\"v3-9f86d081884c7d65\""]);
        let description =
            "The `ETag` of what was read, or the version in it alone, such as `\"v3\"`.";
        headers.push(header(IF_MATCH, description, Required::True, schema));
    }
    if operation.is_repeatable_by_key() {
        let schema = string().min_length(Some(1)).max_length(Some(MAX_KEY_LEN));
        let description = "A name for this request, such as a UUID; visible ASCII.";
        headers.push(header(IDEMPOTENCY_KEY, description, Required::False, schema));
    }
    headers
}

fn reference(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

fn request_body(operation: &Operation, body: &Shape) -> RequestBody {
    let content = || {
        ContentBuilder::new()
            .schema(Some(reference(&(body.name)())))
            .example(Some((body.example)()))
            .build()
    };
    let builder = RequestBodyBuilder::new().required(Some(Required::True));
    let is_patch = operation.id.starts_with("update");
    let builder = builder.content("application/json", content());
    if is_patch {
        builder.content("application/merge-patch+json", content()).build()
    } else {
        builder.build()
    }
}

fn responses(path: &str, operation: &Operation) -> utoipa::openapi::Responses {
    let mut responses = utoipa::openapi::ResponsesBuilder::new()
        .response(operation.status.as_str(), success(operation));
    for (status, kinds) in by_status(path, operation) {
        let response: RefOr<Response> = if kinds.contains(&Kind::Conflict) {
            problem(operation, &kinds).build().into()
        } else {
            RefOr::Ref(Ref::from_response_name(response_name(&kinds)))
        };
        responses = responses.response(status.to_string(), response);
    }
    responses.build()
}

/// The answers that operations share, by name.
pub(super) fn shared_responses(path: &str, operation: &Operation) -> Vec<(String, Response)> {
    let kinds = by_status(path, operation).into_values();
    kinds
        .filter(|kinds| !kinds.contains(&Kind::Conflict))
        .map(|kinds| (response_name(&kinds), problem(operation, &kinds).build()))
        .collect()
}

/// `UnauthorizedProblem`; where there are several kinds, one after the other.
fn response_name(kinds: &[Kind]) -> String {
    let mut name = String::new();
    for kind in kinds {
        let _ = write!(name, "{kind:?}");
    }
    name.push_str("Problem");
    name
}

fn success(operation: &Operation) -> ResponseBuilder {
    let mut response = ResponseBuilder::new().description(match operation.status.as_u16() {
        201 => "It was made.",
        204 => "It was done.",
        _ => "What was asked for.",
    });
    if let Some(answer) = &operation.answer {
        let (name, example) = if operation.is_list {
            let page = json!({ "next_cursor": "AbC9-_", "prev_cursor": null, "limit": 50 });
            (list_name(answer), json!({ "data": [(answer.example)()], "page": page }))
        } else {
            ((answer.name)(), (answer.example)())
        };
        let content = ContentBuilder::new().schema(Some(reference(&name))).example(Some(example));
        response = response.content("application/json", content.build());
    }
    let said = [
        (
            operation.has_version,
            "ETag",
            "The version and a digest of the answer; send it as `If-Match` to change it.",
        ),
        (operation.has_location, "Location", "The address of what was made."),
        (operation.is_list, "Link", "The addresses of the pages around, RFC 8288."),
        (
            operation.is_repeatable_by_key(),
            REPLAYED,
            "`true` when the request was carried out before.",
        ),
        (true, "X-Request-Id", "The name of the request; problems call it `trace_id`."),
    ];
    for (_, name, description) in said.into_iter().filter(|(is_said, ..)| *is_said) {
        response = response.header(name, text_header(description));
    }
    response
}

fn text_header(description: &str) -> Header {
    HeaderBuilder::new().schema(Some(string())).description(Some(description)).build()
}

/// The problems of an operation by their status.
fn by_status(path: &str, operation: &Operation) -> BTreeMap<u16, Vec<Kind>> {
    let mut by_status: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
    let mut kinds = operation.problems(path.contains('{'));
    if !operation.conflicts.is_empty() {
        kinds.push(Kind::Conflict);
    }
    for kind in kinds {
        by_status.entry(kind.status().as_u16()).or_default().push(kind);
    }
    by_status
}

fn problem(operation: &Operation, kinds: &[Kind]) -> ResponseBuilder {
    let mut description = String::new();
    for (slug, title) in slugs(operation, kinds) {
        let _ = writeln!(description, "- `{slug}`: {title}.");
    }
    let mut response = ResponseBuilder::new().description(description);
    if let Some(kind) = kinds.first() {
        let content = ContentBuilder::new()
            .schema(Some(reference("Problem")))
            .example(Some(example(operation, *kind)));
        response = response.content(PROBLEM_JSON, content.build());
    }
    for (_, name, description) in SAID.into_iter().filter(|(kind, ..)| kinds.contains(kind)) {
        response = response.header(name, text_header(description));
    }
    response
}

/// The headers that problems of some kinds have.
const SAID: [(Kind, &str, &str); 3] = [
    (Kind::Unauthorized, "WWW-Authenticate", "How to prove who you are."),
    (Kind::Stale, "ETag", "The version that is stored, without a digest."),
    (Kind::Unavailable, "Retry-After", "When to try again, in seconds."),
];

fn slugs(operation: &Operation, kinds: &[Kind]) -> Vec<(&'static str, &'static str)> {
    let mut slugs = Vec::new();
    for kind in kinds {
        if *kind == Kind::Conflict {
            let entries = operation.conflicts.iter().filter_map(|slug| catalogue::find(slug));
            slugs.extend(entries.map(|entry| (entry.slug, entry.title)));
        } else {
            slugs.push((kind.slug(), kind.title()));
        }
    }
    slugs
}

/// An example of a problem of this kind.
fn example(operation: &Operation, kind: Kind) -> Value {
    let conflict = operation.conflicts.first().and_then(|slug| catalogue::find(slug));
    let problem = match (kind, conflict) {
        (Kind::Forbidden, _) => ApiProblem::forbidden(Permission::AppsWrite),
        (Kind::NotFound, _) => ApiProblem::not_found("application"),
        (Kind::Conflict, Some(rule)) => {
            ApiProblem { slug: rule.slug, ..ApiProblem::new(kind, rule.cause) }
        }
        (kind, _) => ApiProblem::new(kind, format!("{}.", kind.title())),
    };
    let json = ProblemJson::of(problem, "https://id.example.com", "4bf92f3577b34da6");
    serde_json::to_value(json).unwrap_or_default()
}
