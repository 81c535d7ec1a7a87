//! Values as they are written, before anyone asks what they mean.

use config::{Value as TomlValue, ValueKind};
use secrecy::{ExposeSecret, SecretString};

use super::Kind;

/// A value of the kind that its key wants.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Secret(SecretString),
    Flag(bool),
    Number(u64),
    List(Vec<String>),
}

/// What a value of `kind` looks like, for the end of "must be …".
const fn looks_like(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Secret => "text in quotes",
        Kind::File => "the path of a file in quotes",
        Kind::Flag => "true or false",
        Kind::Number => "a whole number",
        Kind::List => "a list such as [\"one\", \"two\"]",
    }
}

impl Value {
    /// Reads a value from plain text, as environment and flags have it.
    ///
    /// # Errors
    ///
    /// What the text should have been.
    pub(crate) fn from_text(kind: Kind, text: &str) -> Result<Self, &'static str> {
        match kind {
            Kind::Text | Kind::File => checked(text).map(|text| Self::Text(text.to_owned())),
            Kind::Secret if text.trim().is_empty() => Err(EMPTY),
            Kind::Secret => Ok(Self::Secret(SecretString::from(text))),
            Kind::Flag => match text {
                "true" => Ok(Self::Flag(true)),
                "false" => Ok(Self::Flag(false)),
                _other => Err(looks_like(kind)),
            },
            Kind::Number => text.parse().map(Self::Number).map_err(|_reason| looks_like(kind)),
            Kind::List => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Ok(Self::List(items.map(str::to_owned).collect()))
            }
        }
    }

    /// Reads a value from the configuration file, where its type is written down.
    ///
    /// # Errors
    ///
    /// What the value should have been.
    pub(crate) fn from_toml(kind: Kind, value: &TomlValue) -> Result<Self, &'static str> {
        let wrong = Err(looks_like(kind));
        match (kind, &value.kind) {
            (Kind::Text | Kind::File | Kind::Secret, ValueKind::String(text)) => {
                Self::from_text(kind, text)
            }
            (Kind::Flag, ValueKind::Boolean(flag)) => Ok(Self::Flag(*flag)),
            (Kind::Number, ValueKind::I64(number)) => {
                u64::try_from(*number).map(Self::Number).or(wrong)
            }
            (Kind::List, ValueKind::Array(items)) => {
                items.iter().map(item).collect::<Result<_, _>>().map(Self::List)
            }
            (
                Kind::Text | Kind::File | Kind::Secret | Kind::Flag | Kind::Number | Kind::List,
                _,
            ) => wrong,
        }
    }

    /// The value as a line of the configuration file would have it; secrets are masked.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Secret(secret) => quoted(&masked(secret.expose_secret())),
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(|item| quoted(item)).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }
}

fn item(value: &TomlValue) -> Result<String, &'static str> {
    if let ValueKind::String(text) = &value.kind {
        checked(text).map(str::to_owned)
    } else {
        Err(looks_like(Kind::List))
    }
}

/// What stands in place of a secret.
const MASK: &str = "***";

/// `secret` with all of it masked that can be secret: of an address, host and path stay.
///
/// Works on the text and not on a parsed address, because an unescaped password
/// makes a parser take parts of it for something else.
fn masked(secret: &str) -> String {
    let address = secret.split_once("://").filter(|(scheme, _rest)| {
        ["sqlite", "postgres", "postgresql", "smtp", "smtps"].contains(scheme)
    });
    let Some((scheme, rest)) = address else { return MASK.to_owned() };
    let has_query = rest.contains(['?', '#']);
    match rest.rsplit_once('@') {
        Some((_credentials, server)) if !has_query => format!("{scheme}://{MASK}@{server}"),
        Some(_) => format!("{scheme}://{MASK}"),
        None if has_query => {
            let server = rest.split(['?', '#']).next().unwrap_or_default();
            format!("{scheme}://{server}?{MASK}")
        }
        None => secret.to_owned(),
    }
}

const EMPTY: &str = "something; leave it out to have the default";

fn checked(text: &str) -> Result<&str, &'static str> {
    if text.trim().is_empty() {
        Err(EMPTY)
    } else if text.trim() != text || text.chars().any(char::is_control) {
        Err("text without line breaks, and without spaces at its ends")
    } else {
        Ok(text)
    }
}

/// `text` as a TOML basic string.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_host_and_path_and_nothing_secret() {
        let cases = [
            ("a:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA", "***"),
            ("hunter2", "***"),
            ("mysql://root:pw@host/db", "***"),
            ("sqlite://data/countersign.db", "sqlite://data/countersign.db"),
            ("postgres://db.example/cs", "postgres://db.example/cs"),
            ("postgres://cs:pw@db.example:5432/cs", "postgres://***@db.example:5432/cs"),
            ("postgres://cs:p@w@db.example/cs", "postgres://***@db.example/cs"),
            ("postgres://cs:12/34@db.example/cs", "postgres://***@db.example/cs"),
            ("postgres://db.example/cs?password=pw", "postgres://db.example/cs?***"),
            ("postgres://db.example/cs?user=a@b&password=pw", "postgres://***"),
            ("postgres://cs:p?w@db.example/cs", "postgres://***"),
            ("smtp://cs:pw@mail.example:587", "smtp://***@mail.example:587"),
        ];
        for (secret, expected) in cases {
            assert_eq!(masked(secret), expected, "{secret}");
        }
    }

    #[test]
    fn text_is_read_as_its_kind_or_refused() {
        let refused = [
            (Kind::Text, ""),
            (Kind::Text, "  "),
            (Kind::Text, " padded"),
            (Kind::Text, "two\nlines"),
            (Kind::Secret, " "),
            (Kind::Flag, "yes"),
            (Kind::Flag, "TRUE"),
            (Kind::Flag, "1"),
            (Kind::Number, "-1"),
            (Kind::Number, "4.0"),
            (Kind::Number, "many"),
        ];
        for (kind, text) in refused {
            assert!(Value::from_text(kind, text).is_err(), "{kind:?} {text:?}");
        }

        let shown = |kind, text| Value::from_text(kind, text).map(|value| value.shown());
        assert_eq!(shown(Kind::Flag, "true").as_deref(), Ok("true"));
        assert_eq!(shown(Kind::Number, "4").as_deref(), Ok("4"));
        assert_eq!(
            shown(Kind::List, "10.0.0.0/8, ::1,").as_deref(),
            Ok("[\"10.0.0.0/8\", \"::1\"]")
        );
        assert_eq!(shown(Kind::List, "").as_deref(), Ok("[]"));
        assert_eq!(shown(Kind::Text, "a \"b\"").as_deref(), Ok("\"a \\\"b\\\"\""));
    }
}
