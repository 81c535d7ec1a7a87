//! From what `validator` finds to the field errors that surfaces show.

use domain::FieldError;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use crate::Problem;

/// Takes the blanks off both ends of texts, before any rule is asked about them.
pub(crate) fn trim<'a>(texts: impl IntoIterator<Item = &'a mut String>) {
    for text in texts {
        *text = text.trim().to_owned();
    }
}

/// Every field of `command` that breaks a rule declared on it.
///
/// The errors name the field and the rule; what was sent stays out of them.
pub(crate) fn faults(command: &impl Validate) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if let Err(errors) = command.validate() {
        collect("#", &errors, &mut faults);
        faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    }
    faults
}

/// Refuses when there is any fault.
pub(crate) fn refuse(faults: Vec<FieldError>) -> Result<(), Problem> {
    if faults.is_empty() { Ok(()) } else { Err(Problem::Invalid(faults)) }
}

fn collect(path: &str, errors: &ValidationErrors, faults: &mut Vec<FieldError>) {
    for (field, kind) in errors.errors() {
        let path = format!("{path}/{field}");
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(&path, inner, faults),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(&format!("{path}/{index}"), inner, faults);
                }
            }
            ValidationErrorsKind::Field(found) => faults.extend(found.iter().map(|error| {
                let detail = error.message.as_deref().unwrap_or("This value cannot be taken.");
                FieldError {
                    pointer: path.clone(),
                    code: known_code(&error.code),
                    detail: detail.to_owned(),
                }
            })),
        }
    }
}

/// The rules that commands declare, by their stable names.
fn known_code(code: &str) -> &'static str {
    match code {
        "length" => "length",
        "range" => "range",
        _ => "invalid",
    }
}

/// Whether `text` is an `https` address that can be linked to, or an `http` one of this machine.
pub(crate) fn is_link(text: &str) -> bool {
    let Ok(url) = url::Url::parse(text) else { return false };
    let is_loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    text.len() <= 2048
        && text.bytes().all(|byte| matches!(byte, 0x21..=0x7e))
        && url.username().is_empty()
        && url.password().is_none()
        && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback))
}

/// What is wrong with `text` as a name or another line that people read; see
/// [`domain::is_plain_line`].
pub(crate) fn line_fault(field: &str, text: &str) -> Option<FieldError> {
    let detail =
        "Write it on one line, without invisible characters and marks of writing direction.";
    (!domain::is_plain_line(text)).then(|| FieldError::of(field, "one-line", detail))
}

#[cfg(test)]
mod tests {
    use crate::resources::{NewScope, RegisterResource};

    use super::*;

    #[test]
    fn nested_faults_point_into_lists_and_never_repeat_the_value() {
        let long = "x".repeat(101);
        let command = RegisterResource {
            scopes: vec![
                NewScope::default(),
                NewScope { display_name: long.clone(), ..NewScope::default() },
            ],
            ..RegisterResource::default()
        };

        let faults = faults(&command);

        let found: Vec<_> = faults.iter().map(|it| (it.pointer.as_str(), it.code)).collect();
        assert_eq!(found, [("#/name", "length"), ("#/scopes/1/display_name", "length")]);
        assert!(!format!("{faults:?}").contains(&long));
    }

    #[test]
    fn links_are_https_or_of_this_machine() {
        for good in ["https://a.example", "https://a.example/x?y#z", "http://localhost:3000/"] {
            assert!(is_link(good), "{good}");
        }
        for bad in ["http://a.example", "javascript:alert(1)", "https://u:p@a.example", "a", ""] {
            assert!(!is_link(bad), "{bad}");
        }
    }
}
