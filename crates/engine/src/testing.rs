//! What the tests of this crate share: a server with a person, an API and clients.

mod pages;
mod seed;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use domain::{
    Application, ApplicationStatus, ApplicationType, AuditEvent, BrowserSession, Client,
    ClientSettings, Clock, CodeGrant, Entropy, Grant, HandleKeys, HandleKind, Id, MasterKeys,
    RequestFacts, Sealer, Timestamp, TokenFormat, User, UserStatus, audit::Action,
};
use protocol::{CodeVerifier, Parameters, Scope, TokenScheme};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use store::{
    Store, StoreOptions,
    repo::{applications, audit, authorization_codes, clients, page::PageRequest, users},
};
use uuid::Uuid;

use crate::{
    Credentials, DpopRequest, Engine, EngineConfig, EngineParts, Introspection, PresentedToken,
    Refusal, TokenResponse,
};
pub(crate) use pages::Pages;
use seed::{add_api, add_client, add_keys, add_session, add_user};

pub(crate) const ISSUER: &str = "https://id.test";
pub(crate) const CALLBACK: &str = "https://app.test/cb";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// The identifier with this number.
pub(crate) fn id<T>(number: u128) -> Id<T> {
    Id::from_uuid(Uuid::from_u128(number))
}

pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// SHA-256 of a counter: evenly spread and the same in every run.
#[derive(Default)]
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = digest(&SHA256, &self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
    }
}

/// A client and the secret that proves it.
#[derive(Clone)]
pub(crate) struct TestClient {
    pub(crate) client: Client,
    pub(crate) application: Application,
    pub(crate) secret: Option<String>,
}

pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) pages: Arc<Pages>,
    pub(crate) user: User,
    pub(crate) session: Id<BrowserSession>,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db", folder.path().display());
        let options = StoreOptions { url, max_connections: 4, exclusive: true };
        let store = Store::open(&options).await.unwrap();
        store.migrate().await.unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(START.as_millis())));
        let pages = Arc::new(Pages::default());
        let engine = Engine::new(parts(store, Arc::<TestClock>::clone(&clock), &pages));
        add_keys(&engine).await;
        let user = add_user(&engine).await;
        let session = add_session(&engine, user.id).await;
        add_api(&engine, "photos", TokenFormat::Jwt, &["photos.read", "photos.write"]).await;
        add_api(&engine, "mail", TokenFormat::Opaque, &["mail.send"]).await;
        Self { engine, clock, pages, user, session, _folder: folder }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.engine.parts.store
    }

    /// A confidential client with these settings bent.
    pub(crate) async fn confidential(
        &self,
        name: &str,
        bend: impl FnOnce(&mut ClientSettings),
    ) -> TestClient {
        add_client(&self.engine, name, ApplicationType::Web, bend).await
    }

    /// A public client with these settings bent.
    pub(crate) async fn public(
        &self,
        name: &str,
        bend: impl FnOnce(&mut ClientSettings),
    ) -> TestClient {
        add_client(&self.engine, name, ApplicationType::Spa, bend).await
    }

    /// Disables or enables the application of `client`.
    pub(crate) async fn set_status(&self, client: &TestClient, status: ApplicationStatus) {
        let mut changed = client.application.clone();
        changed.status = status;
        self.store()
            .write(async |tx| {
                tx.invalidate_caches();
                applications::update(tx, &changed, changed.version).await
            })
            .await
            .unwrap();
    }

    /// Changes the settings of `client`.
    pub(crate) async fn change(&self, client: &TestClient, bend: impl FnOnce(&mut ClientSettings)) {
        let mut changed = client.client.clone();
        bend(&mut changed.settings);
        self.store()
            .write(async |tx| {
                tx.invalidate_caches();
                clients::update(tx, &changed, changed.version).await
            })
            .await
            .unwrap();
    }

    pub(crate) async fn lock_user(&self) {
        let mut changed = self.user.clone();
        changed.status = UserStatus::Locked;
        self.store()
            .write(async |tx| {
                tx.invalidate_caches();
                users::update(tx, &changed, changed.version).await
            })
            .await
            .unwrap();
    }

    /// A code of the person for `client`, as `/authorize` would issue it.
    pub(crate) async fn code(&self, client: &TestClient, scope: &str) -> String {
        let now = self.engine.now();
        let entropy = self.engine.parts.entropy.as_ref();
        let (handle, digest) =
            self.engine.parts.handles.issue(HandleKind::AuthorizationCode, entropy);
        let verifier = CodeVerifier::try_from(VERIFIER.to_owned()).unwrap();
        let code = CodeGrant {
            grant: Grant {
                id: Id::new(now, entropy),
                client_id: client.client.id,
                user_id: self.user.id,
                session_id: Some(self.session),
                scope: Scope::parse(scope).unwrap(),
                resources: Vec::new(),
                auth_time: START,
                amr: vec!["pwd".to_owned()],
                created_at: now,
                revoked_at: None,
            },
            redirect_uri: CALLBACK.to_owned(),
            redirect_uri_was_sent: true,
            code_challenge: Some(verifier.challenge()),
            dpop_jkt: None,
            nonce: Some("n-0S6".to_owned()),
            expires_at: now.plus(Duration::from_mins(1)),
        };
        self.store()
            .write(async |tx| authorization_codes::insert(tx, &code, &digest, now).await)
            .await
            .unwrap();
        handle.expose().to_owned()
    }

    pub(crate) async fn token(
        &self,
        client: &TestClient,
        pairs: &[(&str, &str)],
    ) -> Result<TokenResponse, Refusal> {
        let (authorization, parameters) = client.request(pairs);
        let credentials =
            Credentials { authorization: authorization.as_deref(), parameters: &parameters };
        let facts = RequestFacts::default();
        self.engine.token(&credentials, &UNPROVEN, &facts).await.unwrap()
    }

    pub(crate) async fn redeem(
        &self,
        client: &TestClient,
        code: &str,
    ) -> Result<TokenResponse, Refusal> {
        self.token(client, &redemption(code)).await
    }

    pub(crate) async fn refresh(
        &self,
        client: &TestClient,
        token: &str,
    ) -> Result<TokenResponse, Refusal> {
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token(client, &pairs).await
    }

    pub(crate) async fn is_active(&self, client: &TestClient, token: &str) -> bool {
        let (authorization, parameters) = client.request(&[("token", token)]);
        let credentials =
            Credentials { authorization: authorization.as_deref(), parameters: &parameters };
        let answer = self.engine.introspect(&credentials, &RequestFacts::default()).await.unwrap();
        matches!(answer.unwrap(), Introspection::Active(_))
    }

    /// The events of `action` that were written down, the newest first.
    pub(crate) async fn events(&self, action: Action) -> Vec<AuditEvent> {
        let page = PageRequest { limit: 100, from: None };
        let filter = audit::EventFilter { action: Some(action), ..Default::default() };
        audit::list(self.store(), &filter, &page).await.unwrap().items
    }

    pub(crate) async fn revoke(&self, client: &TestClient, token: &str) {
        let (authorization, parameters) = client.request(&[("token", token)]);
        let credentials =
            Credentials { authorization: authorization.as_deref(), parameters: &parameters };
        self.engine.revoke(&credentials, &RequestFacts::default()).await.unwrap().unwrap();
    }
}

/// A request to `/token` that shows nothing of its key.
pub(crate) const UNPROVEN: DpopRequest<'_> =
    DpopRequest { method: "POST", path: "/token", proof: None };

/// The access token `text`, presented alone.
pub(crate) fn as_bearer(text: &str) -> PresentedToken<'_> {
    PresentedToken { text, scheme: TokenScheme::Bearer, dpop: UNPROVEN }
}

/// What redeems `code`.
pub(crate) fn redemption(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

impl TestClient {
    /// The header and the parameters of a request of this client.
    pub(crate) fn request(&self, pairs: &[(&str, &str)]) -> (Option<String>, Parameters) {
        let name = self.client.client_id.as_str();
        let mut pairs: Vec<(String, String)> =
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let header = self.secret.as_ref().map(|secret| {
            format!("Basic {}", Base64::encode_string(format!("{name}:{secret}").as_bytes()))
        });
        if header.is_none() {
            pairs.push(("client_id".to_owned(), name.to_owned()));
        }
        (header, Parameters::from_pairs(pairs))
    }
}

pub(crate) fn access(response: &TokenResponse) -> &str {
    response.access_token.expose_secret()
}

pub(crate) fn refresh(response: &TokenResponse) -> &str {
    response.refresh_token.as_ref().unwrap().expose_secret()
}

/// The payload of a JWT.
pub(crate) fn payload(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(payload).unwrap()).unwrap()
}

fn parts(store: Store, clock: Arc<TestClock>, pages: &Arc<Pages>) -> EngineParts {
    let masters = MasterKeys::parse("1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
    EngineParts {
        store,
        clock,
        entropy: Arc::new(Counting::default()),
        handles: Arc::new(HandleKeys::new(&masters)),
        sealer: Arc::new(Sealer::new(&masters)),
        fetch: Arc::<Pages>::clone(pages),
        config: EngineConfig {
            issuer: ISSUER.to_owned(),
            grant_overrides: BTreeMap::new(),
            limits_enabled: true,
        },
    }
}
