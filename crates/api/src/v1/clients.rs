//! The client of an application in one environment: show, make, change.

pub(crate) mod settings;
pub(crate) mod shape;

use actix_web::web::Data;
use domain::{Application, Client, Permission};
use service::{
    Service,
    clients::{self, PutClient, UpdateClient},
};

use crate::{
    answer::{self, Answer, Created},
    input::Input,
    operation::{Operation, Shape, Tag},
};
use shape::{ClientBody, ClientJson, UpdateClientBody};

const CLIENT: Shape = Shape::of::<ClientJson>(shape::example);
const BODY: Shape = Shape::of::<ClientBody>(shape::body_example);
const PATCH: Shape = Shape::of::<UpdateClientBody>(shape::body_example);

/// `GET …/clients/{environment}`.
pub(crate) const GET: Operation =
    Operation::read("getClient", Tag::Clients, Permission::AppsRead, CLIENT)
        .says("Show a client", "Shows the client of an environment; secrets without their values.")
        .versioned();

/// `PUT …/clients/{environment}`.
pub(crate) const PUT: Operation = Operation::create(
    "putClient",
    Tag::Clients,
    Permission::AppsWrite,
    Shape::of::<ClientJson>(shape::created_example),
)
.says(
    "Make the client of an environment",
    "Makes the client of an environment that has none; `type` of the application chooses safe settings for what is left out. A client that keeps a secret gets one: `client_secret` is in this answer alone. A client that is there already is not touched: change it with PATCH. Writes `client.registered` to the audit log.",
)
.takes(BODY)
.versioned()
.conflicts(&["client-exists"]);

/// `PATCH …/clients/{environment}`.
pub(crate) const UPDATE: Operation =
    Operation::read("updateClient", Tag::Clients, Permission::AppsWrite, CLIENT)
        .says(
            "Change a client",
            "Changes what is sent and leaves the rest; lists are replaced whole. A client that was read can be sent back whole: members that cannot be set are taken if they are as they were. The first redirect URI turns the code grant on when `grant_types` is not sent. A client that no longer proves itself with a secret loses its secrets. Writes `client.updated` to the audit log.",
        )
        .takes(PATCH)
        .guarded()
        .versioned();

/// Shows a client.
pub(crate) async fn get(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<Application>("application_id", "application")?;
    let client = clients::get(&service, &input.call, id, input.environment()?).await?;
    Ok(answer::versioned(&input, client.version, &ClientJson::of(&client)))
}

/// Makes a client.
pub(crate) async fn put(service: Data<Service>, input: Input) -> Answer {
    let application_id = input.id::<Application>("application_id", "application")?;
    let environment = input.environment()?;
    let settings = input.body::<ClientBody>()?.changes();
    let command = PutClient { application_id, environment, settings };
    let made = clients::put(&service, &input.call, command).await?;
    let path = format!("/applications/{application_id}/clients/{environment}");
    let mut json = ClientJson::of(&made.client);
    let etag = input.etag(made.client.version, &json);
    if let Some(secret) = &made.secret {
        json.show(secret);
    }
    Ok(Created::at(&input, &path).etag(etag).json(&json))
}

/// Changes a client.
pub(crate) async fn update(service: Data<Service>, input: Input) -> Answer {
    let application_id = input.id::<Application>("application_id", "application")?;
    let environment = input.environment()?;
    let version = input.version()?;
    let body: UpdateClientBody = input.body()?;
    let command = UpdateClient { application_id, environment, version, changes: body.changes() };
    let compare = |client: &Client| body.differences(&ClientJson::of(client));
    let updated = clients::update_as_read(&service, &input.call, command, compare).await?;
    let client = updated.client;
    Ok(answer::versioned(&input, client.version, &ClientJson::of(&client)))
}
