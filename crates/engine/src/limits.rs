//! How much one address may do here without having proved anything.

use std::{fmt, net::IpAddr, sync::Arc};

use domain::{Clock, RateLimit, RequestFacts, rate_limit::network};

/// How many failed proofs of one client an address has at once, and how many a second
/// after that.
const FAILED_PROOFS: (u32, u32) = (30, 1);
/// How many authorization requests an address may have stored at once, and how many a
/// second after that: a company behind one address signs in at nine.
const WAITING_REQUESTS: (u32, u32) = (1000, 10);

/// What each address has left; in memory, of this node alone.
pub(crate) struct Limits {
    is_on: bool,
    failed_proofs: RateLimit,
    waiting_requests: RateLimit,
}

impl Limits {
    pub(crate) fn new(is_on: bool, clock: &Arc<dyn Clock>) -> Self {
        let limit = |(at_once, per_second)| RateLimit::new(at_once, per_second, Arc::clone(clock));
        let (failed_proofs, waiting_requests) = (limit(FAILED_PROOFS), limit(WAITING_REQUESTS));
        Self { is_on, failed_proofs, waiting_requests }
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
}

fn address(facts: &RequestFacts) -> Option<IpAddr> {
    facts.address.map(network)
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Limits(..)")
    }
}
