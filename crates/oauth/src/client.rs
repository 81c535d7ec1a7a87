//! Requests of clients: one form, the client's proof, and nothing secret in the address.

use actix_web::{
    HttpRequest,
    http::{Method, header::AUTHORIZATION},
    web::{Bytes, Payload},
};
use engine::Credentials;
use protocol::{Parameters, ResponseFormat};
use web::params::{MAX_LEN, read_form};

use crate::failure::{TokenFailure, TokenFailureKind};

/// Parameters that would end up in the logs of everyone on the way.
const NEVER_IN_THE_QUERY: [&str; 9] = [
    "client_secret",
    "client_assertion",
    "code",
    "code_verifier",
    "device_code",
    "password",
    "refresh_token",
    "token",
    "access_token",
];

/// What a client sent to `/token`, `/revoke`, `/introspect` or `/device_authorization`.
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
        let read = Self::parse(request, &body).and_then(|it| {
            let format = it.format()?;
            Ok((it, format))
        });
        read.map_err(|kind| {
            kind.in_answer_to(request, format_in_any_case(&body).unwrap_or_default())
        })
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
        let parameters = Parameters::parse(body)?;
        if let Some(name) = parameters.repeated() {
            return Err(TokenFailureKind::repeated(name));
        }
        Ok(Self { parameters, authorization: authorization(request)? })
    }

    fn format(&self) -> Result<ResponseFormat, TokenFailureKind> {
        let Some(name) = self.parameters.get("format") else {
            return Ok(ResponseFormat::default());
        };
        name.parse().map_err(|_unknown| {
            TokenFailureKind::malformed("Send as format one of json, xml, urlencoded and query.")
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

/// The format that a body asks for, even where the body is refused for something else.
fn format_in_any_case(body: &[u8]) -> Option<ResponseFormat> {
    url::form_urlencoded::parse(body)
        .find(|(name, value)| name == "format" && !value.is_empty())
        .and_then(|(_, name)| name.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_found_before_the_body_is_understood() {
        for (body, format) in [
            ("", None),
            ("format=", None),
            ("a=1&a=2&format=xml", Some(ResponseFormat::Xml)),
            ("format=query", Some(ResponseFormat::UrlEncoded)),
            ("format=yaml", None),
            ("format=JSON", None),
        ] {
            assert_eq!(format_in_any_case(body.as_bytes()), format, "{body}");
        }
    }
}
