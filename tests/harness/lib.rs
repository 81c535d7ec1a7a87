//! The black-box harness: a server on a real port, its clock, its mailbox, and those who talk to it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test stops at the first surprise"
)]

mod api;
mod client_key;
mod clock;
mod database;
mod document;
mod dpop;
mod https_host;
mod jws;
mod person;
mod process;
mod relying_party;
mod server;

pub use api::Api;
pub use client_key::ClientKey;
pub use clock::TestClock;
pub use database::Db;
pub use dpop::{DpopKey, DpopProof};
pub use https_host::{HttpsHost, Page};
pub use jws::{Jws, decode, half_hash};
pub use person::Person;
pub use process::{Installation, Process};
pub use relying_party::{Authorization, RelyingParty, S256, response_parameter};
pub use server::TestServer;

pub use ::server::demo::{Answer, Browser, Form};

/// The password of every person the harness makes.
pub const PASSWORD: &str = "correct horse battery staple";

/// Makes two tests of each body: one on SQLite, one on PostgreSQL.
///
/// A body takes a running server, or `Db` where it starts what it needs itself. After a
/// body with a server the audit chain must hold.
#[macro_export]
macro_rules! on_each_database {
    ($($(#[doc = $doc:literal])* async fn $name:ident($db:ident: Db) $body:block)*) => {
        $(
            $(#[doc = $doc])*
            async fn $name($db: $crate::Db) $body

            mod $name {
                #[actix_web::test]
                async fn sqlite() {
                    super::$name($crate::Db::Sqlite).await;
                }

                #[actix_web::test]
                async fn postgres() {
                    super::$name($crate::Db::Postgres).await;
                }
            }
        )*
    };
    ($($(#[doc = $doc:literal])* async fn $name:ident($server:ident: TestServer) $body:block)*) => {
        $(
            $(#[doc = $doc])*
            async fn $name($server: &$crate::TestServer) $body

            mod $name {
                #[actix_web::test]
                async fn sqlite() {
                    let server = $crate::TestServer::spawn($crate::Db::Sqlite).await;
                    super::$name(&server).await;
                    server.finish().await;
                }

                #[actix_web::test]
                async fn postgres() {
                    let server = $crate::TestServer::spawn($crate::Db::Postgres).await;
                    super::$name(&server).await;
                    server.finish().await;
                }
            }
        )*
    };
}

/// A client that follows no redirects. It trusts no authority, as everything under test is
/// asked over plain HTTP, and reading a machine's authorities takes longer than most tests.
#[must_use]
pub fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder.tls_certs_only([]).build().unwrap()
}

/// Asserts that `answer` is an OAuth error in JSON with this status and code.
#[track_caller]
pub fn assert_refused(answer: &Answer, status: u16, code: &str) {
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
    assert_eq!((answer.status, body["error"].as_str()), (status, Some(code)), "{}", answer.body);
    assert_eq!(answer.headers.get("cache-control").map(String::as_str), Some("no-store"));
}

/// Asserts that `answer` is a problem with these pointers and codes.
#[track_caller]
pub fn assert_problem(answer: &Answer, status: u16, errors: &[(&str, &str)]) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(
        answer.headers.get("content-type").map(String::as_str),
        Some("application/problem+json"),
        "{}",
        answer.body
    );
    let found = problem_errors(answer);
    let found: Vec<(&str, &str)> =
        found.iter().map(|(pointer, code)| (pointer.as_str(), code.as_str())).collect();
    assert_eq!(found, errors, "{}", answer.body);
}

/// The pointers and codes of a problem.
#[must_use]
pub fn problem_errors(answer: &Answer) -> Vec<(String, String)> {
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect()
}

/// The JSON that `answer` holds.
#[must_use]
#[track_caller]
pub fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}
