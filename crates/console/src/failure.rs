//! Why a page of the control center is not shown, and why a form is shown again.

use std::time::Duration;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use domain::{FieldError, Id, Identified};
use service::Problem;
use web::PageError;

/// What every handler returns.
pub(crate) type Answer = Result<HttpResponse, Failure>;

/// Why a page is not shown.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Failure(#[from] PageError);

/// Why a form is shown again, with all that was typed.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// What to change, by field; a rule that concerns no field points at the form.
    pub(crate) errors: Vec<FieldError>,
    /// Whether somebody else saved first.
    pub(crate) is_stale: bool,
}

impl Failure {
    /// The page for addresses that lead nowhere.
    pub(crate) const fn not_found() -> Self {
        Self(PageError::NotFound)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(match problem {
            Problem::Forbidden(permission) => PageError::Forbidden(permission),
            Problem::NotFound(_) => PageError::NotFound,
            Problem::Invalid(errors) => PageError::BadRequest(
                errors.into_iter().map(|it| it.detail).collect::<Vec<_>>().join(" "),
            ),
            Problem::Conflict { detail, .. } => PageError::Conflict(detail),
            Problem::Stale { .. } => PageError::Conflict(
                "Someone else changed this after you opened the page. Nothing was saved."
                    .to_owned(),
            ),
            Problem::Busy { retry_after_seconds } => PageError::Unavailable {
                retry_after: Duration::from_secs(u64::from(retry_after_seconds)),
            },
            Problem::Unavailable(error) => PageError::unavailable(&error),
        })
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.0.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        self.0.error_response()
    }
}

impl Refusal {
    /// What `problem` says of the form, unless it says nothing that the form can mend.
    pub(crate) fn of(problem: Problem) -> Result<Self, Failure> {
        match problem {
            Problem::Invalid(errors) => Ok(Self { errors, is_stale: false }),
            Problem::Conflict { code, detail } => {
                let error = FieldError { pointer: "#/".to_owned(), code, detail };
                Ok(Self { errors: vec![error], is_stale: false })
            }
            Problem::Stale { .. } => Ok(Self { errors: Vec::new(), is_stale: true }),
            Problem::Forbidden(_)
            | Problem::NotFound(_)
            | Problem::Busy { .. }
            | Problem::Unavailable(_) => Err(problem.into()),
        }
    }

    /// A refusal of these fields.
    pub(crate) const fn fields(errors: Vec<FieldError>) -> Self {
        Self { errors, is_stale: false }
    }

    /// The status of the page that shows the form again.
    pub(crate) const fn status(&self) -> StatusCode {
        if self.is_stale { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// Has errors of list entries point at the entries by name, as check boxes are found by it.
    pub(crate) fn by_name(mut self, field: &str, names: &[String]) -> Self {
        let start = format!("#/{field}/");
        for error in &mut self.errors {
            let at = error.pointer.strip_prefix(&start).and_then(|it| it.parse::<usize>().ok());
            if let Some(name) = at.and_then(|at| names.get(at)) {
                error.pointer = format!("{start}{name}");
            }
        }
        self
    }
}

/// The identifier in an address.
pub(crate) fn path_id<T: Identified>(text: &str) -> Result<Id<T>, Failure> {
    Id::parse(text).map_err(|_reason| Failure::not_found())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_name() {
        let errors = vec![
            FieldError::at("grant_types", 1, "refresh-needs-code", "Turn that on first."),
            FieldError::at("redirect_uris", 0, "https-required", "Use https."),
            FieldError::at("grant_types", 9, "x", "Out of the list."),
        ];
        let names = ["client_credentials", "refresh_token"].map(str::to_owned);

        let refusal = Refusal::fields(errors).by_name("grant_types", &names);

        let pointers: Vec<&str> = refusal.errors.iter().map(|it| it.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            ["#/grant_types/refresh_token", "#/redirect_uris/0", "#/grant_types/9"]
        );
    }

    #[test]
    fn only_what_a_form_can_mend_shows_it_again() {
        assert_eq!(
            Refusal::of(Problem::Stale { current: 2 }).unwrap().status(),
            StatusCode::CONFLICT
        );
        assert_eq!(
            Refusal::of(Problem::field("name", "length", "Shorter.")).unwrap().status(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
        let failure = Refusal::of(Problem::NotFound("application")).unwrap_err();
        assert_eq!(failure.status_code(), StatusCode::NOT_FOUND);
    }
}
