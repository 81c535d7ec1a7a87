//! What the client is told, and where.

use std::fmt;

use protocol::{Carrier, RedirectUri};
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

    /// The URI that was sent, if one of `registered` is the same to the byte.
    pub(crate) fn equal(registered: &[RedirectUri], sent: &str) -> Option<Self> {
        registered.iter().any(|uri| uri.as_str() == sent).then(|| Self(sent.to_owned()))
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
    carrier: Carrier,
    parameters: Vec<(&'static str, String)>,
}

/// What the browser is told to do with an answer.
#[derive(PartialEq, Eq)]
pub enum Delivery<'a> {
    /// It goes to this address.
    Redirect(String),
    /// It posts these fields to this address, [OAuth 2.0 Form Post Response Mode].
    ///
    /// [OAuth 2.0 Form Post Response Mode]: https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
    Post(&'a TrustedRedirectUri, &'a [(&'static str, String)]),
}

impl AuthorizationResponse {
    pub(crate) const fn new(
        redirect_uri: TrustedRedirectUri,
        carrier: Carrier,
        parameters: Vec<(&'static str, String)>,
    ) -> Self {
        Self { redirect_uri, carrier, parameters }
    }

    /// Where the answer goes.
    #[must_use]
    pub fn redirect_uri(&self) -> &TrustedRedirectUri {
        &self.redirect_uri
    }

    /// How it gets there.
    #[must_use]
    pub fn delivery(&self) -> Delivery<'_> {
        match self.carrier {
            Carrier::Query => Delivery::Redirect(self.with_query()),
            // No redirect URI has a fragment of its own.
            Carrier::Fragment => Delivery::Redirect(self.written_behind("#")),
            Carrier::FormPost => Delivery::Post(&self.redirect_uri, &self.parameters),
        }
    }

    /// The redirect URI with its own query kept, and the parameters behind it.
    #[must_use]
    pub fn with_query(&self) -> String {
        self.written_behind(match self.redirect_uri.0.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some((_, query)) if query.ends_with('&') => "",
            Some((_, _)) => "&",
        })
    }

    /// The redirect URI, `separator`, and the parameters.
    ///
    /// A space is written `%20`: `+` means one only to those who read forms.
    fn written_behind(&self, mut separator: &'static str) -> String {
        let mut location = self.redirect_uri.0.clone();
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

    fn answer(redirect_uri: &str, carrier: Carrier, state: &str) -> AuthorizationResponse {
        let uri = TrustedRedirectUri(redirect_uri.to_owned());
        let parameters = [("code", "C"), ("state", state), ("iss", "https://id.test")];
        let owned = parameters.map(|(name, value)| (name, value.to_owned())).to_vec();
        AuthorizationResponse::new(uri, carrier, owned)
    }

    fn location(redirect_uri: &str, state: &str) -> String {
        answer(redirect_uri, Carrier::Query, state).with_query()
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

    #[test]
    fn the_other_carriers_leave_the_query_alone() {
        let uri = "https://app.test/cb?a=b";

        let fragment = answer(uri, Carrier::Fragment, "S T");
        let expected = format!("{uri}#code=C&state=S%20T&iss=https%3A%2F%2Fid.test");
        assert!(fragment.delivery() == Delivery::Redirect(expected));

        let form = answer(uri, Carrier::FormPost, "\"><b>");
        let Delivery::Post(to, fields) = form.delivery() else { panic!("it is posted") };
        assert_eq!(to.as_str(), uri);
        assert_eq!(fields[1], ("state", "\"><b>".to_owned()));
    }
}
