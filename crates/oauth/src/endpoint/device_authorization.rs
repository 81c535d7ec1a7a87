//! `/device_authorization`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::CONTENT_TYPE,
    web::{Data, Payload},
};
use engine::{
    Engine,
    device::{self, DeviceResponse},
};
use protocol::ResponseFormat;
use secrecy::ExposeSecret as _;
use web::request_facts;

use crate::{
    client::ClientRequest,
    failure::{TokenFailure, TokenFailureKind, no_store},
    format::Members,
};

/// `POST /device_authorization`, [RFC 8628 section 3.1]; other methods are told so.
///
/// [RFC 8628 section 3.1]: https://www.rfc-editor.org/rfc/rfc8628#section-3.1
pub(crate) async fn device_authorization(
    request: HttpRequest,
    payload: Payload,
    engine: Data<Engine>,
) -> Result<HttpResponse, TokenFailure> {
    let (sent, format) = ClientRequest::read(&request, payload).await?;
    let answer = device::ask(&engine, &sent.credentials(), &request_facts(&request))
        .await
        .map_err(|error| TokenFailureKind::unavailable(&error).in_answer_to(&request, format))?
        .map_err(|refusal| TokenFailureKind::from(refusal).in_answer_to(&request, format))?;
    Ok(respond(&answer, format))
}

/// A device authorization response, [RFC 8628 section 3.2].
///
/// [RFC 8628 section 3.2]: https://www.rfc-editor.org/rfc/rfc8628#section-3.2
fn respond(answer: &DeviceResponse, format: ResponseFormat) -> HttpResponse {
    let user_code = answer.user_code.shown();
    let mut members = Members::default();
    members.text("device_code", answer.device_code.expose_secret());
    members.text("user_code", &user_code);
    members.text("verification_uri", &answer.verification_uri);
    members.text("verification_uri_complete", &answer.verification_uri_complete);
    members.number("expires_in", answer.expires_in);
    members.number("interval", answer.interval);
    let (content_type, body) = members.write(format);

    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, content_type));
    no_store(&mut response);
    response.body(body)
}
