//! Requests of clients: one form, the client's proof, and nothing secret in the address.

use actix_web::{
    HttpRequest,
    http::{Method, header::AUTHORIZATION},
    web::{Bytes, Payload},
};
use engine::Credentials;
use protocol::{Parameters, ResponseFormat};
use web::{
    Params,
    params::{MAX_LEN, read_form},
};

use crate::failure::{TokenFailure, TokenFailureKind};

/// Parameters that would end up in the logs of everyone on the way.
const NEVER_IN_THE_QUERY: [&str; 8] = [
    "client_secret",
    "client_assertion",
    "code",
    "code_verifier",
    "password",
    "refresh_token",
    "token",
    "access_token",
];

/// What a client sent to `/token`, `/revoke` or `/introspect`.
#[derive(Debug)]
pub(crate) struct ClientRequest {
    /// The parameters of the body.
    pub(crate) parameters: Parameters,
    authorization: Option<String>,
}

impl ClientRequest {
    /// Reads the body of `request`; the format of errors is found even in a body
    /// that is refused.
    pub(crate) async fn read(
        request: &HttpRequest,
        payload: Payload,
    ) -> Result<(Self, ResponseFormat), TokenFailure> {
        let default = ResponseFormat::default();
        if request.method() != Method::POST {
            return Err(TokenFailureKind::MethodNotAllowed("POST").in_answer_to(request, default));
        }
        let body = read_form(request.headers(), payload.into_inner(), MAX_LEN).await;
        let body =
            body.map_err(|error| TokenFailureKind::from(error).in_answer_to(request, default))?;
        let format = format_of(&body);
        let shown = format.unwrap_or_default();
        Self::parse(request, &body)
            .and_then(|it| match format {
                Some(format) => Ok((it, format)),
                None => Err(TokenFailureKind::malformed(
                    "Send as format one of json, xml, urlencoded and query.",
                )),
            })
            .map_err(|kind| kind.in_answer_to(request, shown))
    }

    fn parse(request: &HttpRequest, body: &Bytes) -> Result<Self, TokenFailureKind> {
        let query = url::form_urlencoded::parse(request.query_string().as_bytes());
        for (name, _) in query {
            if let Some(name) = NEVER_IN_THE_QUERY.into_iter().find(|it| *it == name) {
                return Err(TokenFailureKind::malformed(format!(
                    "Send {name} in the body, not in the address."
                )));
            }
        }
        let params = Params::parse(body)?;
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Ok(Self {
            parameters: Parameters::from_pairs(params.iter().map(owned).collect()),
            authorization: authorization(request)?,
        })
    }

    /// Where the client's proof is.
    pub(crate) fn credentials(&self) -> Credentials<'_> {
        Credentials { authorization: self.authorization.as_deref(), parameters: &self.parameters }
    }
}

/// The one `Authorization` header; what is not text is no proof of anyone.
fn authorization(request: &HttpRequest) -> Result<Option<String>, TokenFailureKind> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let first = headers.next();
    if headers.next().is_some() {
        return Err(TokenFailureKind::malformed("Send the Authorization header once."));
    }
    Ok(first.map(|it| it.to_str().unwrap_or_default().to_owned()))
}

/// The format that a body asks for: the default where it asks for none, `None`
/// where it asks for one that does not exist.
fn format_of(body: &[u8]) -> Option<ResponseFormat> {
    let mut asked = url::form_urlencoded::parse(body)
        .filter(|(name, value)| name == "format" && !value.is_empty());
    match asked.next() {
        Some((_, name)) => name.parse().ok(),
        None => Some(ResponseFormat::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_found_before_the_body_is_understood() {
        for (body, format) in [
            ("", Some(ResponseFormat::Json)),
            ("format=", Some(ResponseFormat::Json)),
            ("a=1&a=2&format=xml", Some(ResponseFormat::Xml)),
            ("format=query", Some(ResponseFormat::UrlEncoded)),
            ("format=yaml", None),
            ("format=JSON", None),
        ] {
            assert_eq!(format_of(body.as_bytes()), format, "{body}");
        }
    }
}
