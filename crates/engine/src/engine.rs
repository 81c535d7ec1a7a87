//! The engine and what it is made of.

use std::{collections::BTreeMap, fmt, sync::Arc};

use domain::{
    Client, Clock, Entropy, Fetch, GrantSwitches, HandleKeys, Id, RegisteredClient, Sealer,
    Timestamp,
};
use protocol::{ClientId, GrantType};
use store::{
    Cache, Remembered, Store, StoreError,
    repo::{catalogue, registered_clients, settings},
};

use crate::{
    access_token::KnownTokens, catalogue::Catalogue, client_keys::KnownClientKeys, gate::Policy,
    keys::KeyKeeper, limits::Limits, refusals::Refusals, usage::Usage,
};

/// How many clients a node remembers.
const MAX_CLIENTS: usize = 10_000;

/// What every protocol endpoint decides with.
pub struct Engine {
    pub(crate) parts: EngineParts,
    pub(crate) keys: KeyKeeper,
    pub(crate) tokens: KnownTokens,
    pub(crate) usage: Usage,
    pub(crate) refusals: Refusals,
    pub(crate) limits: Limits,
    pub(crate) client_keys: KnownClientKeys,
    clients: Cache<ClientId, Option<Arc<RegisteredClient>>>,
    clients_by_id: Cache<Id<Client>, Option<Arc<RegisteredClient>>>,
    catalogue: Remembered<Arc<Catalogue>>,
    switches: Remembered<Arc<GrantSwitches>>,
    pub(crate) origins: Cache<String, bool>,
}

/// What an engine is made of.
#[derive(Clone)]
pub struct EngineParts {
    /// The database.
    pub store: Store,
    /// Where the time is read from; once a use case.
    pub clock: Arc<dyn Clock>,
    /// Where chance comes from.
    pub entropy: Arc<dyn Entropy>,
    /// The keys under which handles are stored.
    pub handles: Arc<HandleKeys>,
    /// What opens sealed columns.
    pub sealer: Arc<Sealer>,
    /// Where documents of other servers are read from.
    pub fetch: Arc<dyn Fetch>,
    /// What the operator configured.
    pub config: EngineConfig,
}

/// What the operator configured of the engine.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The issuer, byte for byte as configured.
    pub issuer: String,
    /// Grant types that the configuration file turns on or off; it wins over the
    /// setting in the database.
    pub grant_overrides: BTreeMap<GrantType, bool>,
    /// Whether guesses and floods are counted and slowed down.
    pub limits_enabled: bool,
}

impl Engine {
    /// An engine over `parts`. Call [`Engine::ensure_keys`] before it serves.
    #[must_use]
    pub fn new(parts: EngineParts) -> Self {
        Self {
            limits: Limits::new(parts.config.limits_enabled, &parts.clock),
            parts,
            keys: KeyKeeper::default(),
            tokens: KnownTokens::default(),
            usage: Usage::default(),
            refusals: Refusals::default(),
            client_keys: KnownClientKeys::default(),
            clients: Cache::new(MAX_CLIENTS),
            clients_by_id: Cache::new(MAX_CLIENTS),
            catalogue: Remembered::default(),
            switches: Remembered::default(),
            origins: Cache::new(MAX_CLIENTS),
        }
    }

    /// The issuer, byte for byte as configured.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.parts.config.issuer
    }

    /// The current moment; a use case asks once.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// The client that sends `client_id`, whatever the state of its application.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn client(
        &self,
        client_id: &ClientId,
        now: Timestamp,
    ) -> Result<Option<Arc<RegisteredClient>>, StoreError> {
        let store = &self.parts.store;
        self.clients
            .get(store, now, client_id.clone(), async |id| {
                Ok(registered_clients::find(store, id).await?.map(Arc::new))
            })
            .await
    }

    /// The client with this row identifier.
    pub(crate) async fn client_by_id(
        &self,
        id: Id<Client>,
        now: Timestamp,
    ) -> Result<Option<Arc<RegisteredClient>>, StoreError> {
        let store = &self.parts.store;
        self.clients_by_id
            .get(store, now, id, async |id| {
                Ok(registered_clients::find_by_id(store, *id).await?.map(Arc::new))
            })
            .await
    }

    /// Every API with its scopes.
    pub(crate) async fn catalogue(&self, now: Timestamp) -> Result<Arc<Catalogue>, StoreError> {
        let store = &self.parts.store;
        self.catalogue
            .get(store, now, async || {
                let resources = catalogue::load(store).await?;
                Ok(Arc::new(Catalogue::new(self.issuer(), resources)))
            })
            .await
    }

    /// The global switches as they count: the configuration file wins.
    pub(crate) async fn switches(&self, now: Timestamp) -> Result<Arc<GrantSwitches>, StoreError> {
        let store = &self.parts.store;
        self.switches
            .get(store, now, async || {
                let (mut switches, _version) = settings::grant_switches(store).await?;
                for (grant, on) in &self.parts.config.grant_overrides {
                    switches.set(*grant, *on);
                }
                Ok(Arc::new(switches))
            })
            .await
    }

    /// All that the issuance gate goes by, read before a transaction begins so
    /// that none waits for a second connection.
    pub(crate) async fn policy(&self, now: Timestamp) -> Result<Policy, StoreError> {
        Ok(Policy {
            catalogue: self.catalogue(now).await?,
            switches: self.switches(now).await?,
            keys: self.key_ring(now).await?,
        })
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine(..)")
    }
}

impl fmt::Debug for EngineParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EngineParts(..)")
    }
}

#[cfg(test)]
mod tests {
    use domain::RequestFacts;
    use protocol::Parameters;

    use crate::{
        Credentials,
        testing::{UNPROVEN, World},
    };

    /// What is carried along for rare ways costs every request an allocation and copies.
    #[tokio::test]
    async fn the_futures_of_what_is_asked_most_are_small() {
        let World { engine, .. } = World::new().await;
        let (parameters, facts) = (Parameters::default(), RequestFacts::default());
        let credentials = Credentials { authorization: None, parameters: &parameters };

        for (name, bytes) in [
            ("token", size_of_val(&engine.token(&credentials, &UNPROVEN, &facts))),
            ("introspect", size_of_val(&engine.introspect(&credentials, &facts))),
        ] {
            assert!(bytes <= 1024, "{name} takes {bytes} bytes");
        }
    }
}
