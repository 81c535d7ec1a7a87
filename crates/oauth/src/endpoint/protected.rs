//! `/oauth/protected`, a sample of a resource that tokens open.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header::ContentType},
    web::{Data, Payload},
};
use engine::Engine;

use crate::{
    bearer,
    failure::{BearerFailure, BearerFailureKind, no_store},
};

/// The scope that opens it.
const SCOPE: &str = "resource.read";

/// `GET /oauth/protected`: what every API does with a token.
pub(crate) async fn protected(
    request: HttpRequest,
    payload: Payload,
    engine: Data<Engine>,
) -> Result<HttpResponse, BearerFailure> {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return Err(BearerFailureKind::MethodNotAllowed("GET").in_answer_to(&request));
    }
    let token = bearer::token(&request, payload).await?;
    engine
        .open_sample(&token.presented(&request), SCOPE)
        .await
        .map_err(|error| BearerFailureKind::unavailable(&error).in_answer_to(&request))?
        .map_err(|refusal| BearerFailureKind::Refused(refusal).in_answer_to(&request))?;
    let mut response = HttpResponse::Ok();
    no_store(&mut response);
    response.insert_header(ContentType::plaintext());
    Ok(response.body("Congrats! You've hit an OAuth protected resource"))
}
