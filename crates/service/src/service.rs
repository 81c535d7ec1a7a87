//! The service and what it is made of.

use std::{collections::BTreeMap, fmt, sync::Arc};

use domain::{Clock, Entropy, HandleKeys, Sealer};
use protocol::GrantType;
use store::Store;

use crate::{login::SignInState, password::PasswordCost};

/// What every operation works with.
pub struct Service {
    pub(crate) parts: ServiceParts,
    pub(crate) sign_in: SignInState,
}

/// What a service is made of.
#[derive(Clone)]
pub struct ServiceParts {
    /// The database.
    pub store: Store,
    /// Where the time is read from; once an operation.
    pub clock: Arc<dyn Clock>,
    /// Where chance comes from.
    pub entropy: Arc<dyn Entropy>,
    /// The keys under which handles are stored.
    pub handles: Arc<HandleKeys>,
    /// What opens sealed columns.
    pub sealer: Arc<Sealer>,
    /// What the operator configured.
    pub config: ServiceConfig,
}

/// What the operator configured of the service.
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// The issuer; every link begins with it.
    pub public_url: String,
    /// Grant types that the configuration file turns on or off; pages say so.
    pub grant_overrides: BTreeMap<GrantType, bool>,
    /// How many passwords are hashed at once.
    pub hashing_threads: usize,
    /// What hashing one password costs.
    pub password_cost: PasswordCost,
    /// Whether guesses are counted and slowed down.
    pub limits_enabled: bool,
}

impl Service {
    /// A service over these parts.
    #[must_use]
    pub fn new(parts: ServiceParts) -> Self {
        let sign_in = SignInState::new(&parts.config, &parts.clock);
        Self { parts, sign_in }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service(..)")
    }
}

impl fmt::Debug for ServiceParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceParts(..)")
    }
}
