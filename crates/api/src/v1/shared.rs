//! Shapes that many answers share.

use actix_web::HttpResponse;
use domain::{Application, Id, Permission};
use protocol::Scope;
use serde::Serialize;
use serde_json::{Value, json};
use service::{
    issued::IssuedFilter,
    named::{ClientName, UserName},
};
use utoipa::ToSchema;

use crate::{
    answer::{self, RevokedJson},
    input::Query,
    operation::{Operation, Parameter, ParameterKind, Shape, Tag},
    problem::ApiProblem,
    schema,
};

/// A person as other things name them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserName)]
pub(crate) struct UserNameJson {
    /// Identifies the account.
    #[schema(examples("usr_01k9xw3v5n8qj2m4r6t7p0abcd"))]
    id: String,
    /// What the person signs in with.
    username: String,
    /// What the person is called; the user name where that is empty.
    name: String,
}

impl From<UserName> for UserNameJson {
    fn from(UserName { id, name, username }: UserName) -> Self {
        Self { id: id.to_string(), username, name }
    }
}

/// A client as other things name it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClientName)]
pub(crate) struct ClientNameJson {
    /// Its application.
    #[schema(examples("app_01k9xw3v5n8qj2m4r6t7p0abcd"))]
    application_id: String,
    /// What people call the application.
    application_name: String,
    /// Its environment.
    #[schema(value_type = schema::Environment)]
    environment: &'static str,
    /// The identifier it sends.
    client_id: String,
}

impl From<ClientName> for ClientNameJson {
    fn from(ClientName { application, environment, client_id }: ClientName) -> Self {
        Self {
            application_id: application.id.to_string(),
            application_name: application.name,
            environment: environment.as_str(),
            client_id,
        }
    }
}

/// The tokens of a scope, one by one.
pub(crate) fn tokens(scope: &Scope) -> Vec<String> {
    scope.iter().map(ToString::to_string).collect()
}

pub(crate) fn user_example() -> Value {
    json!({ "id": "usr_01k9xw3v5n8qj2m4r6t7p0abcd", "username": "alice", "name": "Alice Example" })
}

pub(crate) fn client_example() -> Value {
    json!({
        "application_id": "app_01k9xw3v5n8qj2m4r6t7p0abcd",
        "application_name": "Photo Printer",
        "environment": "sandbox",
        "client_id": "app_sbx_1lc0fkuzExgy6Ydu"
    })
}

/// Whose consents or tokens are wanted.
pub(crate) const ISSUED_FILTER: &[Parameter] = &[
    Parameter { name: "user", description: "Only this person's.", kind: ParameterKind::Id("usr") },
    Parameter {
        name: "application",
        description: "Only this application's.",
        kind: ParameterKind::Id("app"),
    },
    Parameter {
        name: "environment",
        description: "Only those of clients in this environment.",
        kind: ParameterKind::OneOf(schema::Environment::values),
    },
    Parameter {
        name: "scope",
        description: "Only those that hold this scope.",
        kind: ParameterKind::Text,
    },
];

/// Reads [`ISSUED_FILTER`].
pub(crate) fn issued_filter(query: &Query) -> Result<IssuedFilter, ApiProblem> {
    Ok(IssuedFilter {
        user: query.id("user")?,
        application: query.id::<Application>("application")?,
        environment: query.one_of("environment")?,
        scope: query.text("scope"),
    })
}

/// An operation that ends everything a filter finds.
pub(crate) const fn ends_many(id: &'static str, tag: Tag, permission: Permission) -> Operation {
    Operation::read(id, tag, permission, Shape::of::<RevokedJson>(|| json!({ "revoked": 3 })))
}

/// The answer to such an operation.
pub(crate) fn revoked(revoked: u64) -> HttpResponse {
    answer::ok(&RevokedJson { revoked })
}

/// The text of an identifier, where there is one.
pub(crate) fn id_text<T: domain::Identified>(id: Option<Id<T>>) -> Option<String> {
    id.map(|id| id.to_string())
}
