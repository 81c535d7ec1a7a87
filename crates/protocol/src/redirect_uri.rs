//! Redirect URIs: what may be registered and what matches it.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The longest redirect URI, in bytes.
const MAX_LEN: usize = 2048;
/// Schemes that would run or read something at the person's side.
const FORBIDDEN_SCHEMES: [&str; 8] =
    ["javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"];
/// The parameters of authorization responses: RFC 6749, RFC 9207, JARM, and the
/// specifications of OpenID Connect and its session management.
const ANSWERS: [&str; 12] = [
    "access_token",
    "code",
    "error",
    "error_description",
    "error_uri",
    "expires_in",
    "id_token",
    "iss",
    "response",
    "session_state",
    "state",
    "token_type",
];

/// A registered redirect URI.
///
/// Absolute, without fragment, user information, wildcard, control characters
/// or a parameter that an answer has too. Compared byte for byte, [RFC 9700 section 2.1].
///
/// [RFC 9700 section 2.1]: https://www.rfc-editor.org/rfc/rfc9700#section-2.1
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

/// Why a text cannot be a redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedirectUri {
    /// Not an absolute URI of at most 2048 visible ASCII characters.
    #[error("it is not a full address")]
    NotAUrl,
    /// It carries a `#`.
    #[error("it cannot contain #")]
    Fragment,
    /// It carries a `*`.
    #[error("it cannot contain *")]
    Wildcard,
    /// It carries `user@`.
    #[error("it cannot contain a user name or password")]
    UserInfo,
    /// Its host holds more than letters, digits, dots and hyphens.
    #[error("its host can hold only letters, digits, dots and hyphens")]
    Host,
    /// Its scheme could run code.
    #[error("its scheme is not allowed")]
    ForbiddenScheme,
    /// Its query holds a parameter of an authorization response, which would then
    /// be there twice.
    #[error("its query cannot hold a parameter of the answer")]
    AnswerParameter,
    /// A private scheme that is not a reversed domain name.
    #[error("a private scheme must be a reversed domain name")]
    PrivateScheme,
}

impl RedirectUri {
    /// The origin of the page that it leads to, as browsers write it in `Origin`;
    /// none where no page is.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        let url = Url::parse(&self.0).ok()?;
        matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
    }

    /// The URI as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the scheme is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether the scheme is `http`.
    #[must_use]
    pub fn is_http(&self) -> bool {
        self.0.starts_with("http://")
    }

    /// Whether the scheme is neither `http` nor `https`.
    #[must_use]
    pub fn is_private_scheme(&self) -> bool {
        !self.is_http() && !self.is_https()
    }

    /// Whether the host is this very machine, by name or by address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        })
    }

    /// Whether `requested` is this URI.
    ///
    /// Byte for byte; only where the registered host is the literal
    /// `127.0.0.1` or `[::1]` may the port differ, [RFC 8252 section 7.3].
    ///
    /// [RFC 8252 section 7.3]: https://www.rfc-editor.org/rfc/rfc8252#section-7.3
    #[must_use]
    pub fn matches(&self, requested: &str) -> bool {
        self.0 == requested
            || ["http://127.0.0.1", "http://[::1]"].into_iter().any(|origin| {
                match (after_port(&self.0, origin), after_port(requested, origin)) {
                    (Some(registered), Some(asked)) => registered == asked,
                    (_, _) => false,
                }
            })
    }
}

/// What follows `origin` and an optional port in `uri`.
fn after_port<'a>(uri: &'a str, origin: &str) -> Option<&'a str> {
    let rest = uri.strip_prefix(origin)?;
    let Some(with_port) = rest.strip_prefix(':') else {
        return (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest);
    };
    let end = with_port.find(|c: char| !c.is_ascii_digit()).unwrap_or(with_port.len());
    let (port, tail) = with_port.split_at_checked(end)?;
    port.parse::<u16>().ok().filter(|port| *port > 0)?;
    (tail.is_empty() || tail.starts_with(['/', '?'])).then_some(tail)
}

impl TryFrom<String> for RedirectUri {
    type Error = InvalidRedirectUri;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        if value.len() > MAX_LEN || !value.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) {
            return Err(InvalidRedirectUri::NotAUrl);
        }
        if value.contains('#') {
            return Err(InvalidRedirectUri::Fragment);
        }
        if value.contains('*') {
            return Err(InvalidRedirectUri::Wildcard);
        }
        let url = Url::parse(&value).map_err(|_reason| InvalidRedirectUri::NotAUrl)?;
        let scheme = url.scheme();
        if FORBIDDEN_SCHEMES.contains(&scheme) {
            return Err(InvalidRedirectUri::ForbiddenScheme);
        }
        if !value.starts_with(&format!("{scheme}:")) {
            // A parser that lower-cased or trimmed would make two texts equal.
            return Err(InvalidRedirectUri::NotAUrl);
        }
        // Some frameworks do not care for capitals.
        let is_answer = |name: &str| ANSWERS.iter().any(|it| it.eq_ignore_ascii_case(name));
        if url.query_pairs().any(|(name, _)| is_answer(&name)) {
            return Err(InvalidRedirectUri::AnswerParameter);
        }
        if matches!(scheme, "http" | "https") {
            return check_web(&value, &url).map(|()| Self(value));
        }
        if scheme.contains('.') && value.len() > scheme.len() + 1 {
            Ok(Self(value))
        } else {
            Err(InvalidRedirectUri::PrivateScheme)
        }
    }
}

/// What only `http` and `https` URIs must keep.
fn check_web(value: &str, url: &Url) -> Result<(), InvalidRedirectUri> {
    let authority = value
        .split_once("://")
        .map(|(_, rest)| rest.split(['/', '?', '\\']).next().unwrap_or_default())
        .ok_or(InvalidRedirectUri::NotAUrl)?;
    if authority.contains('@') {
        return Err(InvalidRedirectUri::UserInfo);
    }
    if authority.is_empty() || value.contains('\\') || url.host().is_none() {
        return Err(InvalidRedirectUri::NotAUrl);
    }
    // The origin is written into policies and shown to people, where other marks mean
    // something; the URL standard lets many of them stand in a host.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-[]:".contains(&byte);
    if !authority.bytes().all(plain) {
        return Err(InvalidRedirectUri::Host);
    }
    Ok(())
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::try_from(text.to_owned()).unwrap()
    }

    fn refusal(text: &str) -> InvalidRedirectUri {
        RedirectUri::try_from(text.to_owned()).unwrap_err()
    }

    #[test]
    fn each_fault_has_its_name() {
        assert_eq!(refusal("app.example.com/cb"), InvalidRedirectUri::NotAUrl);
        assert_eq!(refusal("https://app.test/cb#x"), InvalidRedirectUri::Fragment);
        assert_eq!(refusal("https://*.app.test/cb"), InvalidRedirectUri::Wildcard);
        assert_eq!(refusal("https://u:p@app.test/cb"), InvalidRedirectUri::UserInfo);
        assert_eq!(refusal("javascript:alert(1)"), InvalidRedirectUri::ForbiddenScheme);
        assert_eq!(refusal("JaVaScRiPt:alert(1)"), InvalidRedirectUri::ForbiddenScheme);
        assert_eq!(refusal("myapp:/cb"), InvalidRedirectUri::PrivateScheme);
        assert_eq!(refusal(" https://app.test/cb"), InvalidRedirectUri::NotAUrl);
        assert_eq!(refusal("https://app.test\\@evil.test/cb"), InvalidRedirectUri::NotAUrl);
        assert_eq!(refusal("HTTPS://app.test/cb"), InvalidRedirectUri::NotAUrl);
    }

    #[test]
    fn a_host_holds_nothing_that_a_policy_would_read_as_its_own() {
        for host in [
            "x.com;sandbox",
            "x.com,default-src",
            "x.com'none'",
            "x%3Bsandbox.com",
            "my_app.test",
            "(x).test",
            "x.com;script-src:8080",
        ] {
            assert_eq!(refusal(&format!("https://{host}/cb")), InvalidRedirectUri::Host, "{host}");
        }
        for host in ["a-1.x.com:8443", "[::1]:80", "127.0.0.1", "xn--bcher-kva.example"] {
            uri(&format!("https://{host}/cb;a,b='c'"));
        }
    }

    #[test]
    fn no_parameter_of_an_answer_stands_in_the_query() {
        for query in ["code=x", "a=b&state=", "iss", "%63ode=x", "Code=x", "a&error=x", "response="]
        {
            for place in ["https://app.test/cb", "com.example.app:/cb"] {
                let fault = refusal(&format!("{place}?{query}"));
                assert_eq!(fault, InvalidRedirectUri::AnswerParameter, "{query}");
            }
        }
        uri("https://app.test/code?codes=x&next=state");
    }

    #[test]
    fn private_schemes_are_reversed_domains() {
        assert!(uri("com.example.app:/callback").is_private_scheme());
    }

    #[test]
    fn only_the_registered_bytes_match() {
        let registered = uri("https://app.test/cb");
        assert!(registered.matches("https://app.test/cb"));
        for mutation in [
            "https://app.test/cb/",
            "https://app.test/CB",
            "https://APP.test/cb",
            "https://app.test:443/cb",
            "https://app.test/cb?x=1",
            "https://app.test/cb#x",
            "https://app.test/../cb",
            "https://app.test/%63b",
            "https://u@app.test/cb",
            "https://app.test.evil.test/cb",
            "http://app.test/cb",
            "https://app.test/cb ",
        ] {
            assert!(!registered.matches(mutation), "{mutation}");
        }
    }

    #[test]
    fn a_loopback_literal_ignores_the_port_only() {
        let registered = uri("http://127.0.0.1/cb");
        assert!(registered.matches("http://127.0.0.1:49152/cb"));
        assert!(uri("http://[::1]:7/cb").matches("http://[::1]:49152/cb"));
        for mutation in [
            "http://127.0.0.1.evil.test/cb",
            "http://127.0.0.2/cb",
            "http://localhost:49152/cb",
            "http://127.0.0.1:80@evil.test/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:49152/other",
            "http://127.0.0.1:49152/cb?x",
            "https://127.0.0.1:49152/cb",
        ] {
            assert!(!registered.matches(mutation), "{mutation}");
        }
        assert!(!uri("http://localhost:3000/cb").matches("http://localhost:3001/cb"));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in any::<String>(), other in any::<String>()) {
            if let Ok(uri) = RedirectUri::try_from(text) {
                prop_assert!(uri.matches(uri.as_str()));
                let _ = uri.matches(&other);
                let _ = uri.is_loopback();
            }
        }
    }
}
