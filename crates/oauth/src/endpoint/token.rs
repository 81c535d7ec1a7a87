//! `/token`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::CONTENT_TYPE,
    web::{Data, Payload},
};
use engine::{Engine, TokenResponse};
use protocol::ResponseFormat;
use secrecy::ExposeSecret;
use web::{DPOP_NONCE, request_facts};

use crate::{
    client::ClientRequest,
    dpop::dpop_request,
    failure::{TokenFailure, TokenFailureKind, no_store},
    format::Members,
};

/// `POST /token`, [RFC 6749 section 3.2]; other methods are told so.
///
/// [RFC 6749 section 3.2]: https://www.rfc-editor.org/rfc/rfc6749#section-3.2
pub(crate) async fn token(
    request: HttpRequest,
    payload: Payload,
    engine: Data<Engine>,
) -> Result<HttpResponse, TokenFailure> {
    let (sent, format) = ClientRequest::read(&request, payload).await?;
    let answer = engine
        .token(&sent.credentials(), &dpop_request(&request), &request_facts(&request))
        .await
        .map_err(|error| TokenFailureKind::unavailable(&error).in_answer_to(&request, format))?
        .map_err(|refusal| TokenFailureKind::from(refusal).in_answer_to(&request, format))?;
    Ok(respond(&answer, format))
}

/// A token response, [RFC 6749 section 5.1].
///
/// [RFC 6749 section 5.1]: https://www.rfc-editor.org/rfc/rfc6749#section-5.1
fn respond(answer: &TokenResponse, format: ResponseFormat) -> HttpResponse {
    let scope = answer.scope.to_string();
    let mut members = Members::default();
    members.text("access_token", answer.access_token.expose_secret());
    members.text("token_type", answer.token_type.as_str());
    members.number("expires_in", answer.expires_in);
    members
        .text_if("refresh_token", answer.refresh_token.as_ref().map(ExposeSecret::expose_secret));
    members.text_if("scope", (!scope.is_empty()).then_some(scope.as_str()));
    members.text_if("id_token", answer.id_token.as_ref().map(ExposeSecret::expose_secret));
    let (content_type, body) = members.write(format);

    let mut response = HttpResponse::Ok();
    if let Some(nonce) = &answer.dpop_nonce {
        response.insert_header((DPOP_NONCE, nonce.as_str()));
    }
    response.insert_header((CONTENT_TYPE, content_type));
    no_store(&mut response);
    response.body(body)
}
