//! Why a call is refused, as [RFC 9457] problem details.
//!
//! [RFC 9457]: https://www.rfc-editor.org/rfc/rfc9457

pub(crate) mod catalogue;
mod conflicts;
mod fields;
mod kind;
pub(crate) mod page;
pub(crate) mod present;

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{ALLOW, ETAG, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use domain::{FieldError, Permission};
use service::Problem;
use web::DPOP_NONCE;

use crate::answer::etag;
pub(crate) use kind::Kind;

/// Why a call is refused. The body is written by [`present`], which knows the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the call is refused: {}", self.slug)]
pub(crate) struct ApiProblem {
    pub(crate) kind: Kind,
    /// What `type` ends in: the kind's, or for a conflict the rule's.
    pub(crate) slug: &'static str,
    pub(crate) detail: String,
    pub(crate) faults: Vec<Fault>,
    pub(crate) extra: Extra,
}

/// One thing that has to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) place: Place,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
}

/// Where a fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the body, by JSON pointer.
    Pointer(String),
    /// In the query, by name.
    Parameter(String),
    /// In a header, by name.
    Header(&'static str),
}

/// What else a problem tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Extra {
    /// Nothing.
    None,
    /// The permission that is missing.
    Permission(Permission),
    /// The version that is stored.
    Version(i64),
    /// When to try again.
    RetryAfter(u32),
    /// The methods that do work.
    Allow(String),
    /// Where what was made before is.
    Made(String),
    /// What to say about the credentials.
    Challenge {
        /// The header `WWW-Authenticate`.
        challenge: String,
        /// The header `DPoP-Nonce`, if a nonce is what lacks.
        dpop_nonce: Option<String>,
    },
}

impl ApiProblem {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            slug: kind.slug(),
            detail: detail.into(),
            faults: Vec::new(),
            extra: Extra::None,
        }
    }

    /// A fault of one query parameter.
    pub(crate) fn parameter(name: &str, code: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let fault = Fault { place: Place::Parameter(name.to_owned()), code, detail };
        Self::new(Kind::InvalidParameter, format!("The parameter {name} needs a change."))
            .with_faults(vec![fault])
    }

    /// A fault of one header.
    pub(crate) fn header(name: &'static str, code: &'static str, detail: &str) -> Self {
        let fault = Fault { place: Place::Header(name), code, detail: detail.to_owned() };
        Self::new(Kind::InvalidHeader, format!("The header {name} needs a change."))
            .with_faults(vec![fault])
    }

    /// There is no such thing, or the caller may not know of it.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("There is no such {what}, or it is not yours to see."))
    }

    /// The caller lacks `permission`.
    pub(crate) fn forbidden(permission: Permission) -> Self {
        let detail = format!(
            "This needs the permission {permission}, which this key or token does not have. An owner can give it."
        );
        Self { extra: Extra::Permission(permission), ..Self::new(Kind::Forbidden, detail) }
    }

    pub(crate) fn with_faults(self, faults: Vec<Fault>) -> Self {
        Self { faults, ..self }
    }

    pub(crate) fn with_extra(self, extra: Extra) -> Self {
        Self { extra, ..self }
    }

    /// Where a body keeps in its member `name` what a command has at its top.
    pub(crate) fn inside(mut self, name: &str) -> Self {
        for fault in &mut self.faults {
            fault.move_inside(name);
        }
        self
    }

    /// As [`From<Problem>`], where the faults can only be in the query.
    pub(crate) fn of_query(problem: Problem) -> Self {
        let problem = Self::from(problem);
        if problem.kind != Kind::Validation {
            return problem;
        }
        let detail = counted(problem.faults.len(), "parameter");
        let faults = problem.faults.into_iter().map(Fault::in_query).collect();
        Self::new(Kind::InvalidParameter, detail).with_faults(faults)
    }
}

impl Fault {
    fn move_inside(&mut self, name: &str) {
        if let Place::Pointer(pointer) = &mut self.place {
            let rest = pointer.trim_start_matches('#').to_owned();
            *pointer = format!("#/{name}{rest}");
        }
    }

    fn in_query(self) -> Self {
        let place = match self.place {
            Place::Pointer(pointer) => {
                Place::Parameter(pointer.trim_start_matches("#/").to_owned())
            }
            Place::Parameter(_) | Place::Header(_) => self.place,
        };
        Self { place, ..self }
    }
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun} needs a change.")
    } else {
        format!("{count} {noun}s need a change.")
    }
}

impl From<FieldError> for Fault {
    fn from(FieldError { pointer, code, detail }: FieldError) -> Self {
        Self { place: Place::Pointer(pointer), code, detail }
    }
}

impl From<Problem> for ApiProblem {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Forbidden(permission) => Self::forbidden(permission),
            Problem::NotFound(what) => Self::not_found(what),
            Problem::Invalid(fields) => Self::new(Kind::Validation, counted(fields.len(), "field"))
                .with_faults(fields.into_iter().map(Fault::from).collect()),
            Problem::Conflict { code, detail } => {
                Self { slug: code, ..Self::new(Kind::Conflict, detail) }
            }
            Problem::Stale { current } => Self::new(
                Kind::Stale,
                "Someone else changed it after you read it. Read it again and repeat your change.",
            )
            .with_extra(Extra::Version(current)),
            Problem::Busy { retry_after_seconds } => {
                Self::new(Kind::Busy, "The server has too much to do at once. Nothing was changed.")
                    .with_extra(Extra::RetryAfter(retry_after_seconds))
            }
            Problem::Unavailable(error) => {
                tracing::error!(
                    error = web::errors::chain(&error),
                    "an operation could not be carried out"
                );
                Self::new(Kind::Unavailable, "The database does not answer.")
                    .with_extra(Extra::RetryAfter(5))
            }
        }
    }
}

impl ResponseError for ApiProblem {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    /// Without a body: [`present`] writes it, for it knows the request's name.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match &self.extra {
            Extra::None | Extra::Permission(_) => {}
            Extra::Version(version) => {
                response.insert_header((ETAG, etag(*version)));
            }
            Extra::RetryAfter(seconds) => {
                response.insert_header((RETRY_AFTER, seconds.to_string()));
            }
            Extra::Allow(methods) => {
                response.insert_header((ALLOW, methods.as_str()));
            }
            Extra::Made(location) => {
                response.insert_header((LOCATION, location.as_str()));
            }
            Extra::Challenge { challenge, dpop_nonce } => {
                response.insert_header((WWW_AUTHENTICATE, challenge.as_str()));
                if let Some(nonce) = dpop_nonce {
                    response.insert_header((DPOP_NONCE, nonce.as_str()));
                }
            }
        }
        let mut response = response.finish();
        response.extensions_mut().insert(self.clone());
        response
    }
}
