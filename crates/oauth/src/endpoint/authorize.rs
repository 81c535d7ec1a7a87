//! `/authorize`.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header::CONTENT_TYPE},
    web::{Bytes, Data},
};
use engine::{
    Engine,
    authorize::{self, Begun, PageRefusal},
};
use protocol::Parameters;
use serde::Serialize;
use web::{Page, PageError, WebConfig, render};

use crate::{
    interaction::{Browser, unavailable},
    redirect,
};

/// The longest query and the longest body.
pub(crate) const MAX_QUERY: usize = 16 * 1024;
const MAX_BODY: usize = 64 * 1024;

#[derive(Serialize)]
struct AuthorizationErrorPage {
    title: &'static str,
    text: &'static str,
    advice: &'static str,
    code: &'static str,
}

impl Page for AuthorizationErrorPage {
    const TEMPLATE: &'static str = "interaction/authorization_error.html";
}

/// `GET` and `POST /authorize`, [RFC 6749 section 3.1].
///
/// [RFC 6749 section 3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1
pub(crate) async fn authorize(
    request: HttpRequest,
    body: Bytes,
    engine: Data<Engine>,
    config: Data<WebConfig>,
) -> Result<HttpResponse, PageError> {
    let Some(parameters) = read(&request, &body) else {
        return Ok(refuse(&request, PageRefusal::Unreadable));
    };
    let browser = Browser::of(&request, &config);
    let visitor = browser.visitor(&request);
    let begun = authorize::begin(&engine, &parameters, &visitor).await.map_err(unavailable)?;
    Ok(match begun {
        Begun::Refused(refusal) => refuse(&request, refusal),
        Begun::Answered(response) => redirect::to_client(&request, &response),
        Begun::LogIn(handle) => {
            let mut response = redirect::to_login_of(&handle);
            browser.remember(&config, &mut response);
            response
        }
        Begun::Consent(handle) => {
            let mut response = redirect::to_consent_of(&handle);
            browser.remember(&config, &mut response);
            response
        }
        Begun::TooMany { retry_after_seconds } => {
            let retry_after = Duration::from_secs(retry_after_seconds.into());
            return Err(PageError::TooManyRequests { retry_after });
        }
    })
}

/// The page at the requested address: whether there is a client to tell is not known.
fn refuse(request: &HttpRequest, refusal: PageRefusal) -> HttpResponse {
    let page = AuthorizationErrorPage {
        title: "Authorization error",
        text: refusal.text(),
        advice: refusal.advice(),
        code: refusal.code().as_str(),
    };
    render(request, &page, StatusCode::BAD_REQUEST)
}

/// The parameters of query and body together, so that one that is split over both
/// counts as repeated.
pub(crate) fn read(request: &HttpRequest, body: &[u8]) -> Option<Parameters> {
    let query = request.query_string();
    if query.len() > MAX_QUERY || body.len() > MAX_BODY {
        return None;
    }
    let mut parameters = Parameters::parse(query.as_bytes()).ok()?;
    if request.method() == Method::POST {
        let content_type = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return None;
        }
        parameters.append(Parameters::parse(body).ok()?);
    }
    Some(parameters)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn post(query: &str, content_type: &str, body: &[u8]) -> Option<Parameters> {
        let request = TestRequest::post()
            .uri(&format!("/authorize?{query}"))
            .insert_header((CONTENT_TYPE, content_type));
        read(&request.to_http_request(), body)
    }

    const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

    #[test]
    fn a_parameter_split_over_query_and_body_is_repeated() {
        let parameters = post("client_id=a", FORM, b"client_id=a&state=s").unwrap();

        assert!(parameters.is_repeated("client_id"));
        assert_eq!(parameters.get("state"), Some("s"));
    }

    #[test]
    fn only_utf_8_forms_of_a_reasonable_length_are_read() {
        assert!(post("", FORM, b"state=%C3%A4").is_some());
        assert!(post("", FORM, b"state=%FF").is_none());
        assert!(post("", "text/plain", b"state=s").is_none());
        assert!(post("", FORM, &vec![b'a'; MAX_BODY + 1]).is_none());
        assert!(post(&"a".repeat(MAX_QUERY + 1), FORM, b"").is_none());
    }
}
