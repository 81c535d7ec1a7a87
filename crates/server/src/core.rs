//! What the server is made of, opened and checked: the database, the engine, the operations.

use std::{collections::BTreeMap, fmt, num::NonZero, sync::Arc};

use domain::{Clock, Entropy, HandleKeys, MasterKeys, Permission, Sealer, Timestamp};
use engine::{Engine, EngineConfig, EngineParts};
use fetch::{FetchRules, Fetcher, InvalidAuthorities};
use mail::{InvalidMailConfig, Mailer};
use protocol::GrantType;
use secrecy::{ExposeSecret as _, SecretString};
use service::{
    Call, Problem, Service, ServiceConfig, ServiceParts,
    api_keys::{self, CreateApiKey},
    audit_log, bootstrap,
    password::PasswordCost,
};
use store::{
    Store, StoreError, StoreOptions,
    repo::{
        audit::{ChainHead, ChainReport},
        settings as setting_rows,
    },
};

use crate::{
    config::{ConfigError, Outbound, Settings, read_authorities},
    real::{SystemClock, SystemEntropy},
};

/// The most database connections of one node.
const MAX_CONNECTIONS: u32 = 16;
/// Whom mail comes from where nothing is configured.
const DEFAULT_FROM: &str = "Countersign <no-reply@localhost>";

/// Where time and chance come from.
#[derive(Clone)]
pub struct World {
    /// Where the time is read.
    pub clock: Arc<dyn Clock>,
    /// Where chance comes from.
    pub entropy: Arc<dyn Entropy>,
}

/// What the core is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// To serve; of a SQLite database only one process may.
    Serving,
    /// To run a command beside a server that may be running.
    Beside,
}

/// The server without its doors: every command and every surface works on it.
pub struct Core {
    /// What was configured.
    pub settings: Settings,
    /// Time and chance.
    pub world: World,
    /// The database.
    pub store: Store,
    /// What the protocol endpoints decide with.
    pub engine: Arc<Engine>,
    /// What operators and users can do.
    pub service: Arc<Service>,
    /// The keys under which handles are stored.
    pub handles: Arc<HandleKeys>,
    /// How mail leaves.
    pub mailer: Arc<Mailer>,
}

/// Why the server cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] store::OpenError),
    /// The schema is older than this program.
    #[error(
        "the database lacks {0} migrations; run countersign migrate up, or set database.migrate_on_start"
    )]
    Migrations(usize),
    /// The master key is not the one this database was made with.
    #[error(
        "the master key is not the one this database was made with; put the right key file in place"
    )]
    MasterKey,
    /// The mail settings cannot be used.
    #[error(transparent)]
    Mail(#[from] InvalidMailConfig),
    /// The certificate authorities of fetches cannot be read.
    #[error(transparent)]
    CaFile(#[from] ConfigError),
    /// The certificate authorities of fetches are none.
    #[error("outbound.ca_file cannot be used")]
    Authorities(#[from] InvalidAuthorities),
    /// The database failed.
    #[error("the database failed while the server was opened")]
    Store(#[from] StoreError),
    /// The signing keys cannot be made or opened.
    #[error("the signing keys cannot be opened")]
    Keys(#[from] engine::KeysError),
}

impl World {
    /// The real one.
    #[must_use]
    pub fn real() -> Self {
        Self { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy::default()) }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World(..)")
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Core(..)")
    }
}

/// Opens the database alone, without looking at its schema.
///
/// # Errors
///
/// When it cannot be used.
pub async fn open_store(settings: &Settings, exclusive: bool) -> Result<Store, store::OpenError> {
    let url = settings.database.sqlite_file().map_or_else(
        || settings.database.url.expose_secret().to_owned(),
        |file| format!("sqlite://{}", file.display()),
    );
    Store::open(&StoreOptions { url, max_connections: MAX_CONNECTIONS, exclusive }).await
}

impl Core {
    /// Opens everything, migrating when that is allowed, and checks the master key.
    ///
    /// # Errors
    ///
    /// When the database, its schema, the master key or the mail settings do not fit.
    pub async fn open(
        settings: Settings,
        keys: &MasterKeys,
        world: World,
        purpose: Use,
    ) -> Result<Self, OpenError> {
        let store = open_store(&settings, purpose == Use::Serving).await?;
        if settings.database.migrate_on_start {
            store.migrate().await?;
        }
        let missing = store.migrations().await?.iter().filter(|(_, applied)| !applied).count();
        if missing > 0 {
            return Err(OpenError::Migrations(missing));
        }
        check_master_key(&store, keys, &world).await?;
        Self::assemble(settings, store, keys, world).await
    }

    /// Puts the parts together; the schema and the master key were checked.
    async fn assemble(
        settings: Settings,
        store: Store,
        keys: &MasterKeys,
        world: World,
    ) -> Result<Self, OpenError> {
        let handles = Arc::new(HandleKeys::new(keys));
        let sealer = Arc::new(Sealer::new(keys));
        let issuer = settings.server.public_url.as_str().to_owned();
        let grant_overrides: BTreeMap<GrantType, bool> = GrantType::ALL
            .into_iter()
            .filter_map(|grant| Some((grant, settings.grants.configured(grant)?)))
            .collect();
        let engine = Engine::new(EngineParts {
            store: store.clone(),
            clock: Arc::clone(&world.clock),
            entropy: Arc::clone(&world.entropy),
            handles: Arc::clone(&handles),
            sealer: Arc::clone(&sealer),
            fetch: Arc::new(fetcher(&settings.outbound)?),
            config: EngineConfig {
                issuer: issuer.clone(),
                grant_overrides: grant_overrides.clone(),
                limits_enabled: settings.limits.enabled,
            },
        });
        engine.ensure_keys().await?;
        let service = Service::new(ServiceParts {
            store: store.clone(),
            clock: Arc::clone(&world.clock),
            entropy: Arc::clone(&world.entropy),
            handles: Arc::clone(&handles),
            sealer,
            config: ServiceConfig {
                public_url: issuer.clone(),
                grant_overrides,
                hashing_threads: std::thread::available_parallelism().map_or(1, NonZero::get),
                password_cost: PasswordCost::default(),
                limits_enabled: settings.limits.enabled,
            },
        });
        let from = settings.mail.from.as_deref().unwrap_or(DEFAULT_FROM);
        let mailer = Mailer::new(settings.mail.url.as_ref(), from, &issuer)?;
        Ok(Self {
            settings,
            world,
            store,
            engine: Arc::new(engine),
            service: Arc::new(service),
            handles,
            mailer: Arc::new(mailer),
        })
    }
}

impl Core {
    /// Makes an API key and says it.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub async fn make_api_key(
        &self,
        name: &str,
        permissions: &[Permission],
        expires_at: Option<Timestamp>,
    ) -> Result<SecretString, Problem> {
        let command = CreateApiKey {
            name: name.to_owned(),
            permissions: permissions.iter().map(ToString::to_string).collect(),
            expires_at,
        };
        Ok(api_keys::create(&self.service, &Call::operator(), command).await?.text)
    }

    /// Makes the link that sets the server up, while that was not done.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn set_up_link(&self) -> Result<Option<SecretString>, StoreError> {
        Ok(bootstrap::make_set_up_link(&self.service).await?.map(|link| link.url))
    }

    /// Walks the audit chain, and checks that it goes on from the head that was `kept`.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn verify_audit(&self, kept: Option<ChainHead>) -> Result<ChainReport, Problem> {
        audit_log::verify(&self.service, &Call::operator(), kept).await
    }
}

/// What reads documents of other servers.
fn fetcher(outbound: &Outbound) -> Result<Fetcher, OpenError> {
    let authorities = outbound.ca_file.as_deref().map(read_authorities).transpose()?;
    let allow_private_networks = outbound.allow_private_networks;
    Ok(Fetcher::new(FetchRules { allow_private_networks, authorities })?)
}

/// Compares the master key with what the database remembers of it.
async fn check_master_key(
    store: &Store,
    keys: &MasterKeys,
    world: &World,
) -> Result<(), OpenError> {
    let now = world.clock.now();
    let (text, version) = match setting_rows::master_key_check(store).await? {
        None => (Some(keys.check_value()), 0),
        Some((known, version)) => {
            (keys.check(&known).map_err(|_wrong| OpenError::MasterKey)?, version)
        }
    };
    if let Some(text) = text {
        // A node that was faster wrote the same, or its own key is wrong and it refuses.
        store
            .write(async |tx| setting_rows::put_master_key_check(tx, &text, version, now).await)
            .await?;
    }
    Ok(())
}
