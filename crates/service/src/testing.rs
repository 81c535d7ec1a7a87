//! What the tests of this crate share: a service on SQLite with one person.

pub(crate) mod operators;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{
    Clock, Entropy, HandleKeys, Id, MasterKeys, RequestFacts, Sealer, Timestamp, User, UserStatus,
};
use secrecy::SecretString;
use store::{
    Store, StoreOptions,
    repo::{
        audit::{self, EventFilter},
        credentials,
        page::PageRequest,
        users,
    },
};
use tempfile::TempDir;

use crate::{
    Service, ServiceConfig, ServiceParts,
    login::{self, PasswordLogin},
    password::{self, PasswordContext, PasswordCost},
};

/// The password of Alice.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A clock that tests move.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    /// Moves the clock.
    pub(crate) fn advance(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

#[derive(Default)]
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let next = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            chunk.copy_from_slice(&next.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A service with one person.
pub(crate) struct Fixture {
    pub(crate) service: Service,
    pub(crate) clock: Arc<TestClock>,
    /// A person without a role.
    pub(crate) alice: Id<User>,
    _folder: TempDir,
}

/// A request from `address`.
pub(crate) fn facts(address: &str) -> RequestFacts {
    RequestFacts { address: address.parse().ok(), ..RequestFacts::default() }
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With a configuration that a test bends.
    pub(crate) async fn with(bend: impl FnOnce(&mut ServiceConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db", folder.path().display());
        let options = StoreOptions { url, max_connections: 4, exclusive: true };
        let store = Store::open(&options).await.unwrap();
        store.migrate().await.unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(1_795_000_000_000)));
        let mut config = ServiceConfig {
            public_url: "https://id.test".to_owned(),
            grant_overrides: BTreeMap::new(),
            hashing_threads: 2,
            password_cost: PasswordCost { memory_kib: 64, iterations: 1 },
            limits_enabled: false,
        };
        bend(&mut config);
        let masters = MasterKeys::parse("1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        let service = Service::new(ServiceParts {
            store,
            clock: Arc::<TestClock>::clone(&clock),
            entropy: Arc::new(Counting::default()),
            handles: Arc::new(HandleKeys::new(&masters)),
            sealer: Arc::new(Sealer::new(&masters)),
            config,
        });
        let alice = add_alice(&service).await;
        Self { service, clock, alice, _folder: folder }
    }

    /// The same database under another configuration.
    pub(crate) fn reopen(self, bend: impl FnOnce(&mut ServiceConfig)) -> Self {
        let mut parts = self.service.parts.clone();
        bend(&mut parts.config);
        Self { service: Service::new(parts), ..self }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.service.parts.clock.now()
    }

    pub(crate) async fn user(&self, id: Id<User>) -> User {
        credentials::find(&self.service.parts.store, id).await.unwrap().unwrap().user
    }

    /// Changes a person.
    pub(crate) async fn set(&self, id: Id<User>, change: impl FnOnce(&mut User)) {
        let mut user = self.user(id).await;
        let version = user.version;
        change(&mut user);
        user.version += 1;
        let store = &self.service.parts.store;
        store
            .write(async |tx| {
                tx.invalidate_caches();
                users::update(tx, &user, version).await
            })
            .await
            .unwrap();
    }

    /// Gives a person a hash as it stands.
    pub(crate) async fn set_hash(&self, id: Id<User>, hash: &str) {
        let (store, now) = (&self.service.parts.store, self.now());
        store
            .write(async |tx| credentials::set_password_hash(tx, id, hash, now).await)
            .await
            .unwrap();
    }

    /// The actions in the audit log, the oldest first; those of one moment in any order.
    pub(crate) async fn actions(&self) -> Vec<String> {
        let page = PageRequest { limit: 100, from: None };
        let filter = EventFilter::default();
        let events = audit::list(&self.service.parts.store, &filter, &page).await;
        let mut events = events.unwrap().items;
        events.reverse();
        events.iter().map(|it| it.action.as_str().to_owned()).collect()
    }

    /// What the session middleware keeps for Alice, as she was at first.
    pub(crate) fn state_of_alice(&self) -> HashMap<String, String> {
        HashMap::from([
            ("uid".to_owned(), format!("\"{}\"", self.alice)),
            ("account_version".to_owned(), "1".to_owned()),
        ])
    }

    /// Whether Alice signs in with `password`.
    pub(crate) async fn signs_in(&self, password: &str) -> bool {
        let login = PasswordLogin {
            identifier: "alice".to_owned(),
            password: SecretString::from(password),
            for_console: false,
            facts: facts("203.0.113.7"),
        };
        login::with_password(&self.service, login).await.unwrap().is_ok()
    }
}

async fn add_alice(service: &Service) -> Id<User> {
    let now = service.parts.clock.now();
    let user = User {
        id: Id::new(now, &*service.parts.entropy),
        username: "alice".to_owned(),
        email: "alice@example.test".to_owned(),
        email_verified: true,
        name: "Alice".to_owned(),
        role: None,
        status: UserStatus::Active,
        has_password: true,
        last_sign_in_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let password = SecretString::from(PASSWORD);
    let hash = password::hash(service, &password, &PasswordContext::default()).await.unwrap();
    let store = &service.parts.store;
    store.write(async |tx| users::insert(tx, &user, Some(&hash)).await).await.unwrap();
    user.id
}
