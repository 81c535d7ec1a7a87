//! The accounts of people: list, add, show, change, lock, remove, reset a password.

use actix_web::web::Data;
use domain::{Permission, User};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::{
    Patch, Service, Sort,
    users::{self, OneTimeUrl, RegisterUser, UpdateUser, UserFilter, UserSort},
};
use utoipa::ToSchema;

use crate::{
    answer::{self, Answer, Created},
    input::Input,
    operation::{Operation, Parameter, ParameterKind, Shape, Tag},
    problem::ApiProblem,
    schema::{self, Timestamp, patch, present},
};

/// The account of a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserJson {
    /// Identifies the account; the `sub` that clients see.
    #[schema(examples("usr_01k9xw3v5n8qj2m4r6t7p0abcd"))]
    id: String,
    /// What the person signs in with.
    username: String,
    /// Where mail goes; also signs in.
    #[schema(format = "email")]
    email: String,
    /// Whether the address was proven.
    email_verified: bool,
    /// What the person is called.
    name: String,
    /// What the person may manage, if anything.
    #[schema(required, value_type = Option<schema::Role>)]
    role: Option<&'static str>,
    /// Whether the person may sign in.
    #[schema(value_type = schema::UserStatus)]
    status: &'static str,
    /// Whether a password is set.
    has_password: bool,
    /// When the person last signed in.
    #[schema(required, value_type = Option<Timestamp>)]
    last_sign_in_at: Option<Timestamp>,
    /// When the account was made.
    #[schema(value_type = Timestamp)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = Timestamp)]
    updated_at: Timestamp,
}

impl UserJson {
    fn of(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.clone(),
            email: user.email.clone(),
            email_verified: user.email_verified,
            name: user.name.clone(),
            role: user.role.map(domain::Role::as_str),
            status: user.status.as_str(),
            has_password: user.has_password,
            last_sign_in_at: user.last_sign_in_at.map(Timestamp),
            created_at: user.created_at.into(),
            updated_at: user.updated_at.into(),
        }
    }
}

/// An account to add.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateUser)]
pub(crate) struct CreateUserBody {
    /// What the person signs in with: no blank and no `@`.
    #[schema(required, min_length = 1, max_length = 64, pattern = r"^[^\s@]{1,64}$")]
    #[serde(default)]
    username: String,
    /// Where mail goes.
    #[schema(required, format = "email", max_length = 254)]
    #[serde(default)]
    email: String,
    /// Whether the address was proven elsewhere.
    #[schema(required = false)]
    #[serde(default)]
    email_verified: bool,
    /// What the person is called.
    #[schema(required = false, max_length = 100)]
    #[serde(default)]
    name: String,
    /// A first password; without one, start a password reset and hand over its link.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, format = Password, write_only)]
    password: Option<SecretString>,
    /// What the person may manage; needs `admins:write`.
    #[schema(value_type = Option<schema::Role>)]
    #[serde(default)]
    role: Option<String>,
    /// Whether the person may sign in; `active` when left out.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = schema::UserStatus, required = false)]
    status: Option<String>,
}

/// A merge patch of an account.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateUser)]
pub(crate) struct UpdateUserBody {
    /// What the person signs in with.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 64, pattern = r"^[^\s@]{1,64}$")]
    username: Option<String>,
    /// Where mail goes.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, format = "email", max_length = 254)]
    email: Option<String>,
    /// Whether the address was proven.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    email_verified: Option<bool>,
    /// What the person is called.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 100)]
    name: Option<String>,
    /// A new password; it ends what the person is signed in to.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, format = Password, write_only)]
    password: Option<SecretString>,
    /// What the person may manage; `null` for nothing. Needs `admins:write`.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<schema::Role>)]
    role: Patch<String>,
    /// `locked` keeps the person out at once, `active` lets them in again.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = schema::UserStatus, required = false)]
    status: Option<String>,
}

/// A link that works once.
#[derive(Serialize, ToSchema)]
#[schema(as = OneTimeLink)]
pub(crate) struct OneTimeLinkJson {
    /// The whole address; only in this answer.
    #[schema(format = "uri")]
    url: String,
    /// When it stops working.
    #[schema(value_type = Timestamp)]
    expires_at: Timestamp,
}

fn example() -> Value {
    json!({
        "id": "usr_01k9xw3v5n8qj2m4r6t7p0abcd",
        "username": "alice",
        "email": "alice@example.com",
        "email_verified": true,
        "name": "Alice Example",
        "role": null,
        "status": "active",
        "has_password": true,
        "last_sign_in_at": "2026-11-18T11:06:40.123Z",
        "created_at": "2026-11-18T11:06:40.123Z",
        "updated_at": "2026-11-18T11:06:40.123Z"
    })
}

fn create_example() -> Value {
    json!({ "username": "alice", "email": "alice@example.com", "email_verified": true, "name": "Alice Example" })
}

fn link_example() -> Value {
    let url = "https://id.example.com/password/cs_pw_1EXAMPLEexampleEXAMPLEexampleEXAMPLEexamplexx_000000";
    json!({ "url": url, "expires_at": "2026-11-18T12:06:40.123Z" })
}

const USER: Shape = Shape::of::<UserJson>(example);

const SORTS: [(&str, UserSort); 3] = [
    ("name", UserSort::Name),
    ("created_at", UserSort::CreatedAt),
    ("last_sign_in_at", UserSort::LastSignInAt),
];

/// `GET /users`.
pub(crate) const LIST: Operation =
    Operation::list("listUsers", Tag::Users, Permission::UsersRead, USER)
        .says("List people", "Lists the accounts of people.")
        .query(&[
            Parameter {
                name: "q",
                description: "Found in the name, the user name or the address, or the identifier; case does not count, nor do the accents of the name.",
                kind: ParameterKind::Text,
            },
            Parameter {
                name: "status",
                description: "Only this status.",
                kind: ParameterKind::OneOf(schema::UserStatus::values),
            },
            Parameter {
                name: "role",
                description: "Only this role.",
                kind: ParameterKind::OneOf(schema::Role::values),
            },
            Parameter {
                name: "has_role",
                description: "Only those with any role, or only those with none.",
                kind: ParameterKind::Flag,
            },
            Parameter {
                name: "sort",
                description: "The order; a minus sign turns it round.",
                kind: ParameterKind::Sort(&["name", "created_at", "last_sign_in_at"]),
            },
        ]);

/// `POST /users`.
pub(crate) const CREATE: Operation =
    Operation::create("createUser", Tag::Users, Permission::UsersWrite, USER)
        .says(
            "Add a person",
            "Adds an account. Without a password the person cannot sign in until they set one through a link. Writes `user.registered` to the audit log.",
        )
        .takes(Shape::of::<CreateUserBody>(create_example))
        .versioned();

/// `GET /users/{user_id}`.
pub(crate) const GET: Operation =
    Operation::read("getUser", Tag::Users, Permission::UsersRead, USER)
        .says("Show a person", "Shows the account of a person.")
        .versioned();

/// `PATCH /users/{user_id}`.
pub(crate) const UPDATE: Operation =
    Operation::read("updateUser", Tag::Users, Permission::UsersWrite, USER)
        .says(
            "Change, lock or unlock a person",
            "Changes what is sent and leaves the rest. With `status` `locked` the person is signed out and nothing issued for them counts; another password signs them out too. Writes `user.updated` to the audit log.",
        )
        .takes(Shape::of::<UpdateUserBody>(|| json!({ "status": "locked" })))
        .guarded()
        .versioned()
        .conflicts(&["last-owner", "own-account"]);

/// `DELETE /users/{user_id}`.
pub(crate) const DELETE: Operation =
    Operation::remove("deleteUser", Tag::Users, Permission::UsersWrite)
        .says(
            "Remove a person",
            "Removes an account with its sessions, approvals and tokens. Writes `user.removed` to the audit log.",
        )
        .guarded()
        .conflicts(&["last-owner", "own-account", "owns-applications"]);

/// `POST /users/{user_id}/password-reset`.
pub(crate) const RESET_PASSWORD: Operation = Operation::create(
    "startPasswordReset",
    Tag::Users,
    Permission::UsersWrite,
    Shape::of::<OneTimeLinkJson>(link_example),
)
.says(
    "Make a link to set a password",
    "Makes a link with which the person sets a new password once, and ends the links made before. The address is in this answer alone; hand it over on a way that you trust. Writes `password.reset_started` to the audit log.",
)
.without_location()
.conflicts(&["locked"]);

/// Lists people.
pub(crate) async fn list(service: Data<Service>, input: Input) -> Answer {
    let query = &input.query;
    let filter = UserFilter {
        text: query.text("q"),
        status: query.one_of("status")?,
        role: query.one_of("role")?,
        has_role: query.flag("has_role")?,
    };
    let sort: Sort<UserSort> = query.sort(&SORTS)?.unwrap_or_default();
    let listing = users::list(&service, &input.call, filter, sort, query.page()?)
        .await
        .map_err(ApiProblem::of_query)?;
    Ok(answer::listing(&input, listing, |user| UserJson::of(&user)))
}

/// Adds a person.
pub(crate) async fn create(service: Data<Service>, input: Input) -> Answer {
    let body: CreateUserBody = input.body()?;
    let command = RegisterUser {
        username: body.username,
        email: body.email,
        email_verified: body.email_verified,
        name: body.name,
        password: body.password,
        role: body.role,
        status: body.status,
    };
    let user = users::register(&service, &input.call, command).await?;
    let created = Created::at(&input, &format!("/users/{}", user.id));
    let json = UserJson::of(&user);
    Ok(created.etag(input.etag(user.version, &json)).json(&json))
}

/// Shows a person.
pub(crate) async fn get(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<User>("user_id", "person")?;
    let user = users::get(&service, &input.call, id).await?;
    Ok(answer::versioned(&input, user.version, &UserJson::of(&user)))
}

/// Changes a person.
pub(crate) async fn update(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<User>("user_id", "person")?;
    let version = input.version()?;
    let body: UpdateUserBody = input.body()?;
    let command = UpdateUser {
        username: body.username,
        email: body.email,
        email_verified: body.email_verified,
        name: body.name,
        password: body.password,
        role: body.role,
        status: body.status,
        ..UpdateUser::of(id, version)
    };
    let user = users::update(&service, &input.call, command).await?;
    Ok(answer::versioned(&input, user.version, &UserJson::of(&user)))
}

/// Removes a person.
pub(crate) async fn remove(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<User>("user_id", "person")?;
    let version = input.version()?;
    users::remove(&service, &input.call, id, Some(version)).await?;
    Ok(answer::nothing())
}

/// Makes a link to set a password.
pub(crate) async fn start_password_reset(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<User>("user_id", "person")?;
    let OneTimeUrl { url, expires_at } =
        users::start_password_reset(&service, &input.call, id).await?;
    let url = url.expose_secret().to_owned();
    let json = OneTimeLinkJson { url, expires_at: expires_at.into() };
    Ok(Created::nowhere().holds_secret(true).json(&json))
}
