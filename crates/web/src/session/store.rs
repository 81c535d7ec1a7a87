//! Sessions in the database.

use std::{collections::HashMap, error::Error, sync::Arc};

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration;
use domain::SessionKind;
use service::{Service, sessions};

use crate::errors;

type State = HashMap<String, String>;

/// Sessions in the database; the key in the cookie is a handle. How long they
/// last is the service's to say.
#[derive(Clone)]
pub struct ServiceStore {
    service: Arc<Service>,
    kind: SessionKind,
}

impl ServiceStore {
    /// The sessions of one kind.
    #[must_use]
    pub const fn new(service: Arc<Service>, kind: SessionKind) -> Self {
        Self { service, kind }
    }
}

impl SessionStore for ServiceStore {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let found = sessions::load(&self.service, self.kind, key.as_ref()).await;
        found.map_err(|error| LoadError::Other(failed(error)))
    }

    async fn save(&self, state: State, _: &Duration) -> Result<SessionKey, SaveError> {
        let saved = sessions::save(&self.service, self.kind, state).await;
        let key = saved.map_err(|error| SaveError::Other(failed(error)))?;
        let key = key.ok_or_else(|| {
            SaveError::Other(anyhow::anyhow!("the account changed while somebody signed in"))
        })?;
        key.try_into()
            .map_err(|_too_long| SaveError::Other(anyhow::anyhow!("the session key is too long")))
    }

    /// A session that ended meanwhile stays ended: its key opens nothing any more.
    async fn update(
        &self,
        key: SessionKey,
        state: State,
        _: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        let updated = sessions::update(&self.service, self.kind, key.as_ref(), &state).await;
        updated.map(|_was_there| key).map_err(|error| UpdateError::Other(failed(error)))
    }

    async fn update_ttl(&self, key: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        sessions::touch(&self.service, self.kind, key.as_ref()).await.map_err(failed)
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        sessions::remove(&self.service, self.kind, key.as_ref()).await.map_err(failed)
    }
}

/// Logs why; the middleware answers without saying.
fn failed(error: impl Error + Send + Sync + 'static) -> anyhow::Error {
    tracing::error!(error = errors::chain(&error), "the session store failed");
    error.into()
}
