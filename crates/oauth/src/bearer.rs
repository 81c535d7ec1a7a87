//! The access token of a request, [RFC 6750 section 2] and [RFC 9449 section 7.1].
//!
//! [RFC 6750 section 2]: https://www.rfc-editor.org/rfc/rfc6750#section-2
//! [RFC 9449 section 7.1]: https://www.rfc-editor.org/rfc/rfc9449#section-7.1

use actix_web::{
    HttpRequest,
    http::{Method, header::AUTHORIZATION},
    web::Payload,
};
use engine::PresentedToken;
use protocol::{Parameters, TokenScheme};
use web::params::{MAX_LEN, read_form};

use crate::{
    dpop::dpop_request,
    failure::{BearerFailure, BearerFailureKind},
};

/// An access token, and the scheme that it came by.
pub(crate) struct SentToken {
    text: String,
    scheme: TokenScheme,
}

impl SentToken {
    /// The token with what `request`, which carries it, shows of its key.
    pub(crate) fn presented<'a>(&'a self, request: &'a HttpRequest) -> PresentedToken<'a> {
        PresentedToken { text: &self.text, scheme: self.scheme, dpop: dpop_request(request) }
    }
}

/// The token in the header, or in the form of a `POST`; in one place, never in the address.
pub(crate) async fn token(
    request: &HttpRequest,
    payload: Payload,
) -> Result<SentToken, BearerFailure> {
    find(request, payload).await.map_err(|kind| kind.in_answer_to(request))
}

async fn find(request: &HttpRequest, payload: Payload) -> Result<SentToken, BearerFailureKind> {
    let mut query = url::form_urlencoded::parse(request.query_string().as_bytes());
    if query.any(|(name, _)| name == "access_token") {
        return Err(BearerFailureKind::Malformed(
            "Send the access token in the Authorization header, not in the address.",
        ));
    }
    let in_header = from_header(request)?;
    let in_body = from_body(request, payload).await?;
    match (in_header, in_body) {
        (Some(_), Some(_)) => {
            Err(BearerFailureKind::Malformed("Send the access token in one place."))
        }
        (Some(token), None) => Ok(token),
        (None, Some(text)) => Ok(SentToken { text, scheme: TokenScheme::Bearer }),
        (None, None) => Err(BearerFailureKind::Missing),
    }
}

fn from_header(request: &HttpRequest) -> Result<Option<SentToken>, BearerFailureKind> {
    const MALFORMED: BearerFailureKind = BearerFailureKind::Malformed(
        "Send one Authorization header, as Bearer or DPoP and the token.",
    );
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let Some(header) = headers.next() else { return Ok(None) };
    let text = header.to_str().map_err(|_reason| MALFORMED)?;
    let Some((scheme, token)) = TokenScheme::of_header(text) else { return Ok(None) };
    if headers.next().is_some() || token.is_empty() || token.contains(' ') {
        return Err(MALFORMED);
    }
    Ok(Some(SentToken { text: token.to_owned(), scheme }))
}

async fn from_body(
    request: &HttpRequest,
    payload: Payload,
) -> Result<Option<String>, BearerFailureKind> {
    if request.method() != Method::POST {
        return Ok(None);
    }
    // A body of another kind holds no token, and an empty one says no kind.
    let Ok(body) = read_form(request.headers(), payload.into_inner(), MAX_LEN).await else {
        return Ok(None);
    };
    let parameters = Parameters::parse(&body)
        .map_err(|_reason| BearerFailureKind::Malformed("Send the parameters in UTF-8."))?;
    if parameters.repeated().is_some() {
        return Err(BearerFailureKind::Malformed("Send each parameter once."));
    }
    Ok(parameters.get("access_token").map(str::to_owned))
}
