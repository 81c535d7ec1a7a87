//! One operation of the API, as the gate checks it and the document tells it.

use actix_web::http::StatusCode;
use domain::Permission;
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::problem::Kind;

/// One operation. Everything the document says of it is here or follows from it.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that the document says")]
pub(crate) struct Operation {
    /// Verb and noun, unique and never changed.
    pub(crate) id: &'static str,
    pub(crate) tag: Tag,
    /// At most 60 characters.
    pub(crate) summary: &'static str,
    /// What it does to the world; permission, version and idempotency are added.
    pub(crate) description: &'static str,
    pub(crate) permission: Permission,
    /// Whether a caller without the permission may still see some of it, so that `service` decides.
    pub(crate) decided_late: bool,
    query: &'static [Parameter],
    pub(crate) is_list: bool,
    pub(crate) body: Option<Shape>,
    pub(crate) status: StatusCode,
    pub(crate) answer: Option<Shape>,
    pub(crate) has_location: bool,
    /// Whether a change names the version that it is meant for.
    pub(crate) needs_version: bool,
    /// Whether the answer tells a version.
    pub(crate) has_version: bool,
    /// The rules it can break that are not about a field.
    pub(crate) conflicts: &'static [&'static str],
    /// Why the control center does not offer it, if it does not.
    pub(crate) api_only: Option<&'static str>,
}

/// What groups operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Applications,
    Clients,
    Secrets,
    Resources,
    Scopes,
    Users,
    Consents,
    Tokens,
    Sessions,
    Settings,
    AuditEvents,
    ApiKeys,
}

/// A query parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) kind: ParameterKind,
}

/// What a query parameter holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ParameterKind {
    /// Any text.
    Text,
    /// True or false.
    Flag,
    /// A moment.
    Time,
    /// A page size.
    Limit,
    /// An identifier with this prefix.
    Id(&'static str),
    /// One of these.
    OneOf(fn() -> Vec<&'static str>),
    /// One of these, or one after a minus sign.
    Sort(&'static [&'static str]),
}

/// The schema of a body and an example of it.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// The name of its schema; lists are made of their item's.
    pub(crate) name: fn() -> String,
    /// Its schema and those that it refers to.
    pub(crate) schemas: fn(&mut Vec<(String, RefOr<Schema>)>),
    pub(crate) example: fn() -> Value,
}

impl Shape {
    pub(crate) const fn of<T: ToSchema>(example: fn() -> Value) -> Self {
        Self { name: || T::name().into_owned(), schemas: add_schemas::<T>, example }
    }
}

fn add_schemas<T: ToSchema + PartialSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

/// The parameters of every list.
const PAGING: [Parameter; 3] = [
    Parameter {
        name: "limit",
        description: "The most items of a page.",
        kind: ParameterKind::Limit,
    },
    Parameter {
        name: "cursor",
        description: "`next_cursor` or `prev_cursor` of a page of the same filter and order.",
        kind: ParameterKind::Text,
    },
    Parameter {
        name: "include",
        description: "`total` counts the items, up to 10000.",
        kind: ParameterKind::OneOf(|| vec!["total"]),
    },
];

impl Operation {
    const fn new(id: &'static str, tag: Tag, permission: Permission, status: StatusCode) -> Self {
        Self {
            id,
            tag,
            summary: "",
            description: "",
            permission,
            decided_late: false,
            query: &[],
            is_list: false,
            body: None,
            status,
            answer: None,
            has_location: false,
            needs_version: false,
            has_version: false,
            conflicts: &[],
            api_only: None,
        }
    }

    /// A page of a list of items like `item`.
    pub(crate) const fn list(
        id: &'static str,
        tag: Tag,
        permission: Permission,
        item: Shape,
    ) -> Self {
        let operation = Self::new(id, tag, permission, StatusCode::OK);
        Self { is_list: true, answer: Some(item), ..operation }
    }

    /// Something that is answered with 200 and `answer`.
    pub(crate) const fn read(
        id: &'static str,
        tag: Tag,
        permission: Permission,
        answer: Shape,
    ) -> Self {
        Self { answer: Some(answer), ..Self::new(id, tag, permission, StatusCode::OK) }
    }

    /// Something that is made.
    pub(crate) const fn create(
        id: &'static str,
        tag: Tag,
        permission: Permission,
        answer: Shape,
    ) -> Self {
        let operation = Self::new(id, tag, permission, StatusCode::CREATED);
        Self { answer: Some(answer), has_location: true, ..operation }
    }

    /// Something that ends without an answer.
    pub(crate) const fn remove(id: &'static str, tag: Tag, permission: Permission) -> Self {
        Self::new(id, tag, permission, StatusCode::NO_CONTENT)
    }

    pub(crate) const fn says(mut self, summary: &'static str, description: &'static str) -> Self {
        self.summary = summary;
        self.description = description;
        self
    }

    pub(crate) const fn query(mut self, query: &'static [Parameter]) -> Self {
        self.query = query;
        self
    }

    pub(crate) const fn takes(mut self, body: Shape) -> Self {
        self.body = Some(body);
        self
    }

    /// Its answer tells a version.
    pub(crate) const fn versioned(mut self) -> Self {
        self.has_version = true;
        self
    }

    /// It demands a version.
    pub(crate) const fn guarded(mut self) -> Self {
        self.needs_version = true;
        self
    }

    /// What it makes has no address of its own.
    pub(crate) const fn without_location(mut self) -> Self {
        self.has_location = false;
        self
    }

    pub(crate) const fn decided_late(mut self) -> Self {
        self.decided_late = true;
        self
    }

    pub(crate) const fn conflicts(mut self, conflicts: &'static [&'static str]) -> Self {
        self.conflicts = conflicts;
        self
    }

    /// The control center does not offer it, or a part of it, for this `reason`.
    pub(crate) const fn api_only(mut self, reason: &'static str) -> Self {
        self.api_only = Some(reason);
        self
    }

    /// The query parameters it takes.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        let paging = PAGING.iter().filter(|_| self.is_list);
        self.query.iter().chain(paging)
    }

    /// Whether a request of it is made again without being carried out again.
    pub(crate) fn is_repeatable_by_key(&self) -> bool {
        self.status == StatusCode::CREATED && self.id != "putClient"
    }

    /// The problems it can answer with, conflicts by rule apart.
    pub(crate) fn problems(&self, has_path_parameters: bool) -> Vec<Kind> {
        let mut kinds = vec![Kind::UnknownParameter, Kind::BadRequest];
        let by_key = self.is_repeatable_by_key();
        let mut add = |condition: bool, more: &[Kind]| {
            if condition {
                kinds.extend(more);
            }
        };
        add(self.parameters().next().is_some(), &[Kind::InvalidParameter]);
        // Who sends a body to an operation that takes none is told so as well.
        add(true, &[Kind::MalformedJson, Kind::UnknownField]);
        add(by_key || self.needs_version, &[Kind::InvalidHeader]);
        add(true, &[Kind::Unauthorized, Kind::Forbidden]);
        add(has_path_parameters, &[Kind::NotFound]);
        add(
            by_key,
            &[Kind::InFlight, Kind::SecretAlreadyReturned, Kind::AnswerLost, Kind::KeyReused],
        );
        add(self.needs_version, &[Kind::Stale, Kind::PreconditionRequired]);
        add(true, &[Kind::BodyTooLarge, Kind::Validation]);
        add(self.body.is_some(), &[Kind::UnsupportedMediaType]);
        add(true, &[Kind::Internal, Kind::Unavailable]);
        // Passwords are hashed, or something else is changed at the very moment.
        add(by_key || self.body.is_some(), &[Kind::Busy]);
        kinds
    }
}

impl Tag {
    /// Every tag, in the order of the document.
    pub(crate) const ALL: [Self; 12] = [
        Self::Applications,
        Self::Clients,
        Self::Secrets,
        Self::Resources,
        Self::Scopes,
        Self::Users,
        Self::Consents,
        Self::Tokens,
        Self::Sessions,
        Self::Settings,
        Self::AuditEvents,
        Self::ApiKeys,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Applications => "Applications",
            Self::Clients => "Clients",
            Self::Secrets => "Client secrets",
            Self::Resources => "APIs",
            Self::Scopes => "Scopes",
            Self::Users => "Users",
            Self::Consents => "Consents",
            Self::Tokens => "Tokens",
            Self::Sessions => "Sessions",
            Self::Settings => "Settings",
            Self::AuditEvents => "Audit log",
            Self::ApiKeys => "API keys",
        }
    }

    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::Applications => "What developers register. Each has one client an environment.",
            Self::Clients => "The OAuth client of an application in one environment.",
            Self::Secrets => "How a client proves who it is. Values are told once.",
            Self::Resources => "APIs that accept this server's access tokens.",
            Self::Scopes => "What clients may ask for, by API.",
            Self::Users => "The accounts of people.",
            Self::Consents => "What people approved for good.",
            Self::Tokens => "What was granted and still opens something.",
            Self::Sessions => "Who is signed in.",
            Self::Settings => "What holds for the whole server.",
            Self::AuditEvents => "What happened, hash-chained.",
            Self::ApiKeys => "Keys that let scripts call this API.",
        }
    }
}
