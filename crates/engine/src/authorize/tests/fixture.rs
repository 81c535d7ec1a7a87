//! A server with a person and clients of several kinds.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{
    Application, ApplicationStatus, ApplicationType, BrowserSession, Client, ClientSettings, Clock,
    Entropy, Environment, Handle, HandleKeys, HandleKind, Id, MasterKeys, RequestFacts, Resource,
    ScopeDefinition, Sealer, SessionKind, Timestamp, TokenFormat, User, UserStatus,
};
use protocol::{ClientId, GrantType, Parameters, RedirectUri, Scope, ScopeToken};
use store::{
    Store, StoreOptions,
    repo::{
        applications,
        browser_sessions::{self, SeenFrom},
        clients, resources, users,
    },
};

use super::super::{Begun, Decision, SignedInPerson, Step, Visitor, begin, decide_consent, resume};
use crate::{Engine, EngineConfig, EngineParts};

pub(super) const CALLBACK: &str = "https://app.test/cb";
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const START: Timestamp = Timestamp::from_millis(1_795_000_000_000);

pub(super) struct TestClock(AtomicI64);

impl TestClock {
    pub(super) fn advance(&self, span: Duration) {
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

/// Pairs of a request, to be bent by a test.
#[derive(Clone)]
pub(super) struct Pairs(Vec<(String, String)>);

impl Pairs {
    pub(super) fn with(&self, name: &str, value: &str) -> Pairs {
        self.without(name).and(name, value)
    }

    pub(super) fn without(&self, name: &str) -> Pairs {
        Pairs(self.0.iter().filter(|(it, _)| it != name).cloned().collect())
    }

    pub(super) fn and(&self, name: &str, value: &str) -> Pairs {
        let mut pairs = self.0.clone();
        pairs.push((name.to_owned(), value.to_owned()));
        Pairs(pairs)
    }
}

impl std::fmt::Debug for Pairs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let short = |(name, value): &(String, String)| {
            format!("{name}={}", value.chars().take(60).collect::<String>())
        };
        f.debug_list().entries(self.0.iter().map(short)).finish()
    }
}

/// A parameter of an address.
pub(super) fn param(location: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(location).unwrap();
    url.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
}

pub(super) struct Fixture {
    pub(super) engine: Engine,
    pub(super) clock: Arc<TestClock>,
    /// The client called `app`.
    pub(super) client: Id<Client>,
    user: Id<User>,
    _folder: tempfile::TempDir,
}

impl Fixture {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db", folder.path().display());
        let options = StoreOptions { url, max_connections: 4, exclusive: true };
        let store = Store::open(&options).await.unwrap();
        store.migrate().await.unwrap();
        let masters = MasterKeys::parse("1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(START.as_millis())));
        let parts = EngineParts {
            store,
            clock: Arc::<TestClock>::clone(&clock),
            entropy: Arc::new(Counting::default()),
            handles: Arc::new(HandleKeys::new(&masters)),
            sealer: Arc::new(Sealer::new(&masters)),
            fetch: Arc::new(crate::testing::Pages::default()),
            config: EngineConfig {
                issuer: "https://id.test".to_owned(),
                grant_overrides: BTreeMap::new(),
                limits_enabled: true,
            },
        };
        let engine = Engine::new(parts);
        let user = add_user(&engine).await;
        add_api(&engine).await;
        let client = add_clients(&engine).await;
        Self { engine, clock, client, user, _folder: folder }
    }

    /// A request that nothing is wrong with.
    pub(super) fn request() -> Pairs {
        let pairs = [
            ("client_id", "app"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid photos.read"),
            ("state", "a b+c"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        Pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }

    /// Alice, who signs in now.
    pub(super) async fn alice(&self) -> SignedInPerson {
        let now = self.engine.now();
        let parts = &self.engine.parts;
        let (_, digest) = parts.handles.issue(HandleKind::UserSession, &*parts.entropy);
        let session = BrowserSession {
            id: Id::new(now, &*parts.entropy),
            kind: SessionKind::User,
            user_id: Some(self.user),
            state: HashMap::new(),
            created_at: now,
            idle_expires_at: now.plus(Duration::from_hours(24)),
            expires_at: now.plus(Duration::from_hours(24)),
        };
        let from = SeenFrom::default();
        parts
            .store
            .write(async |tx| browser_sessions::insert(tx, &digest, &session, &from).await)
            .await
            .unwrap();
        SignedInPerson {
            user_id: self.user,
            session_id: session.id,
            auth_time: now,
            amr: vec!["pwd".to_owned()],
        }
    }

    pub(super) fn visitor(person: Option<&SignedInPerson>) -> Visitor {
        Visitor {
            signed_in: person.cloned(),
            browser: "this browser".to_owned(),
            facts: RequestFacts::default(),
        }
    }

    pub(super) async fn begin(&self, pairs: Pairs, person: Option<&SignedInPerson>) -> Begun {
        let parameters = Parameters::from_pairs(pairs.0);
        begin(&self.engine, &parameters, &Self::visitor(person)).await.unwrap()
    }

    pub(super) async fn resume(&self, handle: &Handle, person: Option<&SignedInPerson>) -> Step {
        resume(&self.engine, handle.expose(), &Self::visitor(person)).await.unwrap()
    }

    pub(super) async fn decide(
        &self,
        handle: &Handle,
        person: &SignedInPerson,
        decision: &Decision,
    ) -> Step {
        let visitor = Self::visitor(Some(person));
        decide_consent(&self.engine, handle.expose(), &visitor, decision).await.unwrap()
    }

    /// Takes all scopes but these from the client called `app`.
    pub(super) async fn narrow(&self, scopes: &str) {
        let id = ClientId::try_from("app".to_owned()).unwrap();
        let known = self.engine.client(&id, self.engine.now()).await.unwrap().unwrap();
        let mut client = known.client.clone();
        client.settings.scopes = Scope::parse(scopes).unwrap();
        client.version += 1;
        self.engine
            .parts
            .store
            .write(async |tx| {
                tx.invalidate_caches();
                clients::update(tx, &client, 1).await
            })
            .await
            .unwrap();
    }

    /// A request of `scope` that waits for the person's answer.
    pub(super) async fn ask(&self, person: &SignedInPerson, scope: &str) -> Handle {
        match self.begin(Self::request().with("scope", scope), Some(person)).await {
            Begun::Consent(handle) => handle,
            other @ (Begun::Refused(_)
            | Begun::Answered(_)
            | Begun::LogIn(_)
            | Begun::TooMany { .. }) => panic!("{other:?}"),
        }
    }
}

async fn add_user(engine: &Engine) -> Id<User> {
    let user = User {
        id: Id::new(START, &*engine.parts.entropy),
        username: "alice".to_owned(),
        email: "alice@example.test".to_owned(),
        email_verified: true,
        name: "Alice".to_owned(),
        role: None,
        status: UserStatus::Active,
        has_password: false,
        last_sign_in_at: None,
        created_at: START,
        updated_at: START,
        version: 1,
    };
    engine.parts.store.write(async |tx| users::insert(tx, &user, None).await).await.unwrap();
    user.id
}

async fn add_api(engine: &Engine) {
    let scope = |name: &str| ScopeDefinition {
        id: Id::new(START, &*engine.parts.entropy),
        name: ScopeToken::try_from(name).unwrap(),
        display_name: format!("Use {name}"),
        description: String::new(),
        default: false,
    };
    let api = Resource {
        id: Id::new(START, &*engine.parts.entropy),
        identifier: "https://photos.test".to_owned(),
        name: "Photos".to_owned(),
        description: String::new(),
        token_format: TokenFormat::Jwt,
        scopes: vec![scope("photos.read"), scope("photos.write")],
        created_at: START,
        updated_at: START,
        version: 1,
    };
    engine.parts.store.write(async |tx| resources::insert(tx, &api).await).await.unwrap();
}

async fn add_clients(engine: &Engine) -> Id<Client> {
    let app = add_client(engine, "app", ApplicationType::Web, |_| {}).await;
    add_client(engine, "off", ApplicationType::Web, |_| {}).await;
    add_client(engine, "no-code", ApplicationType::Web, |it| it.grant_types.clear()).await;
    add_client(engine, "exempt", ApplicationType::Web, |it| it.require_pkce = false).await;
    add_client(engine, "trusted", ApplicationType::Web, |it| it.skip_consent = true).await;
    add_client(engine, "native", ApplicationType::Native, |it| {
        it.redirect_uris = vec![uri("http://127.0.0.1/cb")];
    })
    .await;
    app
}

async fn add_client(
    engine: &Engine,
    name: &str,
    application_type: ApplicationType,
    bend: impl FnOnce(&mut ClientSettings),
) -> Id<Client> {
    let entropy = &*engine.parts.entropy;
    let application_id = Id::new(START, entropy);
    let mut settings = ClientSettings {
        redirect_uris: vec![uri(CALLBACK)],
        grant_types: vec![GrantType::AuthorizationCode],
        scopes: Scope::parse("openid profile photos.read").unwrap(),
        default_scopes: Scope::parse("photos.read").unwrap(),
        ..ClientSettings::defaults(application_type)
    };
    bend(&mut settings);
    let client = Client {
        id: Id::new(START, entropy),
        application_id,
        client_id: ClientId::try_from(name.to_owned()).unwrap(),
        environment: Environment::Sandbox,
        settings,
        created_at: START,
        updated_at: START,
        version: 1,
        secrets: Vec::new(),
    };
    let status =
        if name == "off" { ApplicationStatus::Disabled } else { ApplicationStatus::Active };
    let application = Application {
        id: application_id,
        name: name.to_owned(),
        description: String::new(),
        application_type,
        status,
        owner: None,
        client_uri: None,
        policy_uri: None,
        tos_uri: None,
        created_at: START,
        updated_at: START,
        version: 1,
        clients: Vec::new(),
    };
    engine
        .parts
        .store
        .write(async |tx| {
            applications::insert(tx, &application).await?;
            clients::insert(tx, &client).await
        })
        .await
        .unwrap();
    client.id
}

fn uri(text: &str) -> RedirectUri {
    RedirectUri::try_from(text.to_owned()).unwrap()
}
