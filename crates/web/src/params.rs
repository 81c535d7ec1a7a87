//! Bodies of protocol endpoints: forms, and no more of them than is reasonable.

use actix_web::{
    HttpResponse, ResponseError,
    body::{self, BodyStream},
    dev::Payload,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderMap},
    },
    web::Bytes,
};
use protocol::form_decode;

/// The longest body that is read.
pub const MAX_LEN: usize = 64 * 1024;

/// Why a body was not read; what the sender is told is up to the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// There is more than [`MAX_LEN`] to read, or it did not all arrive.
    #[error("the request is too large")]
    TooLarge,
    /// The body is not `application/x-www-form-urlencoded`.
    #[error("the content type must be application/x-www-form-urlencoded")]
    WrongContentType,
}

/// Whether every name and value is text once it is decoded.
pub(crate) fn is_text(encoded: &[u8]) -> bool {
    encoded.split(|byte| matches!(byte, b'&' | b'=')).all(|part| form_decode(part).is_some())
}

/// Whether the body is a form in UTF-8.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        && parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
            !name.eq_ignore_ascii_case("charset")
                || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}

/// Reads a form body of at most `limit` bytes.
///
/// # Errors
///
/// When it is no form, or too large.
pub async fn read_form(
    headers: &HeaderMap,
    payload: Payload,
    limit: usize,
) -> Result<Bytes, ParamsError> {
    if !is_form(headers) {
        return Err(ParamsError::WrongContentType);
    }
    match body::to_bytes_limited(BodyStream::new(payload), limit).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) | Err(_) => Err(ParamsError::TooLarge),
    }
}

impl ResponseError for ParamsError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

#[cfg(test)]
mod tests;
