//! Writes the body of every error under `/api`.

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{CONTENT_TYPE, HeaderValue},
    middleware::Next,
    web::Data,
};
use serde::Serialize;
use utoipa::ToSchema;
use web::{RequestId, WebConfig};

use super::{ApiProblem, Extra, Fault, Kind, Place};

/// The media type of problem details.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Problem details, RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemJson {
    /// The address of a page that tells cause, fix and example; also the stable name of the problem.
    #[schema(format = "uri", examples("https://id.example.com/problems/validation"))]
    r#type: String,
    /// What happened; the same for every occurrence.
    #[schema(examples("Some fields need a change"))]
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened this time and what to do about it.
    detail: String,
    /// The request as a URN.
    #[schema(format = "uri", examples("urn:trace:4bf92f3577b34da6"))]
    instance: String,
    /// The name of the request, as `X-Request-Id` and the audit log have it.
    trace_id: String,
    /// The permission that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = crate::schema::Permission, nullable = false)]
    permission: Option<&'static str>,
    /// Where what the first request made is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    location: Option<String>,
    /// The identifier of what the first request made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    id: Option<String>,
    /// What has to be changed, each with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FaultJson>,
}

/// One thing that has to be changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemError)]
pub(crate) struct FaultJson {
    /// Where it is in the body: a JSON pointer as a fragment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("#/redirect_uris/1"))]
    pointer: Option<String>,
    /// Which query parameter it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    parameter: Option<String>,
    /// Which header it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    header: Option<&'static str>,
    /// The stable name of the rule; `/problems/{code}` explains it.
    #[schema(examples("https-required"))]
    code: &'static str,
    /// A sentence for people.
    detail: String,
}

impl From<Fault> for FaultJson {
    fn from(Fault { place, code, detail }: Fault) -> Self {
        let (mut pointer, mut parameter, mut header) = (None, None, None);
        match place {
            Place::Pointer(it) => pointer = Some(it),
            Place::Parameter(it) => parameter = Some(it),
            Place::Header(it) => header = Some(it),
        }
        Self { pointer, parameter, header, code, detail }
    }
}

impl ProblemJson {
    /// `problem` as it is told in the request called `trace_id`.
    pub(crate) fn of(problem: ApiProblem, public_url: &str, trace_id: &str) -> Self {
        let ApiProblem { kind, slug, detail, faults, extra } = problem;
        let location = match &extra {
            Extra::Made(location) => Some(location.clone()),
            Extra::None
            | Extra::Permission(_)
            | Extra::Version(_)
            | Extra::RetryAfter(_)
            | Extra::Allow(_)
            | Extra::Challenge { .. } => None,
        };
        Self {
            r#type: format!("{}/problems/{slug}", public_url.trim_end_matches('/')),
            title: kind.title().to_owned(),
            status: kind.status().as_u16(),
            detail,
            instance: format!("urn:trace:{trace_id}"),
            trace_id: trace_id.to_owned(),
            permission: match extra {
                Extra::Permission(permission) => Some(permission.as_str()),
                Extra::None
                | Extra::Version(_)
                | Extra::RetryAfter(_)
                | Extra::Allow(_)
                | Extra::Made(_)
                | Extra::Challenge { .. } => None,
            },
            id: location.as_ref().and_then(|it| it.rsplit('/').next()).map(ToOwned::to_owned),
            location,
            errors: faults.into_iter().map(FaultJson::from).collect(),
        }
    }
}

/// The layer around everything under `/api`: no error leaves without problem details.
pub(crate) async fn present(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let answer = next.call(request).await?;
    let (request, response) = answer.into_parts();
    let response = worded(&request, response.map_into_boxed_body());
    Ok(ServiceResponse::new(request, response))
}

/// `response`, with problem details if it is an error that has none.
pub(crate) fn worded(request: &HttpRequest, response: HttpResponse) -> HttpResponse {
    let status = response.status();
    let content_type = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || content_type == Some(PROBLEM_JSON.as_bytes()) {
        return response;
    }
    let stated = response.extensions().get::<ApiProblem>().cloned();
    let problem = stated.unwrap_or_else(|| {
        let kind = Kind::of_status(status);
        ApiProblem::new(kind, format!("{}.", kind.title()))
    });
    let mut json = ProblemJson::of(problem, public_url(request), &trace_id(request));
    json.status = status.as_u16();
    let body = serde_json::to_vec(&json).unwrap_or_default();
    let mut response = response.set_body(BoxBody::new(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    response
}

/// Without a configuration the address is relative, which RFC 9457 allows.
fn public_url(request: &HttpRequest) -> &str {
    request.app_data::<Data<WebConfig>>().map_or("", |config| config.public_url.as_str())
}

fn trace_id(request: &HttpRequest) -> String {
    RequestId::of(request).map(|it| it.to_string()).unwrap_or_default()
}
