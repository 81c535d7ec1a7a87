//! Parameters of the protocol endpoints: each at most once, all of them text.

use std::{
    fmt,
    future::{Future, Ready, ready},
    pin::Pin,
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, ResponseError,
    body::{self, BodyStream},
    dev::Payload,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderMap},
    },
    web::Bytes,
};

/// The longest body or query that is read.
pub const MAX_LEN: usize = 64 * 1024;

/// The parameters that their specifications let a request repeat.
///
/// `resource`: [RFC 8707 section 2]; `audience`: [RFC 8693 section 2.1].
///
/// [RFC 8707 section 2]: https://www.rfc-editor.org/rfc/rfc8707#section-2
/// [RFC 8693 section 2.1]: https://www.rfc-editor.org/rfc/rfc8693#section-2.1
pub const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// The parameters of one request, in order.
///
/// A parameter without a value counts as left out, one that is sent twice is
/// refused ([RFC 6749 section 3.1]).
///
/// [RFC 6749 section 3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params {
    pairs: Vec<(String, String)>,
}

/// Why parameters were refused; what the sender is told is up to the endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// The named parameter was sent more than once.
    #[error("the parameter {0} was sent more than once")]
    Repeated(String),
    /// A name or value is not UTF-8.
    #[error("a parameter is not UTF-8")]
    NotUtf8,
    /// There is more than [`MAX_LEN`] to read, or it did not all arrive.
    #[error("the request is too large")]
    TooLarge,
    /// The body is not `application/x-www-form-urlencoded`.
    #[error("the content type must be application/x-www-form-urlencoded")]
    WrongContentType,
}

impl Params {
    /// Reads `application/x-www-form-urlencoded` text.
    ///
    /// # Errors
    ///
    /// When it is too long, not UTF-8, or repeats a parameter that may stand once.
    pub fn parse(encoded: &[u8]) -> Result<Self, ParamsError> {
        if encoded.len() > MAX_LEN {
            return Err(ParamsError::TooLarge);
        }
        let mut params = Self::default();
        for pair in encoded.split(|byte| *byte == b'&') {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            if value.is_empty() {
                continue;
            }
            if params.get(&name).is_some() && !REPEATABLE.contains(&name.as_str()) {
                return Err(ParamsError::Repeated(name));
            }
            params.pairs.push((name, value));
        }
        Ok(params)
    }

    /// The value of `name`; the first one where several are allowed.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(it, _)| *it == name).map(|(_, value)| value)
    }

    /// Every value of `name`, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(it, _)| *it == name).map(|(_, value)| value)
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

impl fmt::Debug for Params {
    /// The names alone: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Params")?;
        f.debug_list().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

/// Whether every name and value is text once it is decoded: UTF-8 without U+0000.
pub(crate) fn is_utf8(encoded: &[u8]) -> bool {
    encoded.split(|byte| matches!(byte, b'&' | b'=')).all(|part| decode(part).is_ok())
}

/// Undoes percent-encoding and `+`; a `%` that starts no escape stands for itself, as in browsers.
fn decode(encoded: &[u8]) -> Result<String, ParamsError> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    loop {
        rest = match rest {
            [] => break,
            [b'+', tail @ ..] => {
                bytes.push(b' ');
                tail
            }
            [b'%', high, low, tail @ ..]
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) =>
            {
                bytes.push(high << 4 | low);
                tail
            }
            [byte, tail @ ..] => {
                bytes.push(*byte);
                tail
            }
        };
    }
    match String::from_utf8(bytes) {
        // No database keeps this character in text, and no name or value needs it.
        Ok(text) if text.contains('\0') => Err(ParamsError::NotUtf8),
        Ok(text) => Ok(text),
        Err(_) => Err(ParamsError::NotUtf8),
    }
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
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
            Self::Repeated(_) | Self::NotUtf8 => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// The parameters of the body. Take `Result<FormParams, ParamsError>` to word the refusal.
#[derive(Debug)]
pub struct FormParams(pub Params);

impl FromRequest for FormParams {
    type Error = ParamsError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let body = read_form(request.headers(), payload, MAX_LEN).await?;
            Params::parse(&body).map(Self)
        })
    }
}

/// The parameters of the query. Take `Result<QueryParams, ParamsError>` to word the refusal.
#[derive(Debug)]
pub struct QueryParams(pub Params);

impl FromRequest for QueryParams {
    type Error = ParamsError;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Params::parse(request.query_string().as_bytes()).map(Self))
    }
}

#[cfg(test)]
mod tests;
