//! Keys shown once, in the very answer to the form that made them.

use domain::{Application, Client, FieldError};
use protocol::GrantType;
use secrecy::ExposeSecret;
use serde::Serialize;
use service::secrets::ShownSecret;
use web::Page;

use crate::{
    applications::{Section, Subject, address, curl},
    env_file::EnvFile,
    failure::Answer,
    guard::{Desk, Visitor},
};

/// A client and the secret that was just made for it.
pub(crate) struct Kept<'a> {
    pub(crate) client: &'a Client,
    pub(crate) secret: Option<&'a ShownSecret>,
}

/// The page that shows keys once.
#[derive(Serialize)]
pub(crate) struct CreatedPage {
    name: String,
    environment: &'static str,
    is_sandbox: bool,
    client_id: String,
    client_secret: String,
    label: String,
    expires_at: Option<domain::Timestamp>,
    env_file: EnvFile,
    keys: String,
    terminal: String,
    /// Whether there is more than one command, so that they need the room.
    is_long: bool,
    errors: Vec<FieldError>,
}

impl Page for CreatedPage {
    const TEMPLATE: &'static str = "console/applications/created.html";
}

/// The page for those who ask a second time.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    name: String,
    keys: String,
    generate: String,
    errors: Vec<FieldError>,
}

impl Page for Shown {
    const TEMPLATE: &'static str = "console/applications/shown.html";
}

impl Shown {
    /// For a form on a page of `subject`.
    pub(crate) fn of(subject: &Subject) -> Self {
        let has_secret = subject.client().is_some_and(Client::keeps_secret);
        let generate = subject.below(Section::Keys, "new");
        Self {
            name: subject.application().name.clone(),
            keys: subject.address(Section::Keys),
            generate: if has_secret { generate } else { String::new() },
            errors: Vec::new(),
        }
    }

    /// For the form that made an application, of which only the address is known.
    pub(crate) fn at(keys: String) -> Self {
        Self { name: String::new(), keys, generate: String::new(), errors: Vec::new() }
    }
}

impl Kept<'_> {
    /// The page, in answer to the form.
    pub(crate) fn show(&self, visitor: &Visitor, application: &Application) -> Answer {
        visitor.show(&self.page(visitor, application))
    }

    /// The file alone, in answer to the form.
    pub(crate) fn file(&self, desk: &Desk, application: &Application) -> EnvFile {
        EnvFile::of(&desk.config, &application.name, self.client, self.value())
    }

    fn value(&self) -> Option<&str> {
        self.secret.map(|it| it.client_secret.expose_secret())
    }

    fn page(&self, desk: &Desk, application: &Application) -> CreatedPage {
        let client = self.client;
        CreatedPage {
            name: application.name.clone(),
            environment: client.environment.as_str(),
            is_sandbox: client.environment == domain::Environment::Sandbox,
            client_id: client.client_id.to_string(),
            client_secret: self.value().unwrap_or_default().to_owned(),
            label: self.secret.map(|it| it.label.clone()).unwrap_or_default(),
            expires_at: self.secret.and_then(|it| it.expires_at),
            env_file: self.file(desk, application),
            keys: address(application, Section::Keys, client.environment),
            is_long: client.allows(GrantType::AuthorizationCode),
            terminal: curl::token_request(&desk.config, client, curl::Keys::File),
            errors: Vec::new(),
        }
    }
}

#[cfg(test)]
mod drawn {
    use domain::{Environment, Role};
    use secrecy::SecretString;

    use super::*;
    use crate::testing::{self, desk, html, subject};

    fn secret() -> ShownSecret {
        ShownSecret {
            id: testing::secret(None).id,
            label: String::new(),
            hint: "cs_sbx_…1x".to_owned(),
            client_secret: SecretString::from("cs_sbx_1x"),
            created_at: testing::NOW,
            expires_at: None,
        }
    }

    #[actix_web::test]
    async fn the_secret_is_shown_with_its_file_and_a_command() {
        let (client, secret) = (testing::client(Environment::Sandbox), secret());
        let kept = Kept { client: &client, secret: Some(&secret) };

        let page = html(kept.page(&desk(Role::Owner), subject().application())).await;

        assert!(page.contains("<code id=\"client-secret\">cs_sbx_1x</code>"), "{page}");
        assert!(page.contains("href=\"data:text/plain;charset=utf-8,OAUTH_ISSUER%3D"));
        assert!(page.contains("grant_type=authorization_code"));
        assert!(page.contains("Copy the secret now."));
    }

    #[actix_web::test]
    async fn a_public_client_is_told_why_there_is_no_secret() {
        let client = testing::client(Environment::Sandbox);
        let kept = Kept { client: &client, secret: None };

        let page = html(kept.page(&desk(Role::Owner), subject().application())).await;

        assert!(
            page.contains("It proves itself with PKCE.") && !page.contains("client-secret"),
            "{page}"
        );
    }

    #[actix_web::test]
    async fn what_was_shown_is_not_shown_again() {
        let page = html(Shown::of(&subject())).await;

        assert!(page.contains("Already shown") && page.contains("Generate another"), "{page}");
    }
}
