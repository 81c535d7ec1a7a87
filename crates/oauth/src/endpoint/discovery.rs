//! `/.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{ACCESS_CONTROL_ALLOW_ORIGIN, CacheControl, CacheDirective},
    },
    web::Data,
};
use engine::Engine;
use protocol::ResponseFormat;

use crate::failure::{TokenFailure, TokenFailureKind};

/// How long keys and metadata may be kept; a removed key is trusted no longer than that.
const MAX_AGE_SECONDS: u32 = 300;

/// `GET` of the metadata document: [OpenID Connect Discovery section 4], [RFC 8414 section 3].
///
/// [OpenID Connect Discovery section 4]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
/// [RFC 8414 section 3]: https://www.rfc-editor.org/rfc/rfc8414#section-3
pub(crate) async fn discovery(
    request: HttpRequest,
    engine: Data<Engine>,
) -> Result<HttpResponse, TokenFailure> {
    only_get(&request)?;
    let document = engine.metadata().await.map_err(|error| {
        TokenFailureKind::unavailable(&error).in_answer_to(&request, ResponseFormat::Json)
    })?;
    let mut response = HttpResponse::Ok();
    response.insert_header(cacheable());
    response.insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
    Ok(response.json(document))
}

/// Tells other methods than `GET` and `HEAD` so.
pub(super) fn only_get(request: &HttpRequest) -> Result<(), TokenFailure> {
    if [Method::GET, Method::HEAD].contains(request.method()) {
        return Ok(());
    }
    Err(TokenFailureKind::MethodNotAllowed("GET").in_answer_to(request, ResponseFormat::Json))
}

/// Lets anyone keep a public document for a while.
pub(super) fn cacheable() -> CacheControl {
    CacheControl(vec![CacheDirective::Public, CacheDirective::MaxAge(MAX_AGE_SECONDS)])
}
