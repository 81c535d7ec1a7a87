//! Audit events of protocol requests.

use domain::{
    AuditEvent, Id, RegisteredClient, RequestFacts, Timestamp,
    audit::{Action, Actor, ActorKind, Outcome, Surface},
};
use serde_json::{Map, Value};
use store::{StoreError, repo::audit};

use crate::Engine;

impl Engine {
    /// The start of an event that `client` caused; its target is the application.
    pub(crate) fn client_event(
        &self,
        action: Action,
        client: &RegisteredClient,
        facts: &RequestFacts,
        now: Timestamp,
    ) -> AuditEvent {
        let client_id = client.client.client_id.as_str();
        let mut details = Map::new();
        details.insert("client_id".to_owned(), Value::from(client_id));
        details.insert("environment".to_owned(), client.client.environment.as_str().into());
        AuditEvent {
            id: Id::new(now, self.parts.entropy.as_ref()),
            at: now,
            action,
            outcome: Outcome::Success,
            actor: Actor {
                kind: ActorKind::Client,
                id: Some(client_id.to_owned()),
                name: client.application_name.clone(),
            },
            surface: Surface::Oauth,
            target: Some(client.application_id.to_string()),
            target_name: Some(client.application_name.clone()),
            reason: None,
            details,
            address: facts.address.map(|it| it.to_string()),
            request_id: facts.request_id.clone(),
            sequence: None,
        }
    }

    /// The event of a refusal; `reason` is for administrators.
    pub(crate) fn refused_event(
        &self,
        action: Action,
        client: &RegisteredClient,
        (reason, facts): (String, &RequestFacts),
        now: Timestamp,
    ) -> AuditEvent {
        let mut event = self.client_event(action, client, facts, now);
        event.outcome = Outcome::Refused;
        event.reason = Some(reason);
        event
    }

    /// Records `event` in a transaction of its own.
    pub(crate) async fn record(&self, event: &AuditEvent) -> Result<(), StoreError> {
        self.parts.store.write(async |tx| audit::record(tx, event).await).await
    }
}
