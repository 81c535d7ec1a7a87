//! Who is signed in: list, sign out.

use actix_web::web::Data;
use domain::{Application, BrowserSession, Permission, SessionKind};
use serde::Serialize;
use serde_json::{Value, json};
use service::{
    Service,
    issued::{self, SessionFilter, SessionView},
};
use utoipa::ToSchema;

use crate::{
    answer::{self, Answer},
    input::{Input, Query},
    operation::{Operation, Parameter, ParameterKind, Shape, Tag},
    problem::ApiProblem,
    schema::{self, Timestamp},
    v1::shared::{self, ClientNameJson, UserNameJson, client_example, ends_many, user_example},
};

/// A session of a browser.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionJson {
    /// Identifies the session; the `sid` that clients see.
    #[schema(examples("ses_01k9xw3v5n8qj2m4r6t7p0abcd"))]
    id: String,
    /// Which pages it opens.
    #[schema(value_type = schema::SessionKind)]
    kind: &'static str,
    /// Who is signed in.
    user: UserNameJson,
    /// The browser, as it calls itself.
    #[schema(required)]
    user_agent: Option<String>,
    /// Where it was begun from.
    #[schema(required)]
    address: Option<String>,
    /// The clients that were granted access in it.
    clients: Vec<ClientNameJson>,
    /// When it began.
    #[schema(value_type = Timestamp)]
    created_at: Timestamp,
    /// When it was last used.
    #[schema(value_type = Timestamp)]
    last_seen_at: Timestamp,
    /// When it ends unless it is used before.
    #[schema(value_type = Timestamp)]
    idle_expires_at: Timestamp,
    /// When it ends at the latest.
    #[schema(value_type = Timestamp)]
    expires_at: Timestamp,
}

impl From<SessionView> for SessionJson {
    fn from(view: SessionView) -> Self {
        Self {
            id: view.id.to_string(),
            kind: view.kind.as_str(),
            user: view.user.into(),
            user_agent: view.user_agent,
            address: view.address,
            clients: view.applications.into_iter().map(ClientNameJson::from).collect(),
            created_at: view.created_at.into(),
            last_seen_at: view.last_seen_at.into(),
            idle_expires_at: view.idle_expires_at.into(),
            expires_at: view.expires_at.into(),
        }
    }
}

fn example() -> Value {
    json!({
        "id": "ses_01k9xw3v5n8qj2m4r6t7p0abcd",
        "kind": "user",
        "user": user_example(),
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "address": "203.0.113.7",
        "clients": [client_example()],
        "created_at": "2026-11-18T11:06:40.123Z",
        "last_seen_at": "2026-11-18T11:06:40.123Z",
        "idle_expires_at": "2026-11-18T12:06:40.123Z",
        "expires_at": "2026-11-18T23:06:40.123Z"
    })
}

const FILTER: &[Parameter] = &[
    Parameter { name: "user", description: "Only this person's.", kind: ParameterKind::Id("usr") },
    Parameter {
        name: "application",
        description: "Only those in which this application was granted access.",
        kind: ParameterKind::Id("app"),
    },
    Parameter {
        name: "kind",
        description: "Only of these pages.",
        kind: ParameterKind::OneOf(schema::SessionKind::values),
    },
];

const NO_PAGE: &str =
    "The control center tells how many sessions a person has and ends all of them at once.";

/// `GET /sessions`.
pub(crate) const LIST: Operation = Operation::list(
    "listSessions",
    Tag::Sessions,
    Permission::SessionsRead,
    Shape::of::<SessionJson>(example),
)
.says("List who is signed in", "Lists the sessions of browsers, the newest first.")
.query(FILTER)
.api_only(NO_PAGE);

/// `DELETE /sessions`.
pub(crate) const END_MANY: Operation =
    ends_many("endSessions", Tag::Sessions, Permission::SessionsWrite)
        .says(
            "Sign out everyone that a filter finds",
            "Ends the sessions of a person, or those in which an application was granted access. At least one filter is needed. Writes `session.ended` to the audit log.",
        )
        .query(FILTER);

/// `DELETE /sessions/{session_id}`.
pub(crate) const END: Operation =
    Operation::remove("endSession", Tag::Sessions, Permission::SessionsWrite).says(
        "Sign out one browser",
        "Ends a session at once; refresh tokens that live with it end too. Writes `session.ended` to the audit log.",
    )
    .api_only(NO_PAGE);

fn filter(query: &Query) -> Result<SessionFilter, ApiProblem> {
    let kind = match query.get("kind") {
        None => None,
        Some(text) => {
            let kinds = [SessionKind::User, SessionKind::Console];
            let kind = kinds.into_iter().find(|it| it.as_str() == text);
            let detail = "It must be one of the values that the API document lists.";
            Some(kind.ok_or_else(|| ApiProblem::parameter("kind", "invalid-value", detail))?)
        }
    };
    let application = query.id::<Application>("application")?;
    Ok(SessionFilter { user: query.id("user")?, kind, application })
}

/// Lists sessions.
pub(crate) async fn list(service: Data<Service>, input: Input) -> Answer {
    let filter = filter(&input.query)?;
    let listing = issued::list_sessions(&service, &input.call, filter, input.query.page()?)
        .await
        .map_err(ApiProblem::of_query)?;
    Ok(answer::listing(&input, listing, SessionJson::from))
}

/// Ends the sessions that the filter finds.
pub(crate) async fn end_many(service: Data<Service>, input: Input) -> Answer {
    let filter = filter(&input.query)?;
    let count =
        issued::end_sessions(&service, &input.call, filter).await.map_err(ApiProblem::of_query)?;
    Ok(shared::revoked(count))
}

/// Ends a session.
pub(crate) async fn end(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<BrowserSession>("session_id", "session")?;
    issued::end_session(&service, &input.call, id).await?;
    Ok(answer::nothing())
}
