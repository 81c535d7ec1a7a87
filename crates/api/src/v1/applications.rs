//! Applications: list, register, show, change, delete.

pub(crate) mod shape;

use actix_web::web::Data;
use domain::{Application, Permission};
use service::{
    Service, Sort,
    applications::{self, ApplicationFilter, ApplicationSort, UpdateApplication},
};

use crate::{
    answer::{self, Answer, Created},
    input::Input,
    operation::{Operation, Parameter, ParameterKind, Shape, Tag},
    problem::ApiProblem,
    schema,
};
use shape::{ApplicationJson, CreateApplicationBody, UpdateApplicationBody};

const SORTS: [(&str, ApplicationSort); 4] = [
    ("name", ApplicationSort::Name),
    ("created_at", ApplicationSort::CreatedAt),
    ("updated_at", ApplicationSort::UpdatedAt),
    ("last_used_at", ApplicationSort::LastUsedAt),
];

const FILTER: &[Parameter] = &[
    Parameter {
        name: "q",
        description: "Found in the name, a redirect URI or an identifier; case does not count, nor do the accents of the name.",
        kind: ParameterKind::Text,
    },
    Parameter {
        name: "type",
        description: "Only this kind of program.",
        kind: ParameterKind::OneOf(schema::ApplicationType::values),
    },
    Parameter {
        name: "status",
        description: "Only this status.",
        kind: ParameterKind::OneOf(schema::ApplicationStatus::values),
    },
    Parameter {
        name: "grant_type",
        description: "Only those with a client that may use this grant type.",
        kind: ParameterKind::OneOf(schema::GrantType::values),
    },
    Parameter {
        name: "scope",
        description: "Only those with a client that may ask for this scope.",
        kind: ParameterKind::Text,
    },
    Parameter {
        name: "redirect_uri_contains",
        description: "Found in a redirect URI; case does not count.",
        kind: ParameterKind::Text,
    },
    Parameter {
        name: "environment",
        description: "Only those with a client in this environment.",
        kind: ParameterKind::OneOf(schema::Environment::values),
    },
    Parameter {
        name: "owner",
        description: "Only those that this person answers for.",
        kind: ParameterKind::Id("usr"),
    },
    Parameter {
        name: "confidential",
        description: "Only those that keep a secret, or only those that do not.",
        kind: ParameterKind::Flag,
    },
    Parameter {
        name: "unused_since",
        description: "Only those that asked for no token since then.",
        kind: ParameterKind::Time,
    },
    Parameter {
        name: "sort",
        description: "The order; a minus sign turns it round.",
        kind: ParameterKind::Sort(&["name", "created_at", "updated_at", "last_used_at"]),
    },
];

const APPLICATION: Shape = Shape::of::<ApplicationJson>(shape::example);

/// `GET /applications`.
pub(crate) const LIST: Operation =
    Operation::list("listApplications", Tag::Applications, Permission::AppsRead, APPLICATION)
        .says(
            "List applications",
            "Lists the applications that the caller may see, with their clients and the names of their secrets.",
        )
        .query(FILTER);

/// `POST /applications`.
pub(crate) const CREATE: Operation = Operation::create(
    "createApplication",
    Tag::Applications,
    Permission::AppsWrite,
    Shape::of::<ApplicationJson>(shape::created_example),
)
.says(
    "Register an application with its first client",
    "Registers an application and its client in one environment. `type` chooses safe settings for all that is left out. A client that keeps a secret gets one: `client_secret` is in this answer alone. When redirect URIs are sent and `grant_types` is not, the code grant is turned on. Writes `application.registered` to the audit log.",
)
.takes(Shape::of::<CreateApplicationBody>(shape::create_example))
.versioned();

/// `GET /applications/{application_id}`.
pub(crate) const GET: Operation =
    Operation::read("getApplication", Tag::Applications, Permission::AppsRead, APPLICATION)
        .says(
            "Show an application",
            "Shows an application with its clients; secrets without their values.",
        )
        .versioned();

/// `PATCH /applications/{application_id}`.
pub(crate) const UPDATE: Operation =
    Operation::read("updateApplication", Tag::Applications, Permission::AppsWrite, APPLICATION)
        .says(
            "Change an application",
            "Changes what is sent and leaves the rest. With `status` `disabled` its clients get no tokens and those they have stop counting at once. Settings of a client are changed at the client. Writes `application.updated` to the audit log.",
        )
        .takes(Shape::of::<UpdateApplicationBody>(shape::update_example))
        .guarded()
        .versioned()
        .api_only("`owner` alone: the control center shows who answers for an application and does not change it.");

/// `DELETE /applications/{application_id}`.
pub(crate) const DELETE: Operation =
    Operation::remove("deleteApplication", Tag::Applications, Permission::AppsWrite)
        .says(
            "Delete an application",
            "Deletes an application with its clients and secrets; their tokens stop counting at once. Writes `application.removed` to the audit log.",
        )
        .guarded();

/// Lists applications.
pub(crate) async fn list(service: Data<Service>, input: Input) -> Answer {
    let query = &input.query;
    let filter = ApplicationFilter {
        text: query.text("q"),
        redirect_uri_contains: query.text("redirect_uri_contains"),
        application_type: query.one_of("type")?,
        grant_type: query.one_of("grant_type")?,
        scope: query.text("scope"),
        status: query.one_of("status")?,
        environment: query.one_of("environment")?,
        owner: query.id("owner")?,
        confidential: query.flag("confidential")?,
        unused_since: query.time("unused_since")?,
    };
    let sort: Sort<ApplicationSort> = query.sort(&SORTS)?.unwrap_or_default();
    let listing = applications::list(&service, &input.call, filter, sort, query.page()?)
        .await
        .map_err(ApiProblem::of_query)?;
    Ok(answer::listing(&input, listing, |view| ApplicationJson::of(&view)))
}

/// Registers an application.
pub(crate) async fn create(service: Data<Service>, input: Input) -> Answer {
    let body: CreateApplicationBody = input.body()?;
    let command = body.command();
    let made = applications::register(&service, &input.call, command).await?;
    let application = &made.view.application;
    let json = ApplicationJson::of(&made.view);
    let created = Created::at(&input, &format!("/applications/{}", application.id))
        .etag(input.etag(application.version, &json))
        .holds_secret(made.secret.is_some());
    Ok(created.json(&json.showing(made.secret)))
}

/// Shows an application.
pub(crate) async fn get(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<Application>("application_id", "application")?;
    let view = applications::get(&service, &input.call, id).await?;
    Ok(answer::versioned(&input, view.application.version, &ApplicationJson::of(&view)))
}

/// Changes an application.
pub(crate) async fn update(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<Application>("application_id", "application")?;
    let version = input.version()?;
    let body: UpdateApplicationBody = input.body()?;
    let command: UpdateApplication = body.command(id, version);
    let view = applications::update(&service, &input.call, command).await?;
    Ok(answer::versioned(&input, view.application.version, &ApplicationJson::of(&view)))
}

/// Deletes an application.
pub(crate) async fn remove(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<Application>("application_id", "application")?;
    let version = input.version()?;
    applications::remove(&service, &input.call, id, Some(version)).await?;
    Ok(answer::nothing())
}
