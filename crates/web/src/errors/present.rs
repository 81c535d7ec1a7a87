//! The words of each error, as a page or as problem details.

use actix_web::{
    HttpResponse,
    body::BoxBody,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use serde::Serialize;

use super::{PageError, chain};
use crate::{Page, Pages, WebConfig, outline::Outline, template::Site};

/// The page of one error.
#[derive(Serialize)]
struct ErrorPage {
    kind: &'static str,
    label: &'static str,
    heading: &'static str,
    text: String,
    next: &'static str,
    permission: Option<&'static str>,
    way_on: Option<WayOn>,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error/page.html";
}

#[derive(Serialize)]
struct WayOn {
    href: &'static str,
    label: &'static str,
}

/// Problem details, [RFC 9457 section 3].
///
/// [RFC 9457 section 3]: https://www.rfc-editor.org/rfc/rfc9457#section-3
#[derive(Serialize)]
struct ProblemDetails<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    instance: String,
    trace_id: &'a str,
}

/// Whether `response` is an error that nobody has worded.
///
/// An endpoint that answers a challenge without a body means it.
pub(crate) fn needs_page(response: &HttpResponse) -> bool {
    let status = response.status();
    let content_type = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_unworded = content_type.is_none_or(|it| it.starts_with(b"text/plain"));
    (status.is_client_error() || status.is_server_error())
        && is_unworded
        && !response.headers().contains_key(WWW_AUTHENTICATE)
}

/// Words the error that `response` is; its status and other headers stay.
pub(crate) fn present(
    config: &WebConfig,
    pages: &Pages,
    outline: &Outline,
    response: HttpResponse,
) -> HttpResponse {
    let page = ErrorPage::of(&response, outline);
    let (content_type, body) = if outline.wants_json {
        ("application/problem+json", page.problem(response.status(), outline))
    } else {
        ("text/html; charset=utf-8", page.html(config, pages, outline))
    };
    let mut response = response.set_body(BoxBody::new(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

impl ErrorPage {
    fn of(response: &HttpResponse, outline: &Outline) -> Self {
        let extensions = response.extensions();
        let mut page = match extensions.get::<PageError>() {
            Some(error) => Self::of_error(error),
            None => Self::of_status(response.status()),
        };
        if let Some(seconds) = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok()) {
            let unit = if seconds == "1" { "second" } else { "seconds" };
            page.text = format!("{} Try again in {seconds} {unit}.", page.text);
        }
        if outline.path.starts_with("/console") {
            page.way_on = Some(WayOn { href: "/console", label: "Go to the overview" });
        }
        page
    }

    fn of_error(error: &PageError) -> Self {
        use actix_web::ResponseError as _;
        let page = Self::of_status(error.status_code());
        match error {
            PageError::BadRequest(text) | PageError::Conflict(text) => {
                Self { text: text.clone(), ..page }
            }
            PageError::Refused(text) => Self {
                text: text.clone(),
                next: "Ask somebody with a stronger role, such as an owner.",
                ..page
            },
            PageError::StaleForm => Self {
                heading: "This form can’t be sent any more",
                text:
                    "It was open for long, or you have signed in or out since. Nothing was changed."
                        .to_owned(),
                next: "Go back, reload the page and try again.",
                ..page
            },
            PageError::Forbidden(permission) => {
                Self { permission: Some(permission.as_str()), ..page }
            }
            PageError::BadForm
            | PageError::NotFound
            | PageError::TooLarge
            | PageError::WrongContentType
            | PageError::TooManyRequests { .. }
            | PageError::Internal
            | PageError::Unavailable { .. } => page,
        }
    }

    /// The page for every error of this status.
    fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::new("Sign in first", "This page is for people who are signed in."),
            403 => Self::new("You may not open this page", "Your role does not include it.")
                .next("Ask an owner or administrator for the permission."),
            404 => Self {
                kind: "info",
                label: "Not found",
                ..Self::new(
                    "There is nothing here",
                    "The address is wrong, or what was here is gone.",
                )
            }
            .next("Check the address, or go back and take another way."),
            405 => Self::new(
                "This address does not work like that",
                "It exists, but not for this kind of request.",
            )
            .next("Go back and use the page’s own buttons."),
            409 => Self::new("Things have changed meanwhile", "Nothing was saved.")
                .next("Go back, reload the page and try again."),
            413 => Self::new(
                "That was too much at once",
                "More was sent than this page reads. Nothing was saved.",
            )
            .next("Go back and send less."),
            429 => Self {
                kind: "warn",
                label: "Slow down",
                ..Self::new(
                    "Too many tries",
                    "To protect accounts we stop counting tries for a while.",
                )
            },
            503 => Self::new(
                "We can’t do this right now",
                "Something this server needs does not answer. Nothing was changed.",
            ),
            500..=599 => Self {
                label: "Our fault",
                ..Self::new("Something broke on our side", "Nothing that you sent was the cause.")
            }
            .next("Try again. If it stays, give the trace ID to the people who run this server."),
            _ => Self::new(
                "We could not read this request",
                "Something in it is missing, doubled or not allowed. Nothing was changed.",
            )
            .next("Go back and try again."),
        }
    }

    fn new(heading: &'static str, text: &str) -> Self {
        Self {
            kind: "danger",
            label: "Request stopped",
            heading,
            text: text.to_owned(),
            next: "",
            permission: None,
            way_on: None,
        }
    }

    fn next(mut self, next: &'static str) -> Self {
        self.next = next;
        self
    }

    fn html(&self, config: &WebConfig, pages: &Pages, outline: &Outline) -> String {
        pages.html(self, &Site::bare(config, outline)).unwrap_or_else(|error| {
            tracing::error!(error = chain(&error), "an error page could not be made");
            let Self { heading, text, .. } = self;
            format!(
                "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{heading}</title>\
                 <h1>{heading}</h1><p>{}</p><p>Trace ID {}</p></html>",
                escaped(text),
                outline.id
            )
        })
    }

    fn problem(&self, status: StatusCode, outline: &Outline) -> String {
        let details = ProblemDetails {
            r#type: "about:blank",
            title: self.heading,
            status: status.as_u16(),
            detail: &self.text,
            instance: format!("urn:trace:{}", outline.id),
            trace_id: outline.id.as_str(),
        };
        serde_json::to_string(&details).unwrap_or_default()
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
