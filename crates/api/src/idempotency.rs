//! `Idempotency-Key`: what is sent twice happens once.

use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _,
    body::{self, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{CONTENT_TYPE, ETAG, HeaderValue, LOCATION},
    },
    middleware::Next,
    rt,
    web::{Bytes, Data},
};
use service::{
    Service,
    idempotency::{Begun, StoredAnswer, Ticket, abandon, begin, finish},
};
use web::WebConfig;

use crate::{
    answer::HoldsSecret,
    gate,
    input::Admitted,
    operation::Operation,
    problem::{ApiProblem, Extra, Kind},
};

/// The header as documents write it.
pub(crate) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// Says that an answer was given before.
pub(crate) const REPLAYED: &str = "Idempotency-Replayed";
/// The longest key.
pub(crate) const MAX_KEY_LEN: usize = 255;

/// The key of a request, where the operation takes one.
pub(crate) fn key(
    operation: &Operation,
    request: &HttpRequest,
) -> Result<Option<String>, ApiProblem> {
    if !operation.is_repeatable_by_key() {
        return Ok(None);
    }
    let mut values = request.headers().get_all("idempotency-key");
    let Some(value) = values.next() else { return Ok(None) };
    let is_key = |it: &&str| {
        (1..=MAX_KEY_LEN).contains(&it.len()) && it.bytes().all(|byte| matches!(byte, 0x21..=0x7e))
    };
    match (value.to_str().ok().filter(is_key), values.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => Err(ApiProblem::header(
            IDEMPOTENCY_KEY,
            "invalid-key",
            "Send one key of 1 to 255 visible ASCII characters, such as a UUID.",
        )),
    }
}

/// Carries the request out, unless one with this key was.
pub(crate) async fn once(
    key: String,
    mut admitted: Admitted,
    request: HttpRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let begun = match begun(&key, &admitted, &request).await {
        Ok(begun) => begun,
        Err(problem) => return Ok(ServiceResponse::new(request, problem.error_response())),
    };
    let (service, ticket) = match begun {
        Ok(first) => first,
        Err(response) => return Ok(ServiceResponse::new(request, response)),
    };
    admitted.call.claim = Some(ticket.claim());
    request.extensions_mut().insert(admitted);
    // A task of its own: who hangs up halfway leaves neither a half nor a key in flight.
    let task = rt::spawn(async move {
        let answer = next.call(ServiceRequest::from_request(request)).await?;
        Ok::<_, Error>(keep(&service, ticket, answer.map_into_boxed_body()).await)
    });
    match task.await {
        Ok(answer) => answer,
        Err(reason) => {
            tracing::error!(error = %reason, "a request with a key was not carried out");
            Err(ApiProblem::new(Kind::Internal, "The request was not carried out.").into())
        }
    }
}

type First = Result<(Data<Service>, Ticket), HttpResponse>;

/// The right to be the first, or the answer to whoever is not.
async fn begun(key: &str, admitted: &Admitted, request: &HttpRequest) -> Result<First, ApiProblem> {
    let service = gate::service(request)?;
    let digest = digest(request, &admitted.body)?;
    match begin(&service, &admitted.call, key, digest).await? {
        Begun::New(ticket) => Ok(Ok((service, ticket))),
        Begun::Replay(answer) => Ok(Err(replayed(answer))),
        Begun::OtherRequest => Err(ApiProblem::new(
            Kind::KeyReused,
            "This key was sent with another request in the last 24 hours. Use a new one.",
        )),
        Begun::InFlight => Err(ApiProblem::new(
            Kind::InFlight,
            "The first request with this key has not been answered yet. Try again shortly.",
        )
        .with_extra(Extra::RetryAfter(1))),
        Begun::SecretAlreadyReturned(answer) => Err(already_returned(answer)),
        Begun::AnswerLost(target) => Err(ApiProblem::new(
            Kind::AnswerLost,
            format!(
                "The request was carried out on {target}, but its answer got lost. Look there, and at its events in the audit log, before you send it with a new key."
            ),
        )),
    }
}

/// What two requests with one key must agree in.
fn digest(request: &HttpRequest, body: &Bytes) -> Result<[u8; 32], ApiProblem> {
    let config = request.app_data::<Data<WebConfig>>().ok_or_else(|| {
        tracing::error!("the application holds no configuration");
        ApiProblem::new(Kind::Internal, "The server is not set up.")
    })?;
    let head = format!("{} {}\n", request.method(), request.uri());
    Ok(config.handles.mac("idempotency", &[head.as_bytes(), body.as_ref()].concat()))
}

fn replayed(StoredAnswer { status, body, location }: StoredAnswer) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK));
    response.insert_header((REPLAYED, "true"));
    if let Some(location) = location {
        response.insert_header((LOCATION, location));
    }
    let Some((etag, json)) = body.as_deref().and_then(|it| it.split_once('\n')) else {
        return response.finish();
    };
    if !etag.is_empty() {
        response.insert_header((ETAG, etag));
    }
    response.insert_header((CONTENT_TYPE, "application/json")).body(json.to_owned())
}

fn already_returned(answer: StoredAnswer) -> ApiProblem {
    let problem = ApiProblem::new(
        Kind::SecretAlreadyReturned,
        "The first answer held a secret, of which only a digest is kept. If it got lost, revoke what was made and make another with a new key.",
    );
    match answer.location {
        Some(location) => problem.with_extra(Extra::Made(location)),
        None => problem,
    }
}

/// Keeps the answer of a request that was carried out; frees the key of one that was not.
/// Which it was says the record, not the answer: that of a commit may have got lost.
async fn keep(
    service: &Service,
    ticket: Ticket,
    answer: ServiceResponse<BoxBody>,
) -> ServiceResponse<BoxBody> {
    let (request, response) = answer.into_parts();
    if !response.status().is_success() {
        if let Err(problem) = abandon(service, ticket).await {
            tracing::error!(
                error = web::errors::chain(&problem),
                "an idempotency key was not freed"
            );
        }
        return ServiceResponse::new(request, response);
    }
    let holds_secret = response.extensions().get::<HoldsSecret>().is_some();
    let header = |name| {
        let value = response.headers().get(name).and_then(|it: &HeaderValue| it.to_str().ok());
        value.map(ToOwned::to_owned)
    };
    let (etag, location) = (header(ETAG).unwrap_or_default(), header(LOCATION));
    let status = response.status().as_u16();
    let (response, body) = response.into_parts();
    let bytes = body::to_bytes(body).await.unwrap_or_default();
    // The first line is the entity tag, which stands before the JSON as it does in the answer.
    let text = std::str::from_utf8(&bytes).ok().map(|json| format!("{etag}\n{json}"));
    let stored = StoredAnswer { status, body: text.filter(|_| !holds_secret), location };
    if let Err(problem) = finish(service, ticket, stored, holds_secret).await {
        tracing::error!(error = web::errors::chain(&problem), "an answer was not kept");
    }
    ServiceResponse::new(request, response.set_body(BoxBody::new(bytes)))
}
