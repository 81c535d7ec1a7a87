//! Views as commands: the same thing over the management API.

use serde::Serialize;
use serde_json::Value;
use service::clients::ClientChanges;
use web::WebConfig;

/// A command that does what a page does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Sample {
    /// Unique on the page.
    pub(crate) id: String,
    /// What it does.
    pub(crate) label: String,
    /// The command.
    pub(crate) text: String,
}

/// A call of the management API as a command, line by line.
pub(crate) struct Command {
    label: &'static str,
    lines: Vec<String>,
}

impl Command {
    /// A call of `path`, which stands below `/api/v1`.
    pub(crate) fn new(config: &WebConfig, label: &'static str, method: &str, path: &str) -> Self {
        let address = quoted(&config.link(&format!("/api/v1{path}")));
        let first = if method == "GET" {
            format!("curl '{address}'")
        } else {
            format!("curl -X {method} '{address}'")
        };
        let bearer = "  -H \"Authorization: Bearer $COUNTERSIGN_API_KEY\"".to_owned();
        Self { label, lines: vec![first, bearer] }
    }

    /// Reads `path`.
    pub(crate) fn get(config: &WebConfig, label: &'static str, path: &str) -> Sample {
        Self::new(config, label, "GET", path).sample()
    }

    /// With the version that the change is meant for.
    pub(crate) fn version(mut self, version: i64) -> Self {
        self.lines.push(format!("  -H 'If-Match: \"v{version}\"'"));
        self
    }

    /// With a body.
    pub(crate) fn body(mut self, body: &Value) -> Self {
        self.lines.push("  -H 'Content-Type: application/json'".to_owned());
        self.lines.push(format!("  -d '{}'", quoted(&body.to_string())));
        self
    }

    /// The finished command.
    pub(crate) fn sample(self) -> Sample {
        let safe =
            |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' };
        Sample {
            id: format!("code-{}", self.label.chars().map(safe).collect::<String>()),
            label: self.label.to_owned(),
            text: self.lines.join(" \\\n"),
        }
    }
}

/// The settings of a client as the body of a call; what is left out stays out.
pub(crate) fn client_body(changes: &ClientChanges) -> Value {
    let mut body = serde_json::to_value(changes).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    body
}

/// `text` within single quotes of a shell.
pub(crate) fn quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing;

    #[test]
    fn a_change_names_its_version_and_quotes_its_body() {
        let sample = Command::new(&testing::config(), "Rename it", "PATCH", "/applications/app_1")
            .version(3)
            .body(&json!({ "name": "Ana's" }))
            .sample();

        assert_eq!(
            sample.text,
            "curl -X PATCH 'https://id.example.com/api/v1/applications/app_1' \\\n  \
             -H \"Authorization: Bearer $COUNTERSIGN_API_KEY\" \\\n  \
             -H 'If-Match: \"v3\"' \\\n  \
             -H 'Content-Type: application/json' \\\n  \
             -d '{\"name\":\"Ana'\\''s\"}'"
        );
        assert_eq!(sample.id, "code-rename-it");
    }

    #[test]
    fn reading_takes_one_header() {
        let sample = Command::get(&testing::config(), "List users", "/users?q=a");

        assert_eq!(
            sample.text,
            "curl 'https://id.example.com/api/v1/users?q=a' \\\n  \
             -H \"Authorization: Bearer $COUNTERSIGN_API_KEY\""
        );
    }
}
