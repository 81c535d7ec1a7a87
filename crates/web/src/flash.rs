//! One-shot messages: what was done, told on the next page.

use actix_web::{
    HttpMessage, HttpRequest,
    cookie::{Cookie, time::Duration},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};

use crate::{WebConfig, cookies};

const COOKIE: &str = "cs_flash";
const PURPOSE: &str = "flash";
/// A cookie holds four kilobytes; a message is a sentence.
const MAX_MESSAGES: usize = 4;
const MAX_CHARS: usize = 300;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It worked.
    Ok,
    /// It worked, but.
    Warn,
    /// It did not work.
    Danger,
    /// Good to know.
    Info,
}

/// A message that is shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// How it is meant.
    pub level: Level,
    /// The sentence; plain text.
    pub text: String,
}

#[derive(Default)]
struct Pushed(Vec<Flash>);

struct Shown;

/// Has `text` shown on the next page that this browser gets. Never put a secret in it.
pub fn push(request: &HttpRequest, level: Level, text: impl Into<String>) {
    let text = text.into().chars().take(MAX_CHARS).collect();
    let mut extensions = request.extensions_mut();
    if !extensions.contains::<Pushed>() {
        extensions.insert(Pushed::default());
    }
    if let Some(pushed) = extensions.get_mut::<Pushed>() {
        pushed.0.push(Flash { level, text });
        let surplus = pushed.0.len().saturating_sub(MAX_MESSAGES);
        pushed.0.drain(..surplus);
    }
}

/// The messages for the page that answers `request`; they are not shown again.
pub(crate) fn take(config: &WebConfig, request: &HttpRequest) -> Vec<Flash> {
    let mut messages = received(config, request);
    let mut extensions = request.extensions_mut();
    messages.extend(extensions.remove::<Pushed>().unwrap_or_default().0);
    extensions.insert(Shown);
    messages
}

/// The cookie that the answer to `request` needs: messages to keep, or none any more.
pub(crate) fn cookie(config: &WebConfig, request: &HttpRequest) -> Option<Cookie<'static>> {
    let pushed = request.extensions_mut().remove::<Pushed>().unwrap_or_default().0;
    let shown = request.extensions().contains::<Shown>();
    if pushed.is_empty() && !shown {
        return None;
    }
    let name = config.cookie_name(COOKIE);
    if !pushed.is_empty() {
        let mut kept = if shown { Vec::new() } else { received(config, request) };
        kept.extend(pushed);
        let surplus = kept.len().saturating_sub(MAX_MESSAGES);
        kept.drain(..surplus);
        return Some(cookies::build(config, name, seal(config, &kept), Duration::minutes(5)));
    }
    let is_spent = request.cookie(&name).is_some();
    is_spent.then(|| cookies::build(config, name, String::new(), Duration::ZERO))
}

fn received(config: &WebConfig, request: &HttpRequest) -> Vec<Flash> {
    cookies::value(request, &config.cookie_name(COOKIE))
        .and_then(|value| open(config, &value))
        .unwrap_or_default()
}

fn seal(config: &WebConfig, messages: &[Flash]) -> String {
    let text = serde_json::to_vec(messages).unwrap_or_default();
    let mac = config.handles.mac(PURPOSE, &text);
    format!(
        "{}.{}",
        Base64UrlUnpadded::encode_string(&text),
        Base64UrlUnpadded::encode_string(&mac)
    )
}

fn open(config: &WebConfig, value: &str) -> Option<Vec<Flash>> {
    let (text, mac) = value.split_once('.')?;
    let text = Base64UrlUnpadded::decode_vec(text).ok()?;
    let mac = Base64UrlUnpadded::decode_vec(mac).ok()?;
    if !config.handles.verify_mac(PURPOSE, &text, &mac) {
        return None;
    }
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::testing;

    #[test]
    fn a_message_survives_to_the_next_page_and_no_further() {
        let config = testing::config("http://localhost");
        let acted = TestRequest::post().to_http_request();
        push(&acted, Level::Ok, "Saved");

        let kept = cookie(&config, &acted).unwrap();
        let next = TestRequest::get().cookie(kept).to_http_request();

        assert_eq!(take(&config, &next), [Flash { level: Level::Ok, text: "Saved".to_owned() }]);
        let gone = cookie(&config, &next).unwrap();
        assert_eq!((gone.value(), gone.max_age()), ("", Some(Duration::ZERO)));
    }

    #[test]
    fn a_page_shows_what_was_pushed_while_it_was_made() {
        let config = testing::config("http://localhost");
        let request = TestRequest::get().to_http_request();
        push(&request, Level::Danger, "No");

        assert_eq!(take(&config, &request).len(), 1);
        assert!(cookie(&config, &request).is_none());
    }

    #[test]
    fn a_request_without_a_page_keeps_the_message() {
        let config = testing::config("http://localhost");
        let acted = TestRequest::post().to_http_request();
        push(&acted, Level::Info, "One");
        let kept = cookie(&config, &acted).unwrap();

        let asset = TestRequest::get().cookie(kept).to_http_request();

        assert!(cookie(&config, &asset).is_none());
    }

    #[test]
    fn a_message_that_this_server_did_not_write_is_not_shown() {
        let config = testing::config("http://localhost");
        let acted = TestRequest::post().to_http_request();
        push(&acted, Level::Ok, "Saved");
        let kept = cookie(&config, &acted).unwrap();
        let (text, mac) = kept.value().split_once('.').unwrap();

        for forged in [
            format!("{}.{mac}", Base64UrlUnpadded::encode_string(b"[]")),
            format!("{text}.{}", Base64UrlUnpadded::encode_string(&[0; 32])),
            text.to_owned(),
            String::new(),
        ] {
            let next = TestRequest::get().cookie(Cookie::new("cs_flash", forged)).to_http_request();
            assert!(take(&config, &next).is_empty());
        }
    }

    #[test]
    fn messages_are_cut_to_what_a_cookie_holds() {
        let config = testing::config("http://localhost");
        let acted = TestRequest::post().to_http_request();
        for _ in 0..9 {
            push(&acted, Level::Ok, "ä".repeat(5000));
        }

        assert!(cookie(&config, &acted).unwrap().value().len() < 3800);
    }
}
