//! Who sent a request, told through trusted proxies only.

use std::{
    future::{Ready, ready},
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::HeaderMap};
use ipnet::IpNet;

use crate::outline::Outline;

/// The address a request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// Where the request of `peer` came from.
    ///
    /// From the right, the first hop of `X-Forwarded-For` that is no trusted proxy;
    /// the peer itself when it is not trusted. What stands left of that hop was
    /// written by the client and says nothing.
    #[must_use]
    pub fn resolve(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let mut address = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical();
        let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
        let hops: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        for hop in hops.into_iter().rev() {
            if !is_trusted(address) {
                break;
            }
            let Some(next) = parse_hop(hop.trim()) else { break };
            address = next;
        }
        Self(address)
    }

    /// The address `request` came from; none outside of [`crate::Edge`].
    #[must_use]
    pub fn of(request: &HttpRequest) -> Option<Self> {
        Outline::of(request).map(|it| it.client)
    }
}

/// Some proxies add the port.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    bare.parse::<IpAddr>()
        .or_else(|_not_bare| hop.parse::<SocketAddr>().map(|it| it.ip()))
        .ok()
        .map(|address| address.to_canonical())
}

impl FromRequest for ClientAddress {
    type Error = crate::PageError;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).ok_or(crate::PageError::Internal))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn resolve(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(
                HeaderName::from_static("x-forwarded-for"),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        ClientAddress::resolve(peer.parse().ok(), &headers, &trusted).0.to_string()
    }

    #[test]
    fn an_untrusted_peer_speaks_for_itself() {
        assert_eq!(resolve("203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
        assert_eq!(resolve("203.0.113.7", &[]), "203.0.113.7");
    }

    #[test]
    fn the_right_most_untrusted_hop_counts() {
        assert_eq!(resolve("10.0.0.1", &["1.2.3.4, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(resolve("10.0.0.1", &["1.2.3.4", "198.51.100.1", "10.0.0.2"]), "198.51.100.1");
        assert_eq!(resolve("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
        assert_eq!(resolve("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_read() {
        assert_eq!(resolve("10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(resolve("10.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(resolve("10.0.0.1", &["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(resolve("::ffff:10.0.0.1", &["::ffff:198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn a_hop_that_is_no_address_ends_the_search() {
        assert_eq!(resolve("10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(resolve("10.0.0.1", &["198.51.100.1, , 10.0.0.2"]), "10.0.0.2");
    }
}
