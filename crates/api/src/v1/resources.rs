//! APIs: list, register, show, change, delete.

use actix_web::web::Data;
use domain::{Permission, Resource};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::{
    Service,
    resources::{self, RegisterResource, ResourceFilter, ResourceView, UpdateResource},
};
use utoipa::ToSchema;

use super::scopes::{NewScopeBody, ScopeJson};
use crate::{
    answer::{self, Answer, Created},
    input::{Input, body::Object},
    operation::{Operation, Parameter, ParameterKind, Shape, Tag},
    problem::ApiProblem,
    schema::{self, Timestamp, present},
    v1::scopes,
};

/// An API that accepts this server's access tokens.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Resource)]
pub(crate) struct ResourceJson {
    /// Identifies the API here.
    #[schema(examples("res_01k9xw3v5n8qj2m4r6t7p0abcd"))]
    id: String,
    /// The audience of its tokens: an absolute URI, compared byte for byte.
    #[schema(format = "uri")]
    identifier: String,
    /// What people call it.
    name: String,
    /// A sentence about it; may be empty.
    description: String,
    /// What its access tokens look like.
    #[schema(value_type = schema::TokenFormat)]
    token_format: &'static str,
    /// What opens it.
    scopes: Vec<ScopeJson>,
    /// When it was registered.
    #[schema(value_type = Timestamp)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = Timestamp)]
    updated_at: Timestamp,
    /// How many clients may ask for one of its scopes.
    clients: u64,
}

impl ResourceJson {
    fn of(view: &ResourceView) -> Self {
        let ResourceView { resource, clients } = view;
        Self {
            id: resource.id.to_string(),
            identifier: resource.identifier.clone(),
            name: resource.name.clone(),
            description: resource.description.clone(),
            token_format: resource.token_format.as_str(),
            scopes: resource.scopes.iter().map(ScopeJson::of).collect(),
            created_at: resource.created_at.into(),
            updated_at: resource.updated_at.into(),
            clients: *clients,
        }
    }
}

/// An API to register.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateResource)]
pub(crate) struct CreateResourceBody {
    /// The audience of its tokens: an absolute URI without a fragment. It cannot be changed later.
    #[schema(required, format = "uri", min_length = 1, max_length = 512)]
    #[serde(default)]
    identifier: String,
    /// What people call it.
    #[schema(required, min_length = 1, max_length = 100)]
    #[serde(default)]
    name: String,
    /// A sentence about it.
    #[schema(required = false, max_length = 512)]
    #[serde(default)]
    description: String,
    /// What its access tokens look like; `jwt` when left out.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = schema::TokenFormat, required = false)]
    token_format: Option<String>,
    /// Its first scopes.
    #[schema(required = false, value_type = Vec<NewScopeBody>)]
    #[serde(default)]
    scopes: Vec<Object<NewScopeBody>>,
}

/// A merge patch of an API.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateResource)]
pub(crate) struct UpdateResourceBody {
    /// What people call it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// A sentence about it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 512)]
    description: Option<String>,
    /// What its access tokens look like from now on.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = schema::TokenFormat, required = false)]
    token_format: Option<String>,
}

pub(crate) fn example() -> Value {
    json!({
        "id": "res_01k9xw3v5n8qj2m4r6t7p0abcd",
        "identifier": "https://photos.example.com/api",
        "name": "Photos",
        "description": "Albums and photos.",
        "token_format": "jwt",
        "scopes": [scopes::example()],
        "created_at": "2026-11-18T11:06:40.123Z",
        "updated_at": "2026-11-18T11:06:40.123Z",
        "clients": 2
    })
}

fn create_example() -> Value {
    json!({
        "identifier": "https://photos.example.com/api",
        "name": "Photos",
        "token_format": "jwt",
        "scopes": [{ "name": "photos.read", "display_name": "See your photos" }]
    })
}

pub(crate) const RESOURCE: Shape = Shape::of::<ResourceJson>(example);

/// `GET /resources`.
pub(crate) const LIST: Operation =
    Operation::list("listResources", Tag::Resources, Permission::ResourcesRead, RESOURCE)
        .says("List APIs", "Lists APIs with their scopes, by name.")
        .query(&[Parameter {
            name: "q",
            description: "Found in the name or the identifier; case and accents do not count.",
            kind: ParameterKind::Text,
        }]);

/// `POST /resources`.
pub(crate) const CREATE: Operation =
    Operation::create("createResource", Tag::Resources, Permission::ResourcesWrite, RESOURCE)
        .says(
            "Register an API",
            "Registers an API with its first scopes. Names of scopes are unique over all APIs, so that a scope tells the audience. Writes `resource.registered` to the audit log.",
        )
        .takes(Shape::of::<CreateResourceBody>(create_example))
        .versioned();

/// `GET /resources/{resource_id}`.
pub(crate) const GET: Operation =
    Operation::read("getResource", Tag::Resources, Permission::ResourcesRead, RESOURCE)
        .says("Show an API", "Shows an API with its scopes.")
        .versioned();

/// `PATCH /resources/{resource_id}`.
pub(crate) const UPDATE: Operation =
    Operation::read("updateResource", Tag::Resources, Permission::ResourcesWrite, RESOURCE)
        .says(
            "Change an API",
            "Changes what is sent and leaves the rest. Another `token_format` holds for new tokens; those issued go on. Writes `resource.updated` to the audit log.",
        )
        .takes(Shape::of::<UpdateResourceBody>(|| json!({ "name": "Photo albums", "token_format": "opaque" })))
        .guarded()
        .versioned();

/// `DELETE /resources/{resource_id}`.
pub(crate) const DELETE: Operation =
    Operation::remove("deleteResource", Tag::Resources, Permission::ResourcesWrite)
        .says(
            "Delete an API",
            "Deletes an API that no client may ask for any more. Writes `resource.removed` to the audit log.",
        )
        .guarded()
        .conflicts(&["in-use"]);

/// Lists APIs.
pub(crate) async fn list(service: Data<Service>, input: Input) -> Answer {
    let filter = ResourceFilter { text: input.query.text("q") };
    let listing = resources::list(&service, &input.call, filter, input.query.page()?)
        .await
        .map_err(ApiProblem::of_query)?;
    Ok(answer::listing(&input, listing, |view| ResourceJson::of(&view)))
}

/// Registers an API.
pub(crate) async fn create(service: Data<Service>, input: Input) -> Answer {
    let body: CreateResourceBody = input.body()?;
    let command = RegisterResource {
        identifier: body.identifier,
        name: body.name,
        description: body.description,
        token_format: body.token_format.unwrap_or_default(),
        scopes: body.scopes.into_iter().map(|Object(scope)| scope.into()).collect(),
    };
    let view = resources::register(&service, &input.call, command).await?;
    let created = Created::at(&input, &format!("/resources/{}", view.resource.id));
    let json = ResourceJson::of(&view);
    Ok(created.etag(input.etag(view.resource.version, &json)).json(&json))
}

/// Shows an API.
pub(crate) async fn get(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<Resource>("resource_id", "API")?;
    let view = resources::get(&service, &input.call, id).await?;
    Ok(answer::versioned(&input, view.resource.version, &ResourceJson::of(&view)))
}

/// Changes an API.
pub(crate) async fn update(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<Resource>("resource_id", "API")?;
    let version = input.version()?;
    let UpdateResourceBody { name, description, token_format } = input.body()?;
    let command = UpdateResource { id, version, name, description, token_format };
    let view = resources::update(&service, &input.call, command).await?;
    Ok(answer::versioned(&input, view.resource.version, &ResourceJson::of(&view)))
}

/// Deletes an API.
pub(crate) async fn remove(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<Resource>("resource_id", "API")?;
    let version = input.version()?;
    resources::remove(&service, &input.call, id, Some(version)).await?;
    Ok(answer::nothing())
}
