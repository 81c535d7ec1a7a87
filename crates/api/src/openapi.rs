//! The document of the API, made from the list of routes.

mod operations;
mod security;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use actix_web::{
    HttpResponse,
    http::header::ContentType,
    web::{Bytes, Data},
};
use serde_json::json;
use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{
        ComponentsBuilder, HttpMethod, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi,
        OpenApiBuilder, PathItem, PathsBuilder, Ref, RefOr, Schema, ServerBuilder,
        extensions::ExtensionsBuilder,
        schema::{ArrayBuilder, RefBuilder, SchemaType, Type},
        server::Server,
        tag::TagBuilder,
    },
};
use web::WebConfig;

use crate::{
    answer::PageJson,
    operation::{Operation, Shape, Tag},
    problem::present::ProblemJson,
    routes::{self, BASE},
};

/// What every reader of the document should know first.
const INTRODUCTION: &str = "\
Manages applications, APIs, people and settings of this server.

**Calling.** Send `Authorization: Bearer` with an API key, or with an access token whose audience is the address of this API and whose scopes are the permissions that each operation names. Cookies do not count. An access token that is bound to a key comes as `Authorization: DPoP` with a proof in the header `DPoP` (RFC 9449).

**Changing.** `PATCH` takes a JSON merge patch (RFC 7396). Changes of things that have an `ETag` need it as `If-Match`, so that nobody's change is lost; the version in it alone, such as `\"v3\"`, will do. Members and parameters that an operation does not know are refused.

**Repeating.** `POST` takes an `Idempotency-Key`: the same request with the same key is carried out once in 24 hours, and its repetitions get the first answer with `Idempotency-Replayed: true`. An answer that held a secret is not repeated. A request that was refused leaves its key free.

**Lists.** Send `limit`, and `cursor` from `page` of the answer before; the header `Link` has the full addresses.

**Errors** are problem details (RFC 9457). `type` is the address of a page with cause, fix and example.

Identifiers have a prefix that says the kind. Times are RFC 3339 in UTC, durations are whole seconds. More members and more values of enumerations may come: take those that you know.";

/// What the control center can do and this API cannot, by page, with the reason.
///
/// Operations that the control center does not offer say so themselves, as `x-api-only`.
const CONSOLE_ONLY: [(&str, &str); 4] = [
    ("/console", "The overview only draws what the lists and the audit log of this API hold."),
    (
        "/console/search",
        "It finds out what kind of thing a pasted text names; whoever calls this API knows, and each list here has a filter.",
    ),
    ("/console/sign-out", "A caller of this API has no session."),
    ("/console/theme", "How pages look is a setting of the browser."),
];

/// The document of the server at `public_url`.
#[must_use]
pub fn document(public_url: &str) -> OpenApi {
    let info = InfoBuilder::new()
        .title("Countersign management API")
        .version("1.0.0")
        .description(Some(INTRODUCTION))
        .license(Some(
            LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build(),
        ));
    let tags = Tag::ALL
        .map(|tag| TagBuilder::new().name(tag.name()).description(Some(tag.description())).build());
    let server: Server = ServerBuilder::new().url(public_url).build();
    let components = security::add(components(), public_url);
    let console_only: Vec<_> = CONSOLE_ONLY
        .iter()
        .map(|(page, reason)| json!({ "page": page, "reason": reason }))
        .collect();
    let extensions = ExtensionsBuilder::new().add("x-console-only", json!(console_only));
    let mut document = OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([server]))
        .tags(Some(tags))
        .paths(paths())
        .components(Some(components.build()))
        .build();
    document.extensions = Some(extensions.build());
    document
}

/// The document as `openapi/openapi.json` has it: for any server, the same in every run.
#[must_use]
pub fn document_json() -> String {
    in_order(&document("/").to_pretty_json().unwrap_or_default())
}

/// Puts two extensions that stand beside each other, at the end of their object, in the order
/// of their names: they come out of a map that has none.
fn in_order(json: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in json.lines() {
        let is_extension = |line: &str| line.trim_start().starts_with("\"x-");
        match lines.last_mut().filter(|before| is_extension(before) && is_extension(line)) {
            Some(before) if line < before.as_str() => {
                let first = format!("{},", line.trim_end_matches(','));
                let second = std::mem::replace(before, first);
                lines.push(second.trim_end_matches(',').to_owned());
            }
            Some(_) | None => lines.push(line.to_owned()),
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

fn paths() -> utoipa::openapi::Paths {
    let mut paths = PathsBuilder::new();
    for path in routes::paths() {
        let mut item: Option<PathItem> = None;
        for entry in routes::all().into_iter().filter(|entry| entry.path == path) {
            let Some(method) = http_method(entry.method.as_str()) else { continue };
            let operation = operations::describe(path, entry.operation);
            let next = PathItem::new(method, operation);
            match &mut item {
                None => item = Some(next),
                Some(item) => item.merge_operations(next),
            }
        }
        if let Some(item) = item {
            paths = paths.path(format!("{BASE}{path}"), item);
        }
    }
    paths.build()
}

fn http_method(name: &str) -> Option<HttpMethod> {
    match name {
        "GET" => Some(HttpMethod::Get),
        "POST" => Some(HttpMethod::Post),
        "PUT" => Some(HttpMethod::Put),
        "PATCH" => Some(HttpMethod::Patch),
        "DELETE" => Some(HttpMethod::Delete),
        _ => None,
    }
}

/// Every schema and answer that an operation refers to, by name.
fn components() -> ComponentsBuilder {
    let mut schemas: Vec<(String, RefOr<Schema>)> = Vec::new();
    for entry in routes::all() {
        let Operation { body, answer, is_list, .. } = *entry.operation;
        for shape in [body, answer].into_iter().flatten() {
            (shape.schemas)(&mut schemas);
        }
        if let Some(item) = answer.filter(|_| is_list) {
            schemas.push((list_name(&item), list_schema(&item)));
        }
    }
    schemas.push((PageJson::name().into_owned(), PageJson::schema()));
    schemas.push((ProblemJson::name().into_owned(), ProblemJson::schema()));
    ProblemJson::schemas(&mut schemas);
    schemas.sort_by(|(a, _), (b, _)| a.cmp(b));
    schemas.dedup_by(|(a, _), (b, _)| a == b);
    let mut responses = Vec::new();
    for entry in routes::all() {
        responses.extend(operations::shared_responses(entry.path, entry.operation));
    }
    ComponentsBuilder::new().schemas_from_iter(schemas).responses_from_iter(responses)
}

fn list_name(item: &Shape) -> String {
    format!("{}List", (item.name)())
}

fn list_schema(item: &Shape) -> RefOr<Schema> {
    let data = ArrayBuilder::new()
        .items(RefOr::<Schema>::Ref(Ref::from_schema_name((item.name)())))
        .description(Some("The items, in the order of the list."));
    let page = RefBuilder::new()
        .ref_location_from_schema_name(PageJson::name())
        .description(Some("Where the list goes on."));
    let page = page.build();
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::Object))
        .description(Some("A page of a list."))
        .property("data", Schema::Array(data.build()))
        .required("data")
        .property("page", RefOr::<Schema>::Ref(page))
        .required("page")
        .into()
}

/// The document as it is sent, made at the first request.
pub(crate) struct Cache(OnceLock<Bytes>);

impl Cache {
    pub(crate) fn data() -> Data<Self> {
        Data::new(Self(OnceLock::new()))
    }
}

/// `GET /api/openapi.json`.
pub(crate) async fn serve(cache: Data<Cache>, config: Data<WebConfig>) -> HttpResponse {
    let body = cache.0.get_or_init(|| {
        let document = document(config.public_url.as_str().trim_end_matches('/'));
        Bytes::from(document.to_json().unwrap_or_default())
    });
    HttpResponse::Ok().content_type(ContentType::json()).body(body.clone())
}
