//! Answers that scripts of other origins may read, [the CORS protocol].
//!
//! Only where a browser app has to call, only for the origins of registered ones,
//! and never with cookies. `/authorize` has none of it: nobody fetches it.
//!
//! [the CORS protocol]: https://fetch.spec.whatwg.org/#http-cors-protocol

use actix_web::{
    Error, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
            ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN, VARY,
        },
    },
    middleware::Next,
    web::Data,
};
use engine::Engine;
use web::errors;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static("authorization, content-type, dpop");
const EXPOSED: HeaderValue =
    HeaderValue::from_static("www-authenticate, dpop-nonce, retry-after, x-request-id");
/// How long a browser may remember the answer to its question, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Answers the question that browsers ask first, and lets known origins read the rest.
pub(crate) async fn cors<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let Some(origin) = request.headers().get(ORIGIN).cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    };
    let is_known = is_known(&request, &origin).await;
    let asks_first = *request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if asks_first {
        let mut answer = HttpResponse::NoContent().finish();
        let headers = answer.headers_mut();
        if is_known {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
            headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
        let_read(headers, origin, is_known);
        return Ok(request.into_response(answer).map_into_right_body());
    }
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    if is_known {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    let_read(headers, origin, is_known);
    Ok(response.map_into_left_body())
}

fn let_read(headers: &mut HeaderMap, origin: HeaderValue, is_known: bool) {
    // No cache may give the answer for one origin to another.
    headers.append(VARY, HeaderValue::from_static("origin"));
    if is_known {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
}

/// A database that does not answer lets nobody read; the endpoint says what is wrong.
async fn is_known(request: &ServiceRequest, origin: &HeaderValue) -> bool {
    let (Some(engine), Ok(origin)) = (request.app_data::<Data<Engine>>(), origin.to_str()) else {
        return false;
    };
    engine.is_origin_of_a_client(origin).await.unwrap_or_else(|error| {
        tracing::error!(error = errors::chain(&error), "an origin could not be looked up");
        false
    })
}
