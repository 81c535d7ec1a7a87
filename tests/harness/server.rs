//! The server under test: real TCP, real middleware, a clock of its own.

use std::{net::TcpListener, sync::Arc, time::Duration};

use ::server::{
    app::{self, Running},
    config::{FixedEnv, Overrides, Settings},
    core::{Core, Use, World},
    demo::{Answer, Browser},
    real::SystemEntropy,
    worker,
};
use domain::{Clock as _, MasterKeys, Permission};
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::{
    Api, Db, PASSWORD, Person, RelyingParty, TestClock,
    database::{TestDatabase, master_keys},
};

/// A server on a port of its own, with an empty database.
pub struct TestServer {
    /// The issuer; every address begins with it.
    pub url: String,
    /// Everything behind the doors, for what no door shows: statements, queued mail.
    pub core: Arc<Core>,
    /// A client of no one in particular.
    pub(crate) http: reqwest::Client,
    clock: Arc<TestClock>,
    api: Api,
    running: Running,
    ground: Ground,
}

/// What stays when a server is started again.
struct Ground {
    database: TestDatabase,
    settings: Vec<(String, String)>,
}

impl TestServer {
    /// Starts a server with the settings of a fresh installation.
    pub async fn spawn(db: Db) -> Self {
        Self::with(db, &[]).await
    }

    /// Starts a server with these settings changed.
    pub async fn with(db: Db, settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::make(db).await;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let ground = Ground { database, settings: settings.collect() };
        Self::start(ground, listener, Arc::new(TestClock::new())).await
    }

    /// Ends the server and starts it again: same address, same database, same moment.
    pub async fn restart(self) -> Self {
        self.restart_with(&[]).await
    }

    /// As [`Self::restart`], with these settings changed.
    pub async fn restart_with(self, settings: &[(&str, &str)]) -> Self {
        let Self { url, core, clock, running, mut ground, .. } = self;
        running.stop().await;
        drop(core);
        ground.database.wait_until_free();
        for (key, value) in settings {
            ground.settings.push(((*key).to_owned(), (*value).to_owned()));
        }
        let address = url.strip_prefix("http://").unwrap();
        let listener = TcpListener::bind(address).unwrap();
        Self::start(ground, listener, clock).await
    }

    async fn start(ground: Ground, listener: TcpListener, clock: Arc<TestClock>) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let settings = [
            ("server.public_url", url.as_str()),
            ("server.workers", "2"),
            ("database.url", &ground.database.url),
            ("sample_resource.enabled", "true"),
        ];
        let more = ground.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let overrides = settings
            .into_iter()
            .chain(more)
            .fold(Overrides::none(), |it, (key, value)| it.command("test", key, value));
        let env = FixedEnv::new(ground.database.folder.path());
        let settings = Settings::load(None, &overrides, &env).unwrap().settings;

        let entropy = Arc::new(SystemEntropy::default());
        let keys = MasterKeys::parse(&master_keys()).unwrap();
        let world = World { clock: clock.clone(), entropy };
        let core = Arc::new(Core::open(settings, &keys, world, Use::Serving).await.unwrap());
        let running = app::start(&core, listener).unwrap();
        let key = core.make_api_key("test", Permission::ALL, None).await.unwrap();
        let api = Api::new(&url, key.expose_secret());
        Self { url, core, http: crate::client(), clock, api, running, ground }
    }

    /// The server's clock.
    #[must_use]
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// Moves the server's clock on.
    pub fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The moment on the server's clock, in milliseconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.now().as_millis()
    }

    /// The management API, called with every permission.
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The management API, called by nobody known.
    #[must_use]
    pub fn anonymous(&self) -> Api {
        Api::new(&self.url, "")
    }

    /// A browser that has never been here.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(&self.url).unwrap()
    }

    /// Adds a person, `{name}@example.com`, with the password [`PASSWORD`].
    pub async fn person(&self, name: &str) -> Person {
        let body = json!({
            "username": name,
            "email": format!("{name}@example.com"),
            "email_verified": true,
            "name": format!("{name} Example"),
            "password": PASSWORD,
        });
        let user = self.api.create("/users", &body).await;
        Person::new(self, name, user["id"].as_str().unwrap())
    }

    /// The link that `countersign serve` prints at the first run; none afterwards.
    pub async fn set_up_link(&self) -> Option<String> {
        let link = self.core.set_up_link().await.unwrap();
        link.map(|link| link.expose_secret().to_owned())
    }

    /// Adds a person who holds `role` in the control center.
    pub async fn staff(&self, name: &str, role: &str) -> Person {
        let body = json!({
            "username": name,
            "email": format!("{name}@example.com"),
            "email_verified": true,
            "name": format!("{name} Example"),
            "password": PASSWORD,
            "role": role,
        });
        let user = self.api.create("/users", &body).await;
        Person::new(self, name, user["id"].as_str().unwrap())
    }

    /// A caller of the management API with these permissions alone.
    pub async fn api_with(&self, permissions: &[&str]) -> Api {
        let body = json!({ "name": "limited", "permissions": permissions });
        let key = self.api.create("/api-keys", &body).await;
        self.api.with_bearer(key["api_key"].as_str().unwrap())
    }

    /// Registers the API `https://api.example.com/photos` with two scopes.
    pub async fn photos_api(&self, token_format: &str) -> Value {
        let body = json!({
            "identifier": "https://api.example.com/photos",
            "name": "Photos",
            "token_format": token_format,
            "scopes": [
                { "name": "resource.read", "display_name": "See your photos" },
                { "name": "resource.write", "display_name": "Change your photos" },
            ],
        });
        self.api.create("/resources", &body).await
    }

    /// Registers an application of `kind`, with one redirect URI unless it is a machine or device,
    /// and `more` members; answers it as its relying party.
    pub async fn register(&self, kind: &str, more: Value) -> RelyingParty {
        let mut body = json!({ "name": "Photo Printer", "type": kind, "environment": "sandbox" });
        if !["machine", "device"].contains(&kind) {
            body["redirect_uris"] = json!([RelyingParty::REDIRECT_URI]);
        }
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let application = self.api.create("/applications", &body).await;
        RelyingParty::of(self, &application)
    }

    /// The relying party of an application that was registered in another way.
    #[must_use]
    pub fn relying_party(&self, application: &Value) -> RelyingParty {
        RelyingParty::of(self, application)
    }

    /// A web application that may ask for all there is; needs [`Self::photos_api`] first.
    pub async fn web_app(&self) -> RelyingParty {
        let scopes =
            ["openid", "profile", "email", "offline_access", "resource.read", "resource.write"];
        self.register("web", json!({ "scopes": scopes })).await
    }

    /// `GET` of an address of this server, by nobody.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// A request to this server that the test goes on building; redirects are not followed.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Sends a request that was built.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap()).await.unwrap()
    }

    /// The keys that tokens are checked with.
    pub async fn jwks(&self) -> Value {
        crate::json(&self.get("/jwks").await)
    }

    /// Runs a statement behind the server's back.
    pub async fn execute(&self, sql: &str) {
        self.ground.database.execute(sql).await;
    }

    /// Every row of every table as text, each with the name of its table.
    pub async fn rows(&self) -> Vec<(String, String)> {
        self.ground.database.rows().await
    }

    /// Every column of every table, `table.column`.
    pub async fn columns(&self) -> Vec<String> {
        self.ground.database.columns().await
    }

    /// How many jobs wait to leave: mail, and whatever else goes out.
    pub async fn queued_jobs(&self) -> usize {
        self.rows().await.iter().filter(|(table, _)| table == "outbox_job").count()
    }

    /// Does what the server otherwise does by itself each second.
    pub async fn background_round(&self) {
        worker::quick_round(&self.core).await.unwrap();
    }

    /// How many statements `work` runs.
    pub async fn statements<T>(&self, work: impl Future<Output = T>) -> (T, u64) {
        let before = self.core.store.statements();
        let done = work.await;
        (done, self.core.store.statements() - before)
    }

    /// The actions of the audit log, the newest first.
    pub async fn audit(&self) -> Vec<String> {
        let page = self.api.get("/audit-events?limit=200").await;
        let events = crate::json(&page)["data"].as_array().cloned().unwrap();
        events.iter().map(|event| event["action"].as_str().unwrap().to_owned()).collect()
    }

    /// Ends the server; the audit chain must hold.
    pub async fn finish(self) {
        self.background_round().await;
        let report = self.core.verify_audit(None).await.unwrap();
        assert_eq!((report.unsealed, report.fault), (0, None));
        self.running.stop().await;
    }
}
