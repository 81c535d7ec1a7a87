//! Wrong, missing, doubled, huge and unreadable input: an exact answer, and never one of
//! the five hundreds.

mod authorize;
mod console;
mod introspect_and_revoke;
mod management;
mod pages;
mod sweep;
mod token;

use harness::{Answer, TestServer};
use reqwest::Method;

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// Posts raw bytes of this media type, with these more headers.
async fn post(
    server: &TestServer,
    path: &str,
    (content_type, body): (&str, impl Into<Vec<u8>>),
    headers: &[(&str, &str)],
) -> Answer {
    let request = server.request(Method::POST, path).body(body.into());
    let request = if content_type.is_empty() {
        request
    } else {
        request.header("content-type", content_type)
    };
    let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
    server.send(request).await
}

/// `Basic` for these credentials.
fn basic(id: &str, secret: &str) -> String {
    use base64ct::{Base64, Encoding as _};
    format!("Basic {}", Base64::encode_string(format!("{id}:{secret}").as_bytes()))
}
