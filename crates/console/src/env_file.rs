//! Keys as an environment file.

use std::fmt::Write as _;

use actix_web::{HttpResponse, http::header};
use domain::{Client, Environment};
use protocol::RedirectUri;
use serde::Serialize;
use web::WebConfig;

/// A file to take away without another request: its name and all of it as an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct EnvFile {
    pub(crate) name: String,
    pub(crate) href: String,
    #[serde(skip)]
    pub(crate) text: String,
}

impl EnvFile {
    /// What a program needs to be `client`: with its secret, when it was just made.
    pub(crate) fn of(
        config: &WebConfig,
        name: &str,
        client: &Client,
        secret: Option<&str>,
    ) -> Self {
        let entries = [
            ("OAUTH_ISSUER", Some(config.public_url.as_str().trim_end_matches('/'))),
            ("OAUTH_CLIENT_ID", Some(client.client_id.as_str())),
            ("OAUTH_CLIENT_SECRET", secret),
            ("OAUTH_REDIRECT_URI", client.settings.redirect_uris.first().map(RedirectUri::as_str)),
        ];
        let mut text = String::new();
        for (name, value) in entries {
            if let Some(value) = value {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{name}={}", quoted(value));
            }
        }
        let href = format!("data:text/plain;charset=utf-8,{}", escaped(&text));
        Self { name: file_name(name, client.environment), href, text }
    }

    /// The answer that saves the file.
    pub(crate) fn into_response(self) -> HttpResponse {
        let disposition = format!("attachment; filename=\"{}\"", self.name);
        HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
            .insert_header((header::CONTENT_DISPOSITION, disposition))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(self.text)
    }
}

/// A value as shells and dotenv libraries both read it: bare where nothing in it means
/// something to either, in single quotes, or, holding one, in double quotes.
fn quoted(value: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-._:/@%+,=?[]".contains(it);
    if value.chars().all(plain) {
        return value.to_owned();
    }
    if !value.contains('\'') {
        return format!("'{value}'");
    }
    let mut text = String::from("\"");
    for letter in value.chars() {
        if "\\\"$`".contains(letter) {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
    text
}

/// `photo-printer.sandbox.env`.
fn file_name(name: &str, environment: Environment) -> String {
    let mut slug = String::new();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    let slug = if slug.is_empty() { "application" } else { slug };
    format!("{slug}.{environment}.env")
}

/// Percent-encoding of everything that is not a letter, a digit or one of `-._~`.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() * 3 / 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_line_for_each_thing_a_library_asks_for() {
        let client = testing::client(Environment::Sandbox);

        let file = EnvFile::of(&testing::config(), "Photo Printer!", &client, Some("cs_sbx_1x"));

        assert_eq!(file.name, "photo-printer.sandbox.env");
        assert_eq!(
            file.text,
            "OAUTH_ISSUER=https://id.example.com\nOAUTH_CLIENT_ID=app_sbx_1\n\
             OAUTH_CLIENT_SECRET=cs_sbx_1x\nOAUTH_REDIRECT_URI=http://localhost:3000/callback\n"
        );
        assert!(
            file.href.starts_with("data:text/plain;charset=utf-8,OAUTH_ISSUER%3Dhttps%3A%2F%2F")
        );
        assert!(!file.href.contains('\n') && !file.href.contains(' '));
    }

    #[test]
    fn a_value_survives_a_shell() {
        for (value, written) in [
            ("https://a.example/cb", "https://a.example/cb"),
            ("https://a.example/cb?a=1&b=$HOME", "'https://a.example/cb?a=1&b=$HOME'"),
            ("a b", "'a b'"),
            ("https://a.example/it's?$x=`id`", "\"https://a.example/it's?\\$x=\\`id\\`\""),
        ] {
            assert_eq!(quoted(value), written);
            let script = format!("X={written}\nprintf %s \"$X\"");
            let out = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
            assert_eq!(String::from_utf8(out.stdout).unwrap(), value);
        }
    }

    #[test]
    fn a_file_name_is_plain_whatever_the_application_is_called() {
        for (name, expected) in [
            ("../../etc/passwd", "etc-passwd.production.env"),
            ("\"; x=\"", "x.production.env"),
            ("日本", "application.production.env"),
        ] {
            assert_eq!(file_name(name, Environment::Production), expected);
        }
    }
}
