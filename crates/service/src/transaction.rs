//! One operation, one transaction, one entry in the audit log.

use domain::{Application, AuditEvent, Client, Timestamp, User, audit::Action};
use serde_json::{Map, Value, json};
use store::{StoreError, Tx, repo::audit};

use crate::{Call, Problem, Service};

impl Service {
    /// Runs `work` in one transaction, which a problem rolls back.
    pub(crate) async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Tx) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut refused = None;
        let done = self
            .parts
            .store
            .write(async |tx| match work(tx).await {
                Ok(done) => Ok(done),
                Err(Problem::Unavailable(error)) => Err(error),
                Err(problem) => {
                    refused = Some(problem);
                    // Only an error rolls back; this one is replaced below.
                    Err(StoreError::Commit)
                }
            })
            .await;
        match (done, refused) {
            (Ok(done), _) => Ok(done),
            (Err(_rolled_back), Some(problem)) => Err(problem),
            (Err(error), None) => Err(error.into()),
        }
    }

    /// Writes `event` in the transaction of what it tells of, and settles the claim of its
    /// call there: every act has an event, so none is carried out twice for one request.
    pub(crate) async fn record(&self, tx: &Tx, event: Event<'_>) -> Result<(), Problem> {
        if let Some(claim) = event.call.claim {
            claim.settle(tx, &event.target.id, event.now).await?;
        }
        let mut entry: AuditEvent = event.call.event(event.action, event.now, &*self.parts.entropy);
        entry.target = Some(event.target.id);
        entry.target_name = Some(event.target.name);
        if let Value::Object(details) = event.details {
            entry.details = details;
        }
        audit::record(tx, &entry).await?;
        Ok(())
    }
}

/// What the audit log is told of an operation.
pub(crate) struct Event<'a> {
    pub(crate) call: &'a Call,
    pub(crate) action: Action,
    pub(crate) now: Timestamp,
    pub(crate) target: Target,
    /// Names and identifiers; never a value that someone chose or a secret.
    pub(crate) details: Value,
}

/// What an operation was done to.
pub(crate) struct Target {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl From<&Application> for Target {
    fn from(application: &Application) -> Self {
        Self { id: application.id.to_string(), name: application.name.clone() }
    }
}

impl From<&User> for Target {
    fn from(user: &User) -> Self {
        Self { id: user.id.to_string(), name: user.username.clone() }
    }
}

/// Which client of the application an event is about.
pub(crate) fn client_details(client: &Client) -> Map<String, Value> {
    let mut details = Map::new();
    details.insert("client_id".to_owned(), json!(client.client_id.as_str()));
    details.insert("environment".to_owned(), json!(client.environment));
    details
}

/// The names of the fields that changed, of `(name, whether it changed)`.
pub(crate) fn changed_names<'a>(fields: &[(&'a str, bool)]) -> Vec<&'a str> {
    fields.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect()
}

/// The version to guard a change with, where the caller named none.
pub(crate) fn expect_version(named: Option<i64>, current: i64) -> Result<i64, Problem> {
    match named {
        Some(version) if version != current => Err(Problem::Stale { current }),
        Some(_) | None => Ok(current),
    }
}

/// Refuses when a guarded change found another version than it read a moment before.
pub(crate) const fn require_written(was_written: bool, version: i64) -> Result<(), Problem> {
    if was_written { Ok(()) } else { Err(Problem::Stale { current: version + 1 }) }
}
