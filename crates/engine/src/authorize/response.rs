//! What the client is told, and where.

use std::fmt;

use protocol::{AuthorizationErrorCode, RedirectUri};
use url::form_urlencoded::byte_serialize;

/// A redirect URI that is registered for the client that asked with it.
///
/// The only address an authorization response is ever sent to; nothing outside
/// of this module's parent makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedRedirectUri(String);

impl TrustedRedirectUri {
    /// The URI that was sent, if one of `registered` matches it.
    pub(super) fn matching(registered: &[RedirectUri], sent: &str) -> Option<Self> {
        registered.iter().any(|uri| uri.matches(sent)).then(|| Self(sent.to_owned()))
    }

    /// The URI of a client that has exactly one.
    pub(super) fn only(registered: &[RedirectUri]) -> Option<Self> {
        match registered {
            [uri] => Some(Self(uri.as_str().to_owned())),
            [] | [_, _, ..] => None,
        }
    }

    /// The URI byte for byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host people go to next; the scheme where there is none.
    #[must_use]
    pub fn host(&self) -> String {
        let Ok(url) = url::Url::parse(&self.0) else { return String::new() };
        match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => format!("{}:", url.scheme()),
        }
    }
}

/// An answer to the client, sent through the browser.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationResponse {
    redirect_uri: TrustedRedirectUri,
    parameters: Vec<(&'static str, String)>,
}

impl AuthorizationResponse {
    /// Hands over a code, [RFC 6749 section 4.1.2] and [RFC 9207 section 2].
    ///
    /// [RFC 6749 section 4.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
    /// [RFC 9207 section 2]: https://www.rfc-editor.org/rfc/rfc9207#section-2
    pub(super) fn code(
        redirect_uri: TrustedRedirectUri,
        code: &str,
        state: Option<&str>,
        issuer: &str,
    ) -> Self {
        let mut parameters = vec![("code", code.to_owned())];
        parameters.extend(state.map(|it| ("state", it.to_owned())));
        parameters.push(("iss", issuer.to_owned()));
        Self { redirect_uri, parameters }
    }

    /// Tells an error, [RFC 6749 section 4.1.2.1].
    ///
    /// [RFC 6749 section 4.1.2.1]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
    pub(super) fn error(
        redirect_uri: TrustedRedirectUri,
        code: AuthorizationErrorCode,
        description: String,
        state: Option<&str>,
        issuer: &str,
    ) -> Self {
        let mut parameters =
            vec![("error", code.as_str().to_owned()), ("error_description", description)];
        parameters.extend(state.map(|it| ("state", it.to_owned())));
        parameters.push(("iss", issuer.to_owned()));
        Self { redirect_uri, parameters }
    }

    /// Where the answer goes.
    #[must_use]
    pub fn redirect_uri(&self) -> &TrustedRedirectUri {
        &self.redirect_uri
    }

    /// The address to send the browser to: the redirect URI with its own query
    /// kept, and the parameters behind it.
    ///
    /// A space is written `%20`: `+` means one only to those who read forms.
    #[must_use]
    pub fn location(&self) -> String {
        let mut location = self.redirect_uri.0.clone();
        let mut separator = match location.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some((_, query)) if query.ends_with('&') => "",
            Some((_, _)) => "&",
        };
        for (name, value) in &self.parameters {
            let value: String = byte_serialize(value.as_bytes()).collect();
            location.push_str(separator);
            location.push_str(name);
            location.push('=');
            location.push_str(&value.replace('+', "%20"));
            separator = "&";
        }
        location
    }
}

impl fmt::Debug for AuthorizationResponse {
    /// Without the parameters: one of them may be a code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationResponse")
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(redirect_uri: &str, state: &str) -> String {
        let uri = TrustedRedirectUri(redirect_uri.to_owned());
        AuthorizationResponse::code(uri, "C", Some(state), "https://id.test").location()
    }

    #[test]
    fn the_query_of_the_redirect_uri_is_kept() {
        let tail = "code=C&state=S&iss=https%3A%2F%2Fid.test";
        for (uri, expected) in [
            ("https://app.test/cb", format!("https://app.test/cb?{tail}")),
            ("https://app.test/cb?", format!("https://app.test/cb?{tail}")),
            ("https://app.test/cb?a=b", format!("https://app.test/cb?a=b&{tail}")),
            ("com.example.app:/cb", format!("com.example.app:/cb?{tail}")),
        ] {
            assert_eq!(location(uri, "S"), expected);
        }
    }

    #[test]
    fn state_reads_back_byte_for_byte() {
        for state in ["a b+c&d=e#f%25", "ä→\u{0}", "\"'<script>", "%00"] {
            let location = location("https://app.test/cb", state);
            let url = url::Url::parse(&location).unwrap();
            let read = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
            assert_eq!(read, state);
            assert!(!location.contains('+'), "{location}");
        }
    }
}
