//! `/userinfo`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::Method,
    web::{Data, Payload},
};
use engine::Engine;

use crate::{
    bearer,
    failure::{BearerFailure, BearerFailureKind, no_store},
};

/// `GET` and `POST /userinfo`, [OpenID Connect Core section 5.3]; other methods are told so.
///
/// [OpenID Connect Core section 5.3]: https://openid.net/specs/openid-connect-core-1_0.html#UserInfo
pub(crate) async fn userinfo(
    request: HttpRequest,
    payload: Payload,
    engine: Data<Engine>,
) -> Result<HttpResponse, BearerFailure> {
    if ![Method::GET, Method::HEAD, Method::POST].contains(request.method()) {
        return Err(BearerFailureKind::MethodNotAllowed("GET, POST").in_answer_to(&request));
    }
    let token = bearer::token(&request, payload).await?;
    let claims = engine
        .userinfo(&token.presented(&request))
        .await
        .map_err(|error| BearerFailureKind::unavailable(&error).in_answer_to(&request))?
        .map_err(|refusal| BearerFailureKind::Refused(refusal).in_answer_to(&request))?;
    let mut response = HttpResponse::Ok();
    no_store(&mut response);
    Ok(response.json(claims))
}
