//! What the audit log tells of authorization requests.

use domain::{
    AuditEvent, RegisteredClient, Timestamp,
    audit::{Action, Actor, ActorKind, Outcome},
};
use serde_json::Value;

use super::{SignedInPerson, Visitor};
use crate::Engine;

/// The most of a stranger's text that is kept.
const MAX_KEPT: usize = 512;

/// The event of a request that was refused for `reason`.
pub(super) fn refused(
    engine: &Engine,
    client: &RegisteredClient,
    visitor: &Visitor,
    (reason, code): (String, &str),
    now: Timestamp,
) -> AuditEvent {
    let action = Action::AuthorizationRefused;
    let mut event = engine.refused_event(action, client, (reason, &visitor.facts), now);
    event.details.insert("error".to_owned(), code.into());
    if let Some(person) = &visitor.signed_in {
        event.details.insert("user_id".to_owned(), person.user_id.to_string().into());
    }
    event
}

/// Adds an address that was refused, as far as it is worth keeping.
pub(super) fn with_redirect_uri(mut event: AuditEvent, sent: Option<&str>) -> AuditEvent {
    if let Some(sent) = sent {
        let kept: String = sent.chars().take(MAX_KEPT).collect();
        event.details.insert("redirect_uri".to_owned(), Value::from(kept));
    }
    event
}

/// The event of a person's answer to the consent page.
pub(super) fn decided(
    engine: &Engine,
    client: &RegisteredClient,
    (visitor, person): (&Visitor, &SignedInPerson),
    (action, scope): (Action, &str),
    now: Timestamp,
) -> AuditEvent {
    let mut event = engine.client_event(action, client, &visitor.facts, now);
    let name = person.user_id.to_string();
    event.actor = Actor { kind: ActorKind::User, id: Some(name.clone()), name };
    event.details.insert("scope".to_owned(), scope.into());
    if action == Action::ConsentDenied {
        event.outcome = Outcome::Refused;
    }
    event
}
