//! What every operation asks before its handler runs: who calls, with which permission,
//! with which parameters and what body.

use actix_web::{
    Error, HttpMessage as _, HttpRequest, ResponseError as _,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::{Bytes, Data},
};
use service::{Call, Service};

use crate::{
    caller, idempotency,
    input::{
        Admitted, Query,
        body::{self, NoMembers},
    },
    operation::Operation,
    problem::{ApiProblem, Kind},
};

/// Lets a request of `operation` through to its handler, or answers it.
pub(crate) async fn gate(
    operation: &'static Operation,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let payload = request.take_payload();
    let (request, _taken) = request.into_parts();
    let admitted = match admit(operation, &request, payload).await {
        Ok(admitted) => admitted,
        Err(problem) => return Ok(ServiceResponse::new(request, problem.error_response())),
    };
    let key = match idempotency::key(operation, &request) {
        Ok(key) => key,
        Err(problem) => return Ok(ServiceResponse::new(request, problem.error_response())),
    };
    if let Some(key) = key {
        return idempotency::once(key, admitted, request, next).await;
    }
    request.extensions_mut().insert(admitted);
    let answer = next.call(ServiceRequest::from_request(request)).await?;
    Ok(answer.map_into_boxed_body())
}

/// Who calls, and what was sent.
async fn admit(
    operation: &Operation,
    request: &HttpRequest,
    payload: actix_web::dev::Payload,
) -> Result<Admitted, ApiProblem> {
    let call = caller::authenticate(request).await?;
    require(operation, &call)?;
    let query = Query::read(operation, request.query_string())?;
    let body = body::read(request.headers(), payload).await?;
    check_body(operation, request, &body)?;
    Ok(Admitted { call, query, body })
}

fn require(operation: &Operation, call: &Call) -> Result<(), ApiProblem> {
    if operation.decided_late { Ok(()) } else { Ok(call.require(operation.permission)?) }
}

fn check_body(
    operation: &Operation,
    request: &HttpRequest,
    body: &Bytes,
) -> Result<(), ApiProblem> {
    if operation.body.is_some() {
        return body::check_media_type(request.method(), request.headers());
    }
    if body.is_empty() {
        return Ok(());
    }
    body::parse::<NoMembers>(body).map(|_empty| ())
}

/// The service that the application holds.
pub(crate) fn service(request: &HttpRequest) -> Result<Data<Service>, ApiProblem> {
    request.app_data::<Data<Service>>().cloned().ok_or_else(|| {
        tracing::error!("the application holds no service");
        ApiProblem::new(Kind::Internal, "The server is not set up.")
    })
}
