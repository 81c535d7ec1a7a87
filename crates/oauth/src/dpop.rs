//! What requests to this surface show of their key, [RFC 9449].
//!
//! [RFC 9449]: https://www.rfc-editor.org/rfc/rfc9449

use actix_web::{HttpRequest, web::Data};
use engine::{DpopRequest, Engine};
use web::dpop_proof;

/// What `request` shows of the key that it is made with.
pub(crate) fn dpop_request(request: &HttpRequest) -> DpopRequest<'_> {
    DpopRequest {
        method: request.method().as_str(),
        path: request.path(),
        proof: dpop_proof(request.headers()),
    }
}

/// The nonce that the sender of `request` is told, when `error` asks for one.
pub(crate) fn nonce_for(request: &HttpRequest, error: Option<&str>) -> Option<String> {
    let engine = request.app_data::<Data<Engine>>()?;
    (error == Some("use_dpop_nonce")).then(|| engine.dpop_nonce())
}
