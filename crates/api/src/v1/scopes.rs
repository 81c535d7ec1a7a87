//! The scopes of an API: list, add, show, change, retire. Their version is the API's.

use actix_web::web::Data;
use domain::{Id, Permission, Resource, ScopeDefinition};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::{
    Service,
    resources::{self, AddScope, NewScope, RemoveScope, UpdateScope},
};
use utoipa::ToSchema;

use crate::{
    answer::{self, Answer, Created},
    input::Input,
    operation::{Operation, Shape, Tag},
    problem::{ApiProblem, Kind},
    schema::present,
};

/// A scope of an API.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Scope)]
pub(crate) struct ScopeJson {
    /// Identifies the scope.
    #[schema(examples("scp_01k9xw3v5n8qj2m4r6t7p0abcd"))]
    id: String,
    /// The name on the wire.
    name: String,
    /// What the consent page calls it.
    display_name: String,
    /// What the consent page says about it; may be empty.
    description: String,
    /// Whether new clients get it without asking.
    default: bool,
}

impl ScopeJson {
    pub(crate) fn of(scope: &ScopeDefinition) -> Self {
        Self {
            id: scope.id.to_string(),
            name: scope.name.to_string(),
            display_name: scope.display_name.clone(),
            description: scope.description.clone(),
            default: scope.default,
        }
    }
}

/// The scopes of an API.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Scopes)]
pub(crate) struct ScopesJson {
    /// In the order in which the consent page lists them.
    data: Vec<ScopeJson>,
}

/// A scope to add.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateScope)]
pub(crate) struct NewScopeBody {
    /// The name on the wire: printable ASCII without blank, comma, plus, quote and backslash.
    /// It cannot be changed later.
    #[schema(
        required,
        min_length = 1,
        max_length = 128,
        pattern = r"^[\x21\x23-\x2a\x2d-\x5b\x5d-\x7e]{1,128}$"
    )]
    #[serde(default)]
    name: String,
    /// What the consent page calls it; the name when left out.
    #[schema(required = false, max_length = 100)]
    #[serde(default)]
    display_name: String,
    /// What the consent page says about it.
    #[schema(required = false, max_length = 512)]
    #[serde(default)]
    description: String,
    /// Whether new clients get it without asking.
    #[schema(required = false)]
    #[serde(default)]
    default: bool,
}

impl From<NewScopeBody> for NewScope {
    fn from(body: NewScopeBody) -> Self {
        let NewScopeBody { name, display_name, description, default } = body;
        Self { name, display_name, description, default }
    }
}

/// A merge patch of a scope.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateScope)]
pub(crate) struct UpdateScopeBody {
    /// What the consent page calls it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    display_name: Option<String>,
    /// What the consent page says about it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 512)]
    description: Option<String>,
    /// Whether new clients get it without asking.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    default: Option<bool>,
}

pub(crate) fn example() -> Value {
    json!({
        "id": "scp_01k9xw3v5n8qj2m4r6t7p0abcd",
        "name": "photos.read",
        "display_name": "See your photos",
        "description": "Albums and photos, without changing them.",
        "default": false
    })
}

const SCOPE: Shape = Shape::of::<ScopeJson>(example);

/// `GET /resources/{resource_id}/scopes`.
pub(crate) const LIST: Operation = Operation::read(
    "listScopes",
    Tag::Scopes,
    Permission::ResourcesRead,
    Shape::of::<ScopesJson>(|| json!({ "data": [example()] })),
)
.says("List the scopes of an API", "Lists the scopes of an API; the ETag is the API's.")
.versioned();

/// `POST /resources/{resource_id}/scopes`.
pub(crate) const CREATE: Operation =
    Operation::create("createScope", Tag::Scopes, Permission::ResourcesWrite, SCOPE)
        .says(
            "Add a scope to an API",
            "Adds a scope; the ETag is the API's. Writes `resource.updated` to the audit log.",
        )
        .takes(Shape::of::<NewScopeBody>(
            || json!({ "name": "photos.print", "display_name": "Print your photos" }),
        ))
        .versioned();

/// `GET /resources/{resource_id}/scopes/{scope_id}`.
pub(crate) const GET: Operation =
    Operation::read("getScope", Tag::Scopes, Permission::ResourcesRead, SCOPE)
        .says("Show a scope", "Shows a scope; the ETag is the API's.")
        .versioned();

/// `PATCH /resources/{resource_id}/scopes/{scope_id}`.
pub(crate) const UPDATE: Operation =
    Operation::read("updateScope", Tag::Scopes, Permission::ResourcesWrite, SCOPE)
        .says(
            "Change a scope",
            "Changes what people read about a scope; its name stays. The version is the API's. Writes `resource.updated` to the audit log.",
        )
        .takes(Shape::of::<UpdateScopeBody>(|| json!({ "description": "Albums and photos." })))
        .guarded()
        .versioned();

/// `DELETE /resources/{resource_id}/scopes/{scope_id}`.
pub(crate) const DELETE: Operation =
    Operation::remove("deleteScope", Tag::Scopes, Permission::ResourcesWrite)
        .says(
            "Retire a scope",
            "Removes a scope that no client may ask for any more. The version is the API's. Writes `resource.updated` to the audit log.",
        )
        .guarded()
        .conflicts(&["in-use"]);

fn resource_id(input: &Input) -> Result<Id<Resource>, ApiProblem> {
    input.id("resource_id", "API")
}

fn scope_id(input: &Input) -> Result<Id<ScopeDefinition>, ApiProblem> {
    input.id("scope_id", "scope")
}

/// The scope of `resource` that `is_it`.
fn find(
    resource: &Resource,
    is_it: impl Fn(&ScopeDefinition) -> bool,
) -> Result<ScopeJson, ApiProblem> {
    let scope = resource.scopes.iter().find(|scope| is_it(scope));
    scope.map(ScopeJson::of).ok_or_else(|| ApiProblem::not_found("scope"))
}

/// Lists scopes.
pub(crate) async fn list(service: Data<Service>, input: Input) -> Answer {
    let view = resources::get(&service, &input.call, resource_id(&input)?).await?;
    let data = view.resource.scopes.iter().map(ScopeJson::of).collect();
    Ok(answer::versioned(&input, view.resource.version, &ScopesJson { data }))
}

/// Adds a scope.
pub(crate) async fn create(service: Data<Service>, input: Input) -> Answer {
    let resource_id = resource_id(&input)?;
    let scope = NewScope::from(input.body::<NewScopeBody>()?);
    let name = scope.name.trim().to_owned();
    let command = AddScope { resource_id, scope };
    let resource = resources::add_scope(&service, &input.call, command).await?;
    let scope =
        resource.scopes.iter().find(|scope| scope.name.as_str() == name).ok_or_else(|| {
            tracing::error!("a scope that was just added is not there");
            ApiProblem::new(Kind::Internal, "The scope was added, but cannot be shown.")
        })?;
    let created = Created::at(&input, &format!("/resources/{resource_id}/scopes/{}", scope.id));
    let json = ScopeJson::of(scope);
    Ok(created.etag(input.etag(resource.version, &json)).json(&json))
}

/// Shows a scope.
pub(crate) async fn get(service: Data<Service>, input: Input) -> Answer {
    let scope_id = scope_id(&input)?;
    let view = resources::get(&service, &input.call, resource_id(&input)?).await?;
    let scope = find(&view.resource, |scope| scope.id == scope_id)?;
    Ok(answer::versioned(&input, view.resource.version, &scope))
}

/// Changes a scope.
pub(crate) async fn update(service: Data<Service>, input: Input) -> Answer {
    let (resource_id, scope_id) = (resource_id(&input)?, scope_id(&input)?);
    let version = input.version()?;
    let UpdateScopeBody { display_name, description, default } = input.body()?;
    let command =
        UpdateScope { resource_id, scope_id, version, display_name, description, default };
    let resource = resources::update_scope(&service, &input.call, command).await?;
    let scope = find(&resource, |scope| scope.id == scope_id)?;
    Ok(answer::versioned(&input, resource.version, &scope))
}

/// Retires a scope.
pub(crate) async fn remove(service: Data<Service>, input: Input) -> Answer {
    let (resource_id, scope_id) = (resource_id(&input)?, scope_id(&input)?);
    let version = input.version()?;
    let command = RemoveScope { resource_id, scope_id, version };
    resources::remove_scope(&service, &input.call, command).await?;
    Ok(answer::nothing())
}
