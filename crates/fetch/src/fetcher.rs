//! Fetching: one request over TLS to a public host, bounded in time and size.

use std::{error::Error, fmt, net::SocketAddr, sync::OnceLock, time::Duration};

use domain::{Fetch, FetchError, Fetching};
use reqwest::{
    Certificate, Client, Response, StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    header::CONTENT_TYPE,
    redirect::Policy,
};
use tokio::{sync::Semaphore, time::timeout};
use url::{Host, Url};

use crate::address::is_public;

/// The longest document.
const MAX_LEN: usize = 64 * 1024;
/// How long all of it may take: finding the host, connecting, TLS and reading.
const MAX_TIME: Duration = Duration::from_secs(3);
/// How many documents are fetched at once.
const AT_ONCE: usize = 8;

/// What the operator configured of fetching.
#[derive(Debug, Clone, Default)]
pub struct FetchRules {
    /// Whether hosts may be on the loopback and in private networks, too.
    pub allow_private_networks: bool,
    /// The certificate authorities to trust, as PEM; the system's when there are none.
    pub authorities: Option<Vec<u8>>,
}

/// The authorities are no certificates.
#[derive(Debug, thiserror::Error)]
#[error("the certificate authorities must be PEM")]
pub struct InvalidAuthorities(#[source] Option<reqwest::Error>);

/// The one way out to addresses that others chose.
///
/// It asks over TLS and nothing else; refuses hosts that are not public, by the very answer
/// of the name service that it then connects to; follows no redirect; uses no proxy; sends
/// nothing that it knows; and unpacks nothing.
pub struct Fetcher {
    allow_private_networks: bool,
    authorities: Option<Vec<Certificate>>,
    /// Made when it is first needed, as reading the system's authorities takes a while.
    client: OnceLock<Option<Client>>,
    slots: Semaphore,
}

impl Fetcher {
    /// A fetcher by these rules.
    ///
    /// # Errors
    ///
    /// When the authorities are no PEM certificates.
    pub fn new(rules: FetchRules) -> Result<Self, InvalidAuthorities> {
        let authorities = match rules.authorities {
            None => None,
            Some(pem) => match Certificate::from_pem_bundle(&pem) {
                Ok(found) if !found.is_empty() => Some(found),
                Ok(_none) => return Err(InvalidAuthorities(None)),
                Err(error) => return Err(InvalidAuthorities(Some(error))),
            },
        };
        Ok(Self {
            allow_private_networks: rules.allow_private_networks,
            authorities,
            client: OnceLock::new(),
            slots: Semaphore::new(AT_ONCE),
        })
    }

    fn client(&self) -> Result<&Client, FetchError> {
        let made = self.client.get_or_init(|| {
            let resolver = Resolver { allow_private_networks: self.allow_private_networks };
            let builder = Client::builder()
                .https_only(true)
                .redirect(Policy::none())
                .no_proxy()
                .referer(false)
                .timeout(MAX_TIME)
                // A connection that is kept would skip the name service.
                .pool_max_idle_per_host(0)
                .dns_resolver(resolver);
            let builder = match &self.authorities {
                Some(authorities) => builder.tls_certs_only(authorities.iter().cloned()),
                None => builder,
            };
            builder
                .build()
                .inspect_err(|error| tracing::error!(%error, "nothing can be fetched"))
                .ok()
        });
        made.as_ref().ok_or(FetchError::Unreachable)
    }

    /// The address, if it is one that may be asked; names are looked at when they are resolved.
    fn check(&self, address: &str) -> Result<Url, FetchError> {
        let url = Url::parse(address).map_err(|_reason| FetchError::Address)?;
        let is_plain = url.username().is_empty() && url.password().is_none();
        let ip = match url.host() {
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(ip)) => Some(ip.into()),
            Some(Host::Ipv6(ip)) => Some(ip.into()),
            None => return Err(FetchError::Address),
        };
        if url.scheme() != "https" || !is_plain {
            return Err(FetchError::Address);
        }
        if !self.allow_private_networks && ip.is_some_and(|ip| !is_public(ip)) {
            return Err(FetchError::Forbidden);
        }
        Ok(url)
    }

    async fn get(&self, address: &str) -> Result<Vec<u8>, FetchError> {
        let url = self.check(address)?;
        let slot = timeout(MAX_TIME, self.slots.acquire()).await;
        let _slot =
            slot.map_err(|_elapsed| FetchError::Busy)?.map_err(|_closed| FetchError::Busy)?;
        let answer = self.client()?.get(url).header("accept", "application/json").send().await;
        let answer = answer.map_err(|error| fault(&error))?;
        if answer.status() != StatusCode::OK {
            return Err(FetchError::Status);
        }
        if !is_json(&answer) {
            return Err(FetchError::Type);
        }
        read(answer).await
    }
}

impl Fetch for Fetcher {
    fn json<'a>(&'a self, address: &'a str) -> Fetching<'a> {
        Box::pin(self.get(address))
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fetcher(..)")
    }
}

fn is_json(answer: &Response) -> bool {
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let kind = kind.and_then(|it| it.split(';').next()).unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

async fn read(mut answer: Response) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| fault(&error))? {
        if body.len() + chunk.len() > MAX_LEN {
            return Err(FetchError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn fault(error: &reqwest::Error) -> FetchError {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<NotPublic>() {
            return FetchError::Forbidden;
        }
        cause = inner.source();
    }
    FetchError::Unreachable
}

/// No address of a host is public.
#[derive(Debug, thiserror::Error)]
#[error("the host has no public address")]
struct NotPublic;

/// Finds hosts, and forgets those of their addresses that are not public.
struct Resolver {
    allow_private_networks: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private_networks = self.allow_private_networks;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let may = |it: &SocketAddr| allow_private_networks || is_public(it.ip());
            let found: Vec<SocketAddr> = found.filter(may).collect();
            if found.is_empty() {
                return Err(NotPublic.into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn nothing_reaches_a_host_that_is_not_public() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let fetcher = Fetcher::new(FetchRules::default()).unwrap();

        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0.0.0.0",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::7f00:1]",
            "169.254.169.254",
            "10.0.0.1",
            "[fd00:ec2::254]",
            "localhost",
        ] {
            let answer = fetcher.json(&format!("https://{host}:{port}/jwks")).await;
            assert_eq!(answer, Err(FetchError::Forbidden), "{host}");
        }
        // Not every name service knows these.
        for host in ["localhost.", "LOCALHOST", "localhost.localdomain"] {
            let answer = fetcher.json(&format!("https://{host}:{port}/jwks")).await;
            assert!(answer.is_err(), "{host}");
        }
        assert!(listener.accept().is_err(), "somebody connected");
    }

    #[tokio::test]
    async fn only_https_without_credentials_is_asked() {
        let rules = FetchRules { allow_private_networks: true, authorities: None };
        let fetcher = Fetcher::new(rules).unwrap();
        for address in [
            "",
            "jwks",
            "http://app.test/jwks",
            "ftp://app.test/jwks",
            "file:///etc/passwd",
            "data:application/json,{}",
            "https://user@app.test/jwks",
            "https://:secret@app.test/jwks",
            "https://",
        ] {
            assert_eq!(fetcher.json(address).await, Err(FetchError::Address), "{address}");
        }
    }

    #[test]
    fn authorities_are_certificates() {
        let rules = |pem: &str| FetchRules {
            authorities: Some(pem.as_bytes().to_vec()),
            ..FetchRules::default()
        };
        assert!(Fetcher::new(rules("")).is_err());
        assert!(Fetcher::new(rules("no certificate")).is_err());
    }
}
