//! How often somebody may do what costs the server something, or may guess.

use std::{
    fmt,
    hash::{BuildHasher as _, Hash, RandomState},
    net::{IpAddr, Ipv6Addr},
    num::{NonZeroU32, NonZeroU64},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use governor::{
    Quota, RateLimiter, clock::Clock as GovernorClock, middleware::NoOpMiddleware, nanos::Nanos,
    state::StateStore,
};

use crate::Clock;

/// Fixed, so that a flood of names costs no memory. Two that share a slot share its
/// budget: a collision is stricter, never looser.
const SLOTS: u64 = 1 << 16;

/// A budget for each of many: so much at once, and then so much a second.
///
/// In memory, of this node alone; nothing is allocated before the first is counted.
pub struct RateLimit {
    limiter: RateLimiter<Place, Table, Time, NoOpMiddleware<Duration>>,
    table: Table,
    /// Keyed by chance: nobody outside can find two that meet in one slot.
    slots: RandomState,
}

impl RateLimit {
    /// A budget of `at_once`, which grows again by `per_second`.
    #[must_use]
    pub fn new(at_once: u32, per_second: u32, clock: Arc<dyn Clock>) -> Self {
        Self::with(Quota::per_second(at_least_one(per_second)), at_once, clock)
    }

    /// A budget of `at_once`, which grows again by `per_minute`.
    #[must_use]
    pub fn slow(at_once: u32, per_minute: u32, clock: Arc<dyn Clock>) -> Self {
        Self::with(Quota::per_minute(at_least_one(per_minute)), at_once, clock)
    }

    fn with(quota: Quota, at_once: u32, clock: Arc<dyn Clock>) -> Self {
        let quota = quota.allow_burst(at_least_one(at_once));
        let table = Table::default();
        let limiter = RateLimiter::new(quota, table.clone(), Time(clock));
        Self { limiter, table, slots: RandomState::new() }
    }

    /// Takes one from the budget of `whose`.
    ///
    /// # Errors
    ///
    /// The seconds to wait, when there is none.
    pub fn take(&self, whose: &impl Hash) -> Result<(), u32> {
        self.ask(whose, true)
    }

    /// Whether `whose` budget has one left, which stays there.
    ///
    /// # Errors
    ///
    /// The seconds to wait, when there is none.
    pub fn look(&self, whose: &impl Hash) -> Result<(), u32> {
        if self.table.0.get().is_none() { Ok(()) } else { self.ask(whose, false) }
    }

    fn ask(&self, whose: &impl Hash, takes: bool) -> Result<(), u32> {
        let slot = self.slots.hash_one(whose) % SLOTS;
        let place = Place { slot, takes };
        self.limiter.check_key(&place).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.limiter.clock().now());
            u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
        })
    }
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RateLimit(..)")
    }
}

/// Where something is counted, and whether it is.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    slot: u64,
    takes: bool,
}

/// When each slot will have its whole budget again.
#[derive(Clone, Default)]
struct Table(Arc<OnceLock<Box<[AtomicU64]>>>);

impl StateStore for Table {
    type Key = Place;

    fn measure_and_replace<T, F, E>(&self, place: &Place, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let table = self.0.get_or_init(|| (0..SLOTS).map(|_| AtomicU64::new(0)).collect());
        let slot = usize::try_from(place.slot).ok().and_then(|at| table.get(at));
        let Some(slot) = slot else { return decide(None).map(|(answer, _)| answer) };
        let mut full = slot.load(Ordering::Acquire);
        loop {
            let known = NonZeroU64::new(full).map(|it| Nanos::from(it.get()));
            let (answer, next) = decide(known)?;
            if !place.takes {
                return Ok(answer);
            }
            let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
            match slot.compare_exchange_weak(full, next.into(), success, failure) {
                Ok(_) => return Ok(answer),
                Err(changed) => full = changed,
            }
        }
    }
}

/// The server's clock, as the limiter reads it.
struct Time(Arc<dyn Clock>);

impl GovernorClock for Time {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now().as_millis()).unwrap_or_default())
    }
}

/// The network that one subscriber has: the address, or the first half of an IPv6 one.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(it) => {
            let [a, b, c, d, ..] = it.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        IpAddr::V4(it) => it.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use super::*;
    use crate::Timestamp;

    struct Moving(AtomicI64);

    impl Clock for Moving {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    fn limit(at_once: u32, per_second: u32) -> (RateLimit, Arc<Moving>) {
        let clock = Arc::new(Moving(AtomicI64::new(1_795_000_000_000)));
        (RateLimit::new(at_once, per_second, Arc::<Moving>::clone(&clock)), clock)
    }

    #[test]
    fn a_budget_is_spent_and_grows_again() {
        let (limit, clock) = limit(3, 2);
        for _ in 0..3 {
            assert_eq!(limit.take(&"alice"), Ok(()));
        }
        assert_eq!(limit.take(&"alice"), Err(1));
        assert_eq!(limit.look(&"alice"), Err(1));
        assert_eq!(limit.take(&"bob"), Ok(()));

        clock.0.fetch_add(500, Ordering::Relaxed);
        assert_eq!(limit.take(&"alice"), Ok(()));
        assert_eq!(limit.take(&"alice"), Err(1));
        clock.0.fetch_add(60_000, Ordering::Relaxed);
        for _ in 0..3 {
            assert_eq!(limit.take(&"alice"), Ok(()));
        }
        assert_eq!(limit.take(&"alice"), Err(1), "no more than at first");
    }

    #[test]
    fn a_slow_budget_grows_by_the_minute() {
        let clock = Arc::new(Moving(AtomicI64::new(1_795_000_000_000)));
        let limit = RateLimit::slow(2, 6, Arc::<Moving>::clone(&clock));

        assert_eq!(
            [limit.take(&"a"), limit.take(&"a"), limit.take(&"a")],
            [Ok(()), Ok(()), Err(10)]
        );
        clock.0.fetch_add(10_000, Ordering::Relaxed);
        assert_eq!([limit.take(&"a"), limit.take(&"a")], [Ok(()), Err(10)]);
    }

    #[test]
    fn looking_costs_nothing() {
        let (limit, _) = limit(1, 1);
        for _ in 0..10 {
            assert_eq!(limit.look(&"alice"), Ok(()));
        }
        assert!(limit.table.0.get().is_none(), "nor memory");

        assert_eq!(limit.take(&"alice"), Ok(()));
        assert_eq!(limit.look(&"alice"), Err(1));
        assert_eq!(limit.look(&"bob"), Ok(()));
    }

    #[test]
    fn many_names_share_a_table_that_does_not_grow() {
        let (limit, _) = limit(1, 1);

        let admitted = (0..4 * SLOTS).filter(|name| limit.take(name).is_ok()).count();

        assert!(admitted <= usize::try_from(SLOTS).unwrap());
        assert!(admitted > usize::try_from(SLOTS / 2).unwrap());
    }

    #[test]
    fn threads_do_not_get_more_than_there_is() {
        let (limit, _) = limit(100, 1);

        let admitted: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..100).filter(|_| limit.take(&"a").is_ok()).count()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });

        assert_eq!(admitted, 100);
    }

    #[test]
    fn an_ipv6_subscriber_is_one_network() {
        let network = |text: &str| network(text.parse().unwrap());

        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("203.0.113.7").to_string(), "203.0.113.7");
    }
}
