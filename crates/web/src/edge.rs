//! The outermost layer: every request gets a name, every answer its headers, every error a page.

use std::{
    future::{Future, Ready, poll_fn, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    cookie::Cookie,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
    error::InternalError,
    http::header::{HeaderMap, HeaderName, HeaderValue, SET_COOKIE},
    web::Data,
};

use crate::{
    PageError, Pages, RedirectOrigin, WebConfig, access_log, cookies, errors, flash,
    outline::Outline,
    request_id::RequestIds,
    security_headers,
    session::{self, Remembered},
};

/// When a request that the session store failed may be tried again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The outermost layer of the application; wrap it last.
///
/// Names the request, finds who sent it, words what nobody worded, adds the
/// security headers and pending cookies, and writes the access log.
#[derive(Clone)]
pub struct Edge {
    config: Data<WebConfig>,
    pages: Data<Pages>,
}

impl Edge {
    /// The layer for an application of this configuration.
    #[must_use]
    pub const fn new(config: Data<WebConfig>, pages: Data<Pages>) -> Self {
        Self { config, pages }
    }

    /// What goes out: errors as pages, then headers, then the log.
    fn finish(&self, outline: &Outline, extras: &Extras, response: HttpResponse) -> HttpResponse {
        let mut response = if errors::needs_page(&response) {
            errors::present(&self.config, &self.pages, outline, response)
        } else {
            response
        };
        for cookie in &extras.cookies {
            if response.add_cookie(cookie).is_err() {
                tracing::error!(cookie = cookie.name(), "a cookie could not be written");
            }
        }
        let headers = response.headers_mut();
        if let Some(Remembered(name)) = &extras.remembered {
            outlive_window(headers, name);
        }
        let redirect = extras.redirect.as_ref();
        let nonce = || outline.nonce(&self.config);
        security_headers::apply(headers, &self.config, nonce, redirect);
        if let Ok(id) = HeaderValue::from_str(outline.id.as_str()) {
            headers.insert(X_REQUEST_ID, id);
        }
        access_log::write(outline, response.status(), self.config.clock.now());
        response
    }
}

/// What handlers asked to have sent along.
#[derive(Default)]
struct Extras {
    redirect: Option<RedirectOrigin>,
    cookies: Vec<Cookie<'static>>,
    remembered: Option<Remembered>,
}

impl Extras {
    fn of(config: &WebConfig, request: &HttpRequest) -> Self {
        let flash = flash::cookie(config, request);
        let mut extensions = request.extensions_mut();
        let pending = extensions.remove::<cookies::Pending>().unwrap_or_default();
        Self {
            redirect: extensions.remove(),
            remembered: extensions.remove(),
            cookies: pending.0.into_iter().chain(flash).collect(),
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Edge
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = EdgeService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let around = Around { service, edge: self.clone(), ids: RequestIds::default() };
        ready(Ok(EdgeService(Rc::new(around))))
    }
}

/// [`Edge`] around a service.
pub struct EdgeService<S>(Rc<Around<S>>);

struct Around<S> {
    service: S,
    edge: Edge,
    ids: RequestIds,
}

impl<S, B> Service<ServiceRequest> for EdgeService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<ServiceResponse, Error>>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0.service.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let around = Rc::clone(&self.0);
        Box::pin(async move {
            let Around { service, edge, ids } = &*around;
            let id = ids.next(&*edge.config.entropy);
            let outline = Outline::begin(&edge.config, id, &request);
            let failed = match guarded(async move { service.call(request).await }).await {
                Ok(Ok(answer)) => {
                    let (request, response) = answer.into_parts();
                    let extras = Extras::of(&edge.config, &request);
                    let response = response.map_into_boxed_body();
                    let response = edge.finish(&outline, &extras, response);
                    return Ok(ServiceResponse::new(request, response));
                }
                Ok(Err(error)) if session::is_failure(&error) => {
                    PageError::Unavailable { retry_after: RETRY_AFTER }.error_response()
                }
                Ok(Err(error)) => error.error_response(),
                Err(Panicked) => {
                    tracing::error!(request_id = outline.id.as_str(), "a handler panicked");
                    PageError::Internal.error_response()
                }
            };
            let response: HttpResponse<BoxBody> = edge.finish(&outline, &Extras::default(), failed);
            Err(InternalError::from_response("answered at the edge", response).into())
        })
    }
}

/// Gives the session cookie an end: its middleware knows one lifetime for all.
fn outlive_window(headers: &mut HeaderMap, name: &str) {
    let prefix = format!("{name}=");
    let cookies: Vec<HeaderValue> = headers.remove(SET_COOKIE).collect();
    for cookie in cookies {
        let text = cookie.to_str().ok().filter(|it| it.starts_with(&prefix));
        let longer = text
            .map(|it| format!("{it}; Max-Age={}", session::REMEMBERED.whole_seconds()))
            .and_then(|it| HeaderValue::from_str(&it).ok());
        headers.append(SET_COOKIE, longer.unwrap_or(cookie));
    }
}

struct Panicked;

/// What `work` gives; its panic is told instead of passed on.
async fn guarded<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    let mut work = pin!(work);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.map_or(Poll::Ready(Err(Panicked)), |polled| polled.map(Ok))
    })
    .await
}

#[cfg(test)]
mod tests;
