//! How much one address may do here without having proved anything.

use std::{fmt, net::IpAddr, sync::Arc};

use domain::{Clock, Id, RateLimit, RequestFacts, User, rate_limit::network};

/// How many failed proofs of one client an address has at once, and how many a second
/// after that.
const FAILED_PROOFS: (u32, u32) = (30, 1);
/// How many authorization requests an address may have stored at once, and how many a
/// second after that: a company behind one address signs in at nine.
const WAITING_REQUESTS: (u32, u32) = (1000, 10);

/// How often a person may type a code of a device at once, and how often a minute after
/// that. Right ones count too, so that none is looked up before it was counted.
const DEVICE_CODES_OF_ONE: (u32, u32) = (10, 6);
/// The same for all who come from one address.
const DEVICE_CODES_FROM_ONE: (u32, u32) = (30, 30);

/// What each address has left; in memory, of this node alone.
pub(crate) struct Limits {
    is_on: bool,
    failed_proofs: RateLimit,
    waiting_requests: RateLimit,
    device_codes_of_one: RateLimit,
    device_codes_from_one: RateLimit,
}

impl Limits {
    pub(crate) fn new(is_on: bool, clock: &Arc<dyn Clock>) -> Self {
        let limit = |(at_once, per_second)| RateLimit::new(at_once, per_second, Arc::clone(clock));
        let (failed_proofs, waiting_requests) = (limit(FAILED_PROOFS), limit(WAITING_REQUESTS));
        let slow = |(at_once, a_minute)| RateLimit::slow(at_once, a_minute, Arc::clone(clock));
        Self {
            is_on,
            failed_proofs,
            waiting_requests,
            device_codes_of_one: slow(DEVICE_CODES_OF_ONE),
            device_codes_from_one: slow(DEVICE_CODES_FROM_ONE),
        }
    }

    /// Whether a proof of the client `client_id` is looked at; looking costs nothing
    /// where none failed yet.
    ///
    /// By client, too: one deployment with a stale secret does not lock out its neighbours.
    pub(crate) fn may_prove(&self, client_id: &str, facts: &RequestFacts) -> Result<(), u32> {
        if !self.is_on {
            return Ok(());
        }
        self.failed_proofs.look(&(address(facts), client_id))
    }

    /// Counts a proof of the client `client_id` that failed.
    pub(crate) fn proof_failed(&self, client_id: &str, facts: &RequestFacts) {
        // Beyond the budget there is nothing left to count.
        let _ = self.failed_proofs.take(&(address(facts), client_id));
    }

    /// Whether one more authorization request is stored to wait for its answer.
    pub(crate) fn may_wait(&self, facts: &RequestFacts) -> Result<(), u32> {
        if self.is_on { self.waiting_requests.take(&address(facts)) } else { Ok(()) }
    }

    /// Whether a code that `user` typed is looked up.
    ///
    /// By person and not by session, or a new sign-in would bring new guesses.
    pub(crate) fn may_type_code(&self, user: Id<User>, facts: &RequestFacts) -> Result<(), u32> {
        if !self.is_on {
            return Ok(());
        }
        // A person who has none left takes nothing of the others' behind the same address.
        self.device_codes_of_one.take(&user.as_uuid())?;
        self.device_codes_from_one.take(&address(facts))
    }
}

fn address(facts: &RequestFacts) -> Option<IpAddr> {
    facts.address.map(network)
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Limits(..)")
    }
}
