//! `/revoke`.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use engine::Engine;
use protocol::ResponseFormat;
use web::request_facts;

use crate::{
    client::ClientRequest,
    failure::{TokenFailure, TokenFailureKind, no_store},
};

/// `POST /revoke`, [RFC 7009 section 2]; other methods are told so.
///
/// [RFC 7009 section 2]: https://www.rfc-editor.org/rfc/rfc7009#section-2
pub(crate) async fn revoke(
    request: HttpRequest,
    payload: Payload,
    engine: Data<Engine>,
) -> Result<HttpResponse, TokenFailure> {
    let json = ResponseFormat::Json;
    let (sent, _format) = ClientRequest::read(&request, payload).await?;
    engine
        .revoke(&sent.credentials(), &request_facts(&request))
        .await
        .map_err(|error| TokenFailureKind::unavailable(&error).in_answer_to(&request, json))?
        .map_err(|refusal| TokenFailureKind::from(refusal).in_answer_to(&request, json))?;
    let mut response = HttpResponse::Ok();
    no_store(&mut response);
    Ok(response.finish())
}
