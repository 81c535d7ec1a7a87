//! `/jwks`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ContentType},
    web::Data,
};
use engine::Engine;
use protocol::ResponseFormat;

use super::discovery::{cacheable, only_get};
use crate::failure::{TokenFailure, TokenFailureKind};

/// `GET /jwks`, [RFC 7517 section 5]: the public keys, those that will sign next included.
///
/// [RFC 7517 section 5]: https://www.rfc-editor.org/rfc/rfc7517#section-5
pub(crate) async fn jwks(
    request: HttpRequest,
    engine: Data<Engine>,
) -> Result<HttpResponse, TokenFailure> {
    only_get(&request)?;
    let set = engine.jwks().await.map_err(|error| {
        TokenFailureKind::unavailable(&error).in_answer_to(&request, ResponseFormat::Json)
    })?;
    let mut response = HttpResponse::Ok();
    response.insert_header(cacheable());
    response.insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
    response.insert_header(ContentType::json());
    Ok(response.body(set))
}
