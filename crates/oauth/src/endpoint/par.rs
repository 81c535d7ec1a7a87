//! `/par`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::CONTENT_TYPE,
    web::{Data, Payload},
};
use engine::{
    Engine, Refusal,
    authorize::{self, PushRefusal},
};
use protocol::{ResponseFormat, TokenErrorCode};
use secrecy::ExposeSecret as _;
use web::request_facts;

use crate::{
    client::ClientRequest,
    dpop::dpop_request,
    failure::{TokenFailure, TokenFailureKind, no_store},
    format::Members,
};

/// `POST /par`, [RFC 9126 section 2]; other methods are told so.
///
/// [RFC 9126 section 2]: https://www.rfc-editor.org/rfc/rfc9126#section-2
pub(crate) async fn par(
    request: HttpRequest,
    payload: Payload,
    engine: Data<Engine>,
) -> Result<HttpResponse, TokenFailure> {
    let json = ResponseFormat::Json;
    let (sent, _format) = ClientRequest::read(&request, payload).await?;
    let pushed = authorize::push(
        &engine,
        &sent.credentials(),
        &dpop_request(&request),
        &request_facts(&request),
    )
    .await
    .map_err(|error| TokenFailureKind::unavailable(&error).in_answer_to(&request, json))?
    .map_err(|refusal| TokenFailureKind::from(refusal).in_answer_to(&request, json))?;

    let mut members = Members::default();
    members.text("request_uri", pushed.request_uri.expose_secret());
    members.number("expires_in", pushed.expires_in);
    let (content_type, body) = members.write(json);
    let mut response = HttpResponse::Created();
    response.insert_header((CONTENT_TYPE, content_type));
    no_store(&mut response);
    Ok(response.body(body))
}

impl From<PushRefusal> for TokenFailureKind {
    fn from(refusal: PushRefusal) -> Self {
        let description = refusal.description();
        match refusal {
            PushRefusal::Client(refusal) => {
                Self::refused(refusal.code(), description, refusal.retry_after_seconds())
            }
            PushRefusal::Dpop(refusal) => Refusal::from(refusal).into(),
            PushRefusal::TooMany { retry_after_seconds } => {
                let wait = Some(retry_after_seconds);
                Self::refused(TokenErrorCode::InvalidRequest, description, wait)
            }
            PushRefusal::Untrusted(_)
            | PushRefusal::Request(_)
            | PushRefusal::OtherKey
            | PushRefusal::RequestUri
            | PushRefusal::TooLong => Self::Request { code: refusal.code(), description },
        }
    }
}
