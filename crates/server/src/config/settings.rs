//! The settings as the rest of the server sees them.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use ipnet::IpNet;
use protocol::GrantType;
use secrecy::SecretString;

use super::PublicUrl;

/// Everything that can be configured, checked; relative paths are already resolved.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where and how the server answers.
    pub server: Server,
    /// Where everything is kept.
    pub database: Database,
    /// What seals the secrets in the database.
    pub keys: Keys,
    /// How mail leaves.
    pub mail: Mail,
    /// What is fetched from other servers.
    pub outbound: Outbound,
    /// Rate limits and guess budgets.
    pub limits: Limits,
    /// The grant types that the configuration switches.
    pub grants: Grants,
    /// The paths of other servers that are answered too.
    pub compat: Compat,
    /// The sample protected resource.
    pub sample_resource: SampleResource,
}

impl Settings {
    /// Whether the first start makes the master key, as database and key file are the default ones.
    #[must_use]
    pub const fn makes_its_own_master_key(&self) -> bool {
        self.database.is_default && self.keys.is_default
    }
}

/// Where and how the server answers.
#[derive(Debug, Clone)]
pub struct Server {
    /// The address to bind; port 0 picks one.
    pub listen: SocketAddr,
    /// The issuer and the beginning of every link.
    pub public_url: PublicUrl,
    /// Whose forwarded headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// How many threads answer; `None` is one for each CPU.
    pub workers: Option<NonZeroUsize>,
    /// What to serve https with.
    pub tls: Option<TlsFiles>,
}

/// What to serve https with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain, PEM.
    pub cert_file: PathBuf,
    /// Its private key, PEM.
    pub key_file: PathBuf,
}

/// Where everything is kept.
#[derive(Debug, Clone)]
pub struct Database {
    /// The address to connect to.
    pub url: SecretString,
    /// Which kind of database that is.
    pub engine: DatabaseEngine,
    /// Whether `serve` applies missing migrations.
    pub migrate_on_start: bool,
    /// Whether this is the database that is used when nobody says otherwise.
    pub is_default: bool,
}

/// A kind of database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseEngine {
    /// SQLite, in this file.
    Sqlite(PathBuf),
    /// PostgreSQL.
    Postgres,
}

impl Database {
    /// The file of a SQLite database.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<&Path> {
        match &self.engine {
            DatabaseEngine::Sqlite(file) => Some(file),
            DatabaseEngine::Postgres => None,
        }
    }
}

/// What seals the secrets in the database.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The master keys themselves, when they come by the environment.
    pub master_key: Option<SecretString>,
    /// The file they are in otherwise.
    pub master_key_file: PathBuf,
    /// Whether that file is where it is when nobody says otherwise.
    pub is_default: bool,
}

/// How mail leaves.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The mail server; without it mail is written to the log.
    pub url: Option<SecretString>,
    /// The sender; always there when `url` is.
    pub from: Option<String>,
}

/// What is fetched from other servers.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// Whether hosts may be on the loopback and in private networks, too.
    pub allow_private_networks: bool,
    /// The certificate authorities to trust; the system's when there is none.
    pub ca_file: Option<PathBuf>,
}

/// Rate limits and guess budgets.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Whether they are kept.
    pub enabled: bool,
}

/// The grant types that the configuration switches; it wins over the control center.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants(pub(crate) BTreeMap<GrantType, bool>);

impl Grants {
    /// What the configuration says about `grant_type`; `None` leaves it to the control center.
    #[must_use]
    pub fn configured(&self, grant_type: GrantType) -> Option<bool> {
        self.0.get(&grant_type).copied()
    }

    /// Every grant type that the configuration switches.
    pub fn iter(&self) -> impl Iterator<Item = (GrantType, bool)> + '_ {
        self.0.iter().map(|(grant_type, enabled)| (*grant_type, *enabled))
    }
}

/// The paths of other servers that are answered too.
#[derive(Debug, Clone, Copy)]
pub struct Compat {
    /// `/oauth2/*`.
    pub wso2_paths: bool,
    /// `/api/oauth/*`.
    pub axway_paths: bool,
    /// `/v1/*`.
    pub akamai_paths: bool,
}

/// The sample protected resource.
#[derive(Debug, Clone, Copy)]
pub struct SampleResource {
    /// Whether it answers.
    pub enabled: bool,
}
