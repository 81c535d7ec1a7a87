//! What the surfaces are told about the server they are part of.

use std::{fmt, sync::Arc};

use domain::{Clock, Entropy, HandleKeys};
use ipnet::IpNet;
use url::{Host, Url};

/// What the surfaces are told about the server they are part of.
#[derive(Clone)]
pub struct WebConfig {
    /// The issuer; every link is built from it and never from a header.
    pub public_url: Url,
    /// Whether people reach the server over https.
    pub secure: bool,
    /// Peers whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<IpNet>,
    /// What pages call the product.
    pub product_name: String,
    /// Where the time is read.
    pub clock: Arc<dyn Clock>,
    /// Where chance comes from.
    pub entropy: Arc<dyn Entropy>,
    /// Keys for form tokens and signed cookies.
    pub handles: Arc<HandleKeys>,
}

impl WebConfig {
    /// The origin of [`Self::public_url`] as browsers write it.
    #[must_use]
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// The full address of `path`, which starts with a slash.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }

    /// Host and port as people read them in the address bar.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.public_url.host_str().unwrap_or_default();
        self.public_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Whether only this machine reaches the server under its public address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.public_url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The name of a cookie: with https it is bound to this very host.
    #[must_use]
    pub fn cookie_name(&self, name: &str) -> String {
        if self.secure { format!("__Host-{name}") } else { name.to_owned() }
    }
}

impl fmt::Debug for WebConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebConfig")
            .field("public_url", &self.public_url.as_str())
            .field("secure", &self.secure)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("product_name", &self.product_name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::testing;

    #[test]
    fn links_come_from_the_public_url() {
        let config = testing::config("https://id.example.com:8443/");

        assert_eq!(config.link("/console"), "https://id.example.com:8443/console");
        assert_eq!(config.origin(), "https://id.example.com:8443");
        assert_eq!(config.host(), "id.example.com:8443");
    }

    #[test]
    fn cookies_are_bound_to_the_host_with_https_only() {
        assert_eq!(testing::config("https://a.example").cookie_name("cs_sid"), "__Host-cs_sid");
        assert_eq!(testing::config("http://localhost:8080").cookie_name("cs_sid"), "cs_sid");
    }

    #[test]
    fn loopback_is_told_from_the_public_address() {
        for (url, expected) in [
            ("http://localhost:8080", true),
            ("http://127.0.0.1:1", true),
            ("http://[::1]:1", true),
            ("http://192.168.1.4", false),
            ("http://localhost.example.com", false),
        ] {
            assert_eq!(testing::config(url).is_loopback(), expected, "{url}");
        }
    }
}
