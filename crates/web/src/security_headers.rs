//! What browsers are told to refuse.

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, CROSS_ORIGIN_OPENER_POLICY,
        CROSS_ORIGIN_RESOURCE_POLICY, HeaderMap, HeaderName, HeaderValue, PERMISSIONS_POLICY,
        REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};
use url::Url;

use crate::WebConfig;

/// Where the forms of one page may lead beside this server.
///
/// Chromium applies `form-action` to the redirect that answers a form too, so the
/// consent page names where the client is. Only for a redirect URI that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectOrigin(String);

impl RedirectOrigin {
    /// The source expression that `url` falls under.
    ///
    /// Private schemes, and hosts that the policy cannot express, such as IPv6 literals
    /// or those with its own punctuation, are named by their scheme.
    #[must_use]
    pub fn of(url: &Url) -> Self {
        let is_plain =
            |host: &str| host.bytes().all(|it| it.is_ascii_alphanumeric() || b".-".contains(&it));
        let by_origin =
            matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(is_plain);
        Self(if by_origin {
            url.origin().ascii_serialization()
        } else {
            format!("{}:", url.scheme())
        })
    }

    /// Lets the page that answers `request` lead there.
    pub fn allow(self, request: &HttpRequest) {
        request.extensions_mut().insert(self);
    }
}

/// The headers that every answer has.
const ALWAYS: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
];

/// The headers that mean something to pages alone.
const OF_PAGES: [(HeaderName, &str); 2] = [
    (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (
        PERMISSIONS_POLICY,
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
         magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
    ),
];

/// Adds to `headers` what is missing of the policy; a handler's own value stays.
///
/// `nonce` is asked for when the answer is a page.
pub(crate) fn apply<'a>(
    headers: &mut HeaderMap,
    config: &WebConfig,
    nonce: impl FnOnce() -> &'a str,
    redirect: Option<&RedirectOrigin>,
) {
    for (name, value) in ALWAYS {
        add(headers, name, HeaderValue::from_static(value));
    }
    add(headers, REFERRER_POLICY, HeaderValue::from_static(referrer_policy(config)));
    if config.secure {
        let always = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        add(headers, STRICT_TRANSPORT_SECURITY, always);
    }
    if !is_html(headers) {
        add(headers, CONTENT_SECURITY_POLICY, HeaderValue::from_static(DATA_POLICY));
        return;
    }
    for (name, value) in OF_PAGES {
        add(headers, name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::try_from(page_policy(nonce(), redirect)) {
        add(headers, CONTENT_SECURITY_POLICY, policy);
    }
}

/// For what is not a page: nothing in it is ever to be fetched, run or framed.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

fn page_policy(nonce: &str, redirect: Option<&RedirectOrigin>) -> String {
    let redirect = redirect.map_or_else(String::new, |it| format!(" {}", it.0));
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; form-action 'self'{redirect}; frame-ancestors 'none'; \
         base-uri 'none'; object-src 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'"
    )
}

/// `no-referrer` makes browsers send `Origin: null`, and over plain http to another
/// machine they send no `Sec-Fetch-Site` either: no form would be taken.
fn referrer_policy(config: &WebConfig) -> &'static str {
    if config.secure || config.is_loopback() { "no-referrer" } else { "same-origin" }
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    if !headers.contains_key(&name) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn policy(redirect: Option<&str>) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        let redirect = redirect.map(|it| RedirectOrigin::of(&it.parse().unwrap()));
        apply(
            &mut headers,
            &testing::config("https://id.example.com"),
            || "N0nce",
            redirect.as_ref(),
        );
        headers.get("content-security-policy").unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn a_page_runs_its_own_script_and_nothing_else() {
        assert_eq!(
            policy(None),
            "default-src 'none'; script-src 'nonce-N0nce'; style-src 'self'; img-src 'self'; \
             connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
             object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        );
    }

    #[test]
    fn forms_lead_to_the_redirect_origin_and_no_further() {
        for (uri, source) in [
            ("https://app.example.com/callback?x=1", "https://app.example.com"),
            ("http://localhost:3000/callback", "http://localhost:3000"),
            ("http://127.0.0.1:49152/", "http://127.0.0.1:49152"),
            ("http://[::1]:49152/", "http:"),
            ("https://x.com;sandbox/callback", "https:"),
            ("https://x.com,default-src/callback", "https:"),
            ("com.example.app:/callback", "com.example.app:"),
        ] {
            let policy = policy(Some(uri));
            assert!(policy.contains(&format!("form-action 'self' {source};")), "{policy}");
        }
    }

    #[test]
    fn what_a_handler_set_stays() {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));

        apply(&mut headers, &testing::config("http://localhost"), || "n", None);

        assert_eq!(headers.get(CACHE_CONTROL).unwrap(), "public, max-age=300");
        assert_eq!(headers.get("content-security-policy").unwrap(), DATA_POLICY);
        assert_eq!(headers.get("x-frame-options").unwrap(), "DENY");
        assert!(!headers.contains_key("strict-transport-security"));
    }

    #[test]
    fn https_is_remembered_and_plain_http_keeps_forms_working() {
        for (url, hsts, referrer) in [
            ("https://id.example.com", true, "no-referrer"),
            ("http://localhost:8080", false, "no-referrer"),
            ("http://192.168.1.4:8080", false, "same-origin"),
        ] {
            let mut headers = HeaderMap::new();
            apply(&mut headers, &testing::config(url), || "n", None);
            assert_eq!(headers.contains_key("strict-transport-security"), hsts, "{url}");
            assert_eq!(headers.get("referrer-policy").unwrap(), referrer, "{url}");
        }
    }
}
