//! The audit log: list, show.

use actix_web::web::Data;
use domain::{AuditEvent, Permission};
use serde::Serialize;
use serde_json::{Map, Value, json};
use service::{
    Service,
    audit_log::{self, EventFilter},
};
use utoipa::ToSchema;

use crate::{
    answer::{self, Answer},
    input::Input,
    operation::{Operation, Parameter, ParameterKind, Shape, Tag},
    problem::ApiProblem,
    schema::{self, Timestamp},
};

/// One event of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEvent)]
pub(crate) struct AuditEventJson {
    /// Identifies the event.
    #[schema(examples("evt_01k9xw3v5n8qj2m4r6t7p0abcd"))]
    id: String,
    /// When it happened.
    #[schema(value_type = Timestamp)]
    at: Timestamp,
    /// What happened.
    #[schema(value_type = schema::AuditAction)]
    action: &'static str,
    /// Whether it succeeded.
    #[schema(value_type = schema::AuditOutcome)]
    outcome: &'static str,
    /// Who did it.
    actor: ActorJson,
    /// Through what it came.
    #[schema(value_type = schema::Surface)]
    surface: &'static str,
    /// What it was done to.
    #[schema(required)]
    target: Option<TargetJson>,
    /// Why it was refused, for administrators.
    #[schema(required)]
    reason: Option<String>,
    /// Names of what changed, scopes, grant types; never a value that is secret.
    #[schema(value_type = Object)]
    details: Map<String, Value>,
    /// The address the request came from.
    #[schema(required)]
    address: Option<String>,
    /// The request it belongs to.
    #[schema(required)]
    trace_id: Option<String>,
    /// The place in the hash chain, once it has one.
    #[schema(required)]
    sequence: Option<i64>,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub(crate) struct ActorJson {
    /// What kind of actor.
    #[schema(value_type = schema::ActorKind)]
    kind: &'static str,
    /// Its identifier, where it has one.
    #[schema(required)]
    id: Option<String>,
    /// What people call it.
    name: String,
}

/// What it was done to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditTarget)]
pub(crate) struct TargetJson {
    /// Its identifier.
    id: String,
    /// What people call it.
    #[schema(required)]
    name: Option<String>,
}

impl From<AuditEvent> for AuditEventJson {
    fn from(event: AuditEvent) -> Self {
        let name = event.target_name;
        Self {
            id: event.id.to_string(),
            at: event.at.into(),
            action: event.action.as_str(),
            outcome: event.outcome.as_str(),
            actor: ActorJson {
                kind: event.actor.kind.as_str(),
                id: event.actor.id,
                name: event.actor.name,
            },
            surface: event.surface.as_str(),
            target: event.target.map(|id| TargetJson { id, name }),
            reason: event.reason,
            details: event.details,
            address: event.address,
            trace_id: event.request_id,
            sequence: event.sequence,
        }
    }
}

fn example() -> Value {
    json!({
        "id": "evt_01k9xw3v5n8qj2m4r6t7p0abcd",
        "at": "2026-11-18T11:06:40.123Z",
        "action": "application.registered",
        "outcome": "success",
        "actor": { "kind": "api_key", "id": "apk_01k9xw3v5n8qj2m4r6t7p0abcd", "name": "deploy" },
        "surface": "api",
        "target": { "id": "app_01k9xw3v5n8qj2m4r6t7p0abcd", "name": "Photo Printer" },
        "reason": null,
        "details": { "type": "web" },
        "address": "203.0.113.7",
        "trace_id": "4bf92f3577b34da6",
        "sequence": 42
    })
}

const EVENT: Shape = Shape::of::<AuditEventJson>(example);

const NO_PAGE: &str =
    "The control center shows the latest events on its overview and has no page of the log.";

/// `GET /audit-events`.
pub(crate) const LIST: Operation =
    Operation::list("listAuditEvents", Tag::AuditEvents, Permission::AuditRead, EVENT)
        .says(
            "List events of the audit log",
            "Lists events, the newest first. Without the permission, the events of an application that the caller may see can be listed with `target`.",
        )
        .query(&[
            Parameter {
                name: "action",
                description: "Only this action.",
                kind: ParameterKind::OneOf(schema::AuditAction::values),
            },
            Parameter {
                name: "outcome",
                description: "Only this outcome.",
                kind: ParameterKind::OneOf(schema::AuditOutcome::values),
            },
            Parameter {
                name: "actor",
                description: "Only what this actor did, by identifier.",
                kind: ParameterKind::Text,
            },
            Parameter {
                name: "target",
                description: "Only what was done to this, by identifier.",
                kind: ParameterKind::Text,
            },
            Parameter {
                name: "trace_id",
                description: "Only what belongs to this request.",
                kind: ParameterKind::Text,
            },
            Parameter {
                name: "from",
                description: "Not before this moment.",
                kind: ParameterKind::Time,
            },
            Parameter {
                name: "until",
                description: "Before this moment.",
                kind: ParameterKind::Time,
            },
        ])
        .decided_late()
        .api_only(NO_PAGE);

/// `GET /audit-events/{event_id}`.
pub(crate) const GET: Operation =
    Operation::read("getAuditEvent", Tag::AuditEvents, Permission::AuditRead, EVENT)
        .says(
            "Show an event of the audit log",
            "Shows one event: who did what to what, through what, and why it was refused.",
        )
        .decided_late()
        .api_only(NO_PAGE);

/// Lists events.
pub(crate) async fn list(service: Data<Service>, input: Input) -> Answer {
    let query = &input.query;
    let outcome = match query.get("outcome") {
        None => None,
        Some(text) => {
            let outcomes = [domain::audit::Outcome::Success, domain::audit::Outcome::Refused];
            let outcome = outcomes.into_iter().find(|it| it.as_str() == text);
            let detail = "It must be success or refused.";
            Some(outcome.ok_or_else(|| ApiProblem::parameter("outcome", "invalid-value", detail))?)
        }
    };
    let filter = EventFilter {
        action: query.one_of("action")?,
        outcome,
        actor_id: query.text("actor"),
        target: query.text("target"),
        request_id: query.text("trace_id"),
        from: query.time("from")?,
        until: query.time("until")?,
    };
    let listing = audit_log::list(&service, &input.call, filter, query.page()?)
        .await
        .map_err(ApiProblem::of_query)?;
    Ok(answer::listing(&input, listing, AuditEventJson::from))
}

/// Shows an event.
pub(crate) async fn get(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<AuditEvent>("event_id", "event")?;
    let event = audit_log::get(&service, &input.call, id).await?;
    Ok(answer::ok(&AuditEventJson::from(event)))
}
