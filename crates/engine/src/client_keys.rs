//! The keys of clients: registered as a set, or fetched from where the client publishes them.

use std::{convert::Infallible, fmt, slice, sync::Arc, time::Duration};

use domain::{Client, ClientKeys, Fetch, FetchError, JwsAlg, Timestamp};
use jose::{Algorithm, ForeignKeys, InvalidForeignKeys, Unverified, VerifyError};
use tokio::sync::Mutex;

use crate::Engine;

/// How many key sets a node remembers.
const MAX_SETS: usize = 10_000;
/// How long a fetched set is taken as it is.
const FRESH: Duration = Duration::from_mins(10);
/// How long a fetched set is used when it cannot be fetched again.
const STALE: Duration = Duration::from_hours(1);
/// The least time between two fetches of a set, whatever is asked of it: unknown key names
/// cost nothing to make up.
const BETWEEN_FETCHES: Duration = Duration::from_mins(1);

/// Why nothing shows that a client signed a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeyRefusal {
    /// The client has no keys.
    #[error("the client has no public keys")]
    NoKeys,
    /// The key set could not be fetched from the `jwks_uri`.
    #[error("the keys cannot be read from the jwks_uri: {0}")]
    Fetch(FetchError),
    /// What was found is no key set.
    #[error("the keys of the client cannot be used: {0}")]
    Invalid(InvalidForeignKeys),
    /// No key of the client signed it.
    #[error(transparent)]
    Token(VerifyError),
}

/// The key sets that this node remembers.
pub(crate) struct KnownClientKeys {
    /// Registered sets, parsed, by their text.
    sets: quick_cache::sync::Cache<String, Arc<ForeignKeys>>,
    /// Fetched sets by their address; the lock lets one request fetch for all that wait.
    fetched: quick_cache::sync::Cache<String, Arc<Mutex<Fetched>>>,
}

/// What is known of the set at an address.
#[derive(Default)]
struct Fetched {
    keys: Option<(Arc<ForeignKeys>, Timestamp)>,
    tried: Option<(Timestamp, Result<(), ClientKeyRefusal>)>,
}

impl Default for KnownClientKeys {
    fn default() -> Self {
        Self {
            sets: quick_cache::sync::Cache::new(MAX_SETS),
            fetched: quick_cache::sync::Cache::new(MAX_SETS),
        }
    }
}

impl fmt::Debug for KnownClientKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownClientKeys(..)")
    }
}

impl Engine {
    /// Checks that a key of `client` signed `token`, with the algorithm that is registered for
    /// such tokens, or with a safe one where none is.
    ///
    /// A key name that is not known has the set fetched again, once, as the client may have
    /// changed its keys.
    pub(crate) async fn check_signed_by(
        &self,
        client: &Client,
        token: &Unverified<'_>,
        registered: Option<JwsAlg>,
        now: Timestamp,
    ) -> Result<(), ClientKeyRefusal> {
        let allowed = registered.as_ref().map_or(JwsAlg::SAFE.as_slice(), slice::from_ref);
        let allowed: Vec<Algorithm> =
            allowed.iter().filter_map(|it| it.as_str().parse().ok()).collect();
        let verify = |keys: &ForeignKeys| token.verify(keys, &allowed);
        let uri = match client.settings.keys.as_ref().ok_or(ClientKeyRefusal::NoKeys)? {
            ClientKeys::Set(json) => {
                let keys = self.registered_keys(json)?;
                return verify(&keys).map_err(ClientKeyRefusal::Token);
            }
            ClientKeys::Uri(uri) => uri,
        };
        let known = self.fetched_keys(uri, None, now).await?;
        let verified = match verify(&known) {
            Err(VerifyError::UnknownKey) => {
                let newer = self.fetched_keys(uri, Some(&known), now).await?;
                verify(&newer)
            }
            verified => verified,
        };
        verified.map_err(ClientKeyRefusal::Token)
    }

    fn registered_keys(&self, json: &str) -> Result<Arc<ForeignKeys>, ClientKeyRefusal> {
        let sets = &self.client_keys.sets;
        if let Some(keys) = sets.get(json) {
            return Ok(keys);
        }
        let keys = Arc::new(ForeignKeys::from_json(json).map_err(ClientKeyRefusal::Invalid)?);
        sets.insert(json.to_owned(), Arc::clone(&keys));
        Ok(keys)
    }

    /// The set at `uri`, fetched when what is known is old, or is the one that did not help.
    async fn fetched_keys(
        &self,
        uri: &str,
        no_help: Option<&Arc<ForeignKeys>>,
        now: Timestamp,
    ) -> Result<Arc<ForeignKeys>, ClientKeyRefusal> {
        let new = || Ok::<_, Infallible>(Arc::default());
        let Ok(entry) = self.client_keys.fetched.get_or_insert_with(uri, new);
        let mut entry = entry.lock_owned().await;
        if let Some(keys) = entry.known(now, FRESH)
            && no_help.is_none_or(|it| !Arc::ptr_eq(it, &keys))
        {
            return Ok(keys);
        }
        if entry.may_try(now) {
            let (fetch, uri) = (Arc::clone(&self.parts.fetch), uri.to_owned());
            // A task of its own: a caller who goes away ends no fetch that others need.
            let fetching = tokio::spawn(async move {
                entry.note(fetch_keys(&*fetch, &uri).await, now);
                entry
            });
            let gone = |_reason| ClientKeyRefusal::Fetch(FetchError::Unreachable);
            entry = fetching.await.map_err(gone)?;
        }
        let fault = entry.tried.and_then(|(_, result)| result.err());
        let fault = fault.unwrap_or(ClientKeyRefusal::Fetch(FetchError::Unreachable));
        entry.known(now, STALE).ok_or(fault)
    }
}

async fn fetch_keys(fetch: &dyn Fetch, uri: &str) -> Result<ForeignKeys, ClientKeyRefusal> {
    let body = fetch.json(uri).await.map_err(ClientKeyRefusal::Fetch)?;
    let text = String::from_utf8_lossy(&body);
    ForeignKeys::from_json(&text).map_err(ClientKeyRefusal::Invalid)
}

impl Fetched {
    fn note(&mut self, fetched: Result<ForeignKeys, ClientKeyRefusal>, now: Timestamp) {
        match fetched {
            Ok(keys) => {
                self.keys = Some((Arc::new(keys), now));
                self.tried = Some((now, Ok(())));
            }
            // That was us; the next caller asks.
            Err(ClientKeyRefusal::Fetch(FetchError::Busy)) => {}
            Err(fault) => self.tried = Some((now, Err(fault))),
        }
    }

    /// The set, unless it is older than `age`, or from a time that the clock was set back from.
    fn known(&self, now: Timestamp, age: Duration) -> Option<Arc<ForeignKeys>> {
        let (keys, at) = self.keys.as_ref()?;
        (*at <= now && now.since(*at) < age).then(|| Arc::clone(keys))
    }

    fn may_try(&self, now: Timestamp) -> bool {
        self.tried.is_none_or(|(at, _)| at > now || now.since(at) >= BETWEEN_FETCHES)
    }
}

#[cfg(test)]
mod tests;
