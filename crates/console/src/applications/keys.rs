//! The keys of a client: its identifier, the issuer, its secrets.

use actix_web::web::{Path, Query};
use domain::{Client, ClientKeys, ClientSecret, FieldError, Permission, Timestamp};
use serde::Serialize;
use web::Page;

use crate::{
    applications::{
        EnvQuery, Frame, Section, Subject, curl,
        production::{self, ProductionForm},
        public_keys::{self, KeyRow},
    },
    code::{Command, Sample, client_body},
    env_file::EnvFile,
    failure::Answer,
    guard::{Desk, Visitor},
    once,
};

/// A secret whose end is closer than this is marked.
const SOON: std::time::Duration = std::time::Duration::from_hours(30 * 24);

/// The keys page of a client.
#[derive(Debug, Serialize)]
pub(crate) struct KeysPage {
    app: Frame,
    client_id: String,
    issuer: String,
    keeps_secret: bool,
    signs: bool,
    keys: Vec<KeyRow>,
    jwks_uri: String,
    public_keys: String,
    secrets: Vec<SecretRow>,
    env_file: EnvFile,
    terminal: String,
    grants: String,
    generate: String,
    may_write: bool,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for KeysPage {
    const TEMPLATE: &'static str = "console/applications/keys.html";
}

/// The keys page of an environment without a client.
#[derive(Debug, Serialize)]
pub(crate) struct NoKeysPage {
    app: Frame,
    form: ProductionForm,
    action: String,
    needs_callback: bool,
    may_generate: bool,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for NoKeysPage {
    const TEMPLATE: &'static str = "console/applications/no_keys.html";
}

/// A secret without its value.
#[derive(Debug, Serialize)]
struct SecretRow {
    hint: String,
    label: String,
    created_by: String,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
    last_used_from: String,
    expires_at: Option<Timestamp>,
    /// `ended`, `soon` or nothing.
    end: &'static str,
    rotate: String,
    revoke: String,
}

/// `GET /console/applications/{id}/keys`.
pub(crate) async fn show(visitor: Visitor, id: Path<String>, query: Query<EnvQuery>) -> Answer {
    let subject = Subject::load(&visitor, &id, &query).await?;
    match subject.client() {
        Some(client) => visitor.show(&page(&visitor, &subject, client)),
        None => visitor.show(&no_keys(&visitor, &subject, ProductionForm::default())),
    }
}

fn page(desk: &Desk, subject: &Subject, client: &Client) -> KeysPage {
    let application = subject.application();
    let now = desk.now();
    let path = format!("/applications/{}/clients/{}/secrets", application.id, client.environment);
    let config = &desk.config;
    let jwks_uri = client.settings.keys.as_ref().and_then(ClientKeys::jwks_uri);
    KeysPage {
        app: subject.frame(desk, Section::Keys),
        client_id: client.client_id.to_string(),
        issuer: config.public_url.as_str().trim_end_matches('/').to_owned(),
        keeps_secret: client.keeps_secret(),
        signs: public_keys::signs(client),
        keys: public_keys::rows(client),
        jwks_uri: jwks_uri.unwrap_or_default().to_owned(),
        public_keys: subject.below(Section::Keys, "public"),
        secrets: client.secrets.iter().map(|it| row(subject, it, now)).collect(),
        env_file: EnvFile::of(config, &application.name, client, None),
        terminal: curl::token_request(config, client, curl::Keys::Secret),
        grants: subject.address(Section::Grants),
        generate: subject.below(Section::Keys, "new"),
        may_write: desk.may(Permission::SecretsWrite),
        errors: Vec::new(),
        samples: vec![
            Command::get(config, "List secrets", &path),
            Command::new(config, "Generate a secret", "POST", &path)
                .body(&serde_json::json!({ "label": "deployed by CI" }))
                .sample(),
        ],
    }
}

fn row(subject: &Subject, secret: &ClientSecret, now: Timestamp) -> SecretRow {
    let end = match secret.expires_at {
        Some(_) if !secret.is_live(now) => "ended",
        Some(end) if end < now.plus(SOON) => "soon",
        Some(_) | None => "",
    };
    SecretRow {
        hint: secret.hint.clone(),
        label: secret.label.clone(),
        created_by: secret.created_by.clone(),
        created_at: secret.created_at,
        last_used_at: secret.last_used_at,
        last_used_from: secret.last_used_from.clone().unwrap_or_default(),
        expires_at: secret.expires_at,
        end,
        rotate: subject.below(Section::Keys, &format!("{}/rotate", secret.id)),
        revoke: subject.below(Section::Keys, &format!("{}/revoke", secret.id)),
    }
}

/// The page that offers to make the client, with what was typed into it.
pub(super) fn no_keys(desk: &Desk, subject: &Subject, mut form: ProductionForm) -> NoKeysPage {
    let application = subject.application();
    if form.nonce.is_empty() {
        form.nonce = once::nonce(&*desk.config.entropy);
    }
    let path = format!("/applications/{}/clients/{}", application.id, subject.environment);
    let mut sample = form.clone();
    if sample.redirect_uris.is_empty() {
        "https://app.example.com/callback".clone_into(&mut sample.redirect_uris);
    }
    let make = Command::new(&desk.config, "Make the client", "PUT", &path)
        .body(&client_body(&production::settings(subject, &sample)));
    NoKeysPage {
        app: subject.frame(desk, Section::Keys),
        action: subject.below(Section::Keys, "client"),
        needs_callback: application.application_type.has_callback(),
        may_generate: desk.may(Permission::AppsWrite) && desk.may(Permission::SecretsWrite),
        form,
        errors: Vec::new(),
        samples: vec![make.sample()],
    }
}

impl NoKeysPage {
    /// The page again, with what to change.
    pub(super) fn refused(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }
}

#[cfg(test)]
mod drawn {
    use domain::{Environment, Role};

    use super::*;
    use crate::testing::{self, desk, html, subject};

    #[actix_web::test]
    async fn a_secret_is_shown_by_its_hint_and_never_by_its_value() {
        let client = testing::client(Environment::Sandbox);

        let page = html(page(&desk(Role::Owner), &subject(), &client)).await;

        assert!(page.contains("cs_sbx_…x7Qe") && page.contains("app_sbx_1"), "{page}");
        assert!(page.contains("/rotate?env=sandbox") && page.contains("Generate secret"));
        assert!(page.contains("app_sbx_1:$CLIENT_SECRET"), "the commands for a first token");
    }

    #[actix_web::test]
    async fn who_may_not_touch_secrets_sees_no_buttons() {
        let client = testing::client(Environment::Sandbox);

        let page = html(page(&desk(Role::Auditor), &subject(), &client)).await;

        assert!(!page.contains("Generate secret") && !page.contains("/rotate"), "{page}");
    }

    #[actix_web::test]
    async fn a_public_client_has_a_file_instead_of_secrets() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.token_endpoint_auth_method = protocol::ClientAuthMethod::None;

        let page = html(page(&desk(Role::Owner), &subject(), &client)).await;

        assert!(page.contains("It proves itself with PKCE."), "{page}");
        assert!(page.contains("download=\"photo-printer.sandbox.env\""));
    }

    #[actix_web::test]
    async fn a_client_that_signs_shows_its_keys_and_no_secrets() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.token_endpoint_auth_method = protocol::ClientAuthMethod::PrivateKeyJwt;
        let set = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","alg":"ES256"}]}"#;
        client.settings.keys = Some(ClientKeys::Set(set.to_owned()));

        let page = html(page(&desk(Role::Owner), &subject(), &client)).await;

        assert!(page.contains("k1") && page.contains("ES256 · EC · P-256"), "{page}");
        assert!(
            page.contains("It proves itself with its key.") && !page.contains("Client secrets")
        );
        assert!(page.contains("client_assertion=") && page.contains("/keys/public?env=sandbox"));
    }

    #[actix_web::test]
    async fn an_environment_without_keys_offers_to_make_them() {
        let mut subject = subject();
        subject.environment = Environment::Production;

        let page = html(no_keys(&desk(Role::Owner), &subject, ProductionForm::default())).await;

        assert!(page.contains("Generate production keys"), "{page}");
        let sample = page.replace("&quot;", "\"");
        for sent in ["\"grant_types\":[\"authorization_code\"]", "\"require_pkce\":true"] {
            assert!(sample.contains(sent), "{sent}: {sample}");
        }
        testing::assert_read_by::<ProductionForm>(&page);
    }
}
