//! The issuer.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use url::{Host, Url};

/// The issuer and the beginning of every link, byte for byte as configured.
///
/// Scheme and host, a port if it is not the scheme's own, and nothing behind:
/// so it is at once the issuer, the web origin and a prefix that a path can follow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PublicUrl {
    text: String,
    host: String,
    is_https: bool,
}

/// Why a text cannot be the public URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPublicUrl {
    /// It is no absolute address.
    #[error("must be an absolute address such as https://id.example.com")]
    NotAbsolute,
    /// It is neither http nor https.
    #[error("must begin with https://")]
    WrongScheme,
    /// It has a user name, a query or a fragment.
    #[error("must not have a user name, a password, a query or a fragment")]
    TooMuch,
    /// It ends in a slash.
    #[error("must not end with a slash")]
    TrailingSlash,
    /// It has a path.
    #[error("must not have a path, as this version serves at the root of its host")]
    HasPath,
    /// Clients and browsers would write it otherwise.
    #[error("must be written as browsers write it, {0}")]
    NotCanonical(String),
    /// It is http and not loopback.
    #[error("must be https, as http is for localhost and loopback addresses only")]
    PlainHttp,
}

impl PublicUrl {
    /// The issuer.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host name or address, without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether browsers come by https, and cookies can be `Secure`.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.is_https
    }

    /// The same address with `port` in place of port 0, which asks for a free one.
    #[must_use]
    pub fn with_picked_port(self, port: u16) -> Self {
        match self.text.strip_suffix(":0") {
            Some(start) => Self { text: format!("{start}:{port}"), ..self },
            None => self,
        }
    }

    /// The address of `path`, which begins with a slash.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_reason| InvalidPublicUrl::NotAbsolute)?;
        let is_https = match url.scheme() {
            "https" => true,
            "http" => false,
            _other => return Err(InvalidPublicUrl::WrongScheme),
        };
        let host = url.host().ok_or(InvalidPublicUrl::NotAbsolute)?;
        if !url.username().is_empty() || url.password().is_some() || text.contains(['?', '#', '@'])
        {
            return Err(InvalidPublicUrl::TooMuch);
        }
        if text.ends_with('/') {
            return Err(InvalidPublicUrl::TrailingSlash);
        }
        if url.path() != "/" {
            return Err(InvalidPublicUrl::HasPath);
        }
        let canonical = url.as_str().trim_end_matches('/');
        if canonical != text {
            return Err(InvalidPublicUrl::NotCanonical(canonical.to_owned()));
        }
        if !is_https && !is_loopback(&host) {
            return Err(InvalidPublicUrl::PlainHttp);
        }
        Ok(Self { text: text.to_owned(), host: host.to_string(), is_https })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether the name `localhost` leads to `address`.
pub(super) fn is_localhost(address: IpAddr) -> bool {
    address == Ipv4Addr::LOCALHOST || address == Ipv6Addr::LOCALHOST
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => IpAddr::V4(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::V6(*address).is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_ones_are_kept_byte_for_byte() {
        let good = [
            "https://id.example.com",
            "https://id.example.com:8443",
            "https://192.0.2.7",
            "https://[2001:db8::1]:8443",
            "http://localhost:8080",
            "http://id.localhost:8080",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
        ];
        for text in good {
            let url: PublicUrl = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(url.as_str(), text);
            assert_eq!(url.is_https(), text.starts_with("https:"));
            assert_eq!(url.join("/token"), format!("{text}/token"));
        }
    }

    #[test]
    fn a_port_that_was_picked_takes_the_place_of_port_0() {
        for (text, picked) in [
            ("http://localhost:0", "http://localhost:4711"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("https://id.example.com", "https://id.example.com"),
        ] {
            let url: PublicUrl = text.parse().unwrap();
            assert_eq!(url.with_picked_port(4711).as_str(), picked);
        }
    }

    #[test]
    fn bad_ones_are_refused_with_the_reason() {
        use InvalidPublicUrl::{
            HasPath, NotAbsolute, NotCanonical, PlainHttp, TooMuch, TrailingSlash, WrongScheme,
        };
        let canonical = |text: &str| NotCanonical(text.to_owned());
        let bad = [
            ("", NotAbsolute),
            ("id.example.com", NotAbsolute),
            ("/auth", NotAbsolute),
            ("https://", NotAbsolute),
            ("ftp://id.example.com", WrongScheme),
            ("localhost:8080", WrongScheme),
            ("https://user@id.example.com", TooMuch),
            ("https://user:pw@id.example.com", TooMuch),
            ("https://id.example.com?x=1", TooMuch),
            ("https://id.example.com?", TooMuch),
            ("https://id.example.com#top", TooMuch),
            ("https://id.example.com/", TrailingSlash),
            ("https://id.example.com//", TrailingSlash),
            ("https://id.example.com/auth", HasPath),
            ("https://ID.example.com", canonical("https://id.example.com")),
            ("HTTPS://id.example.com", canonical("https://id.example.com")),
            ("https://id.example.com:443", canonical("https://id.example.com")),
            ("https:id.example.com", canonical("https://id.example.com")),
            ("https://bücher.example", canonical("https://xn--bcher-kva.example")),
            ("http://127.1", canonical("http://127.0.0.1")),
            ("http://id.example.com", PlainHttp),
            ("http://10.0.0.1", PlainHttp),
            ("http://localhost.example.com", PlainHttp),
            ("http://notlocalhost", PlainHttp),
        ];
        for (text, reason) in bad {
            assert_eq!(text.parse::<PublicUrl>(), Err(reason), "{text}");
        }
    }
}
