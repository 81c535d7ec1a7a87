//! What a node keeps in memory to sign people in.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32},
    },
};

use domain::{Clock, HandleDigest, Id, RateLimit, SessionKind, User};
use store::{Cache, repo::browser_sessions::LiveSession};

use super::guesses::Guesses;
use crate::{ServiceConfig, password::Hasher};

/// How many sign-ins may fail from one address at once, and how many a second after that.
const FAILURES: (u32, u32) = (100, 1);
/// The most sessions and people that are kept.
const MAX_CACHED: usize = 20_000;

/// What a node keeps in memory to sign people in.
pub(crate) struct SignInState {
    pub(crate) hasher: Hasher,
    pub(crate) guesses: Guesses,
    /// Failed sign-ins by address, whichever the accounts.
    pub(crate) failures: RateLimit,
    pub(crate) sessions: Cache<(SessionKind, HandleDigest), Arc<LiveSession>>,
    pub(crate) people: Cache<Id<User>, Arc<User>>,
    /// Whether the server was seen to have an owner; that does not change back.
    pub(crate) is_set_up: AtomicBool,
    /// How many wrong set-up links were tried.
    pub(crate) wrong_set_up_links: AtomicU32,
}

impl SignInState {
    pub(crate) fn new(config: &ServiceConfig, clock: &Arc<dyn Clock>) -> Self {
        let (at_once, per_second) = FAILURES;
        Self {
            hasher: Hasher::new(config.hashing_threads, config.password_cost),
            guesses: Guesses::default(),
            failures: RateLimit::new(at_once, per_second, Arc::clone(clock)),
            sessions: Cache::new(MAX_CACHED),
            people: Cache::new(MAX_CACHED),
            is_set_up: AtomicBool::new(false),
            wrong_set_up_links: AtomicU32::new(0),
        }
    }
}

impl fmt::Debug for SignInState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInState(..)")
    }
}
