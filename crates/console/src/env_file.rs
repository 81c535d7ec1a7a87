//! Keys as an environment file.

use std::fmt::Write as _;

use actix_web::{HttpResponse, http::header};
use domain::{Client, Environment};
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
        let issuer = config.public_url.as_str().trim_end_matches('/');
        let mut text = format!("OAUTH_ISSUER={issuer}\nOAUTH_CLIENT_ID={}\n", client.client_id);
        if let Some(secret) = secret {
            text.push_str("OAUTH_CLIENT_SECRET=");
            text.push_str(secret);
            text.push('\n');
        }
        if let Some(uri) = client.settings.redirect_uris.first() {
            text.push_str("OAUTH_REDIRECT_URI=");
            text.push_str(uri.as_str());
            text.push('\n');
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
