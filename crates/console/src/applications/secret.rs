//! One more secret for a client.

use std::time::Duration;

use actix_web::web::{Path, Query};
use domain::{FieldError, Permission, Timestamp};
use serde::{Deserialize, Serialize};
use service::secrets::{self, GenerateSecret};
use web::{Page, Protected, see_other};

use crate::{
    applications::{
        EnvQuery, Frame, Section, Subject,
        created::{Kept, Shown},
    },
    code::{Command, Sample},
    failure::{Answer, Refusal},
    guard::{Desk, Visitor},
    once::{self, Turn},
    words::Choice,
};

/// The form; `answer` is `env` for the file alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SecretForm {
    nonce: String,
    label: String,
    expires_at: String,
    answer: String,
}

/// The page that asks what to call it.
#[derive(Debug, Serialize)]
pub(crate) struct SecretPage {
    app: Frame,
    form: SecretForm,
    ends: Vec<Choice>,
    keys: String,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for SecretPage {
    const TEMPLATE: &'static str = "console/applications/secret.html";
}

/// When a secret can be made to end, in days; none is never.
pub(super) fn ends() -> Vec<Choice> {
    let days = |days: &str| Choice::new(days, format!("In {days} days"));
    std::iter::once(Choice::new("", "Never"))
        .chain(["30", "90", "180"].map(days))
        .chain([Choice::new("365", "In a year")])
        .collect()
}

/// The end that was chosen.
pub(super) fn end(days: &str, now: Timestamp) -> Option<Timestamp> {
    let days: u64 = days.parse().ok()?;
    Some(now.plus(Duration::from_hours(days.min(3660) * 24)))
}

/// `GET /console/applications/{id}/keys/new`.
pub(crate) async fn show(visitor: Visitor, id: Path<String>, query: Query<EnvQuery>) -> Answer {
    visitor.require(Permission::SecretsWrite)?;
    let subject = Subject::load(&visitor, &id, &query).await?;
    match subject.client() {
        Some(client) if client.keeps_secret() => {
            visitor.show(&page(&visitor, &subject, SecretForm::default()))
        }
        Some(_) | None => Ok(see_other(&subject.address(Section::Keys))),
    }
}

/// `POST /console/applications/{id}/keys/new`.
pub(crate) async fn make(
    visitor: Visitor,
    id: Path<String>,
    query: Query<EnvQuery>,
    form: Protected<SecretForm>,
) -> Answer {
    let Protected(form) = form;
    let subject = Subject::load(&visitor, &id, &query).await?;
    let Some(client) = subject.client() else {
        return Ok(see_other(&subject.address(Section::Keys)));
    };
    let ticket = match once::turn(&visitor, "secret", &form.nonce).await? {
        Turn::First(ticket) => ticket,
        Turn::Again(_) => return visitor.show(&Shown::of(&subject)),
    };
    let command = GenerateSecret {
        application_id: subject.application().id,
        environment: subject.environment,
        label: form.label.trim().to_owned(),
        expires_at: end(&form.expires_at, visitor.now()),
    };
    match secrets::generate(&visitor.service, &once::call(&visitor, &ticket), command).await {
        Ok(secret) => {
            once::spend(&visitor, ticket, &subject.address(Section::Keys)).await;
            let kept = Kept { client, secret: Some(&secret) };
            if form.answer == "env" {
                return Ok(kept.file(&visitor, subject.application()).into_response());
            }
            kept.show(&visitor, subject.application())
        }
        Err(problem) => {
            once::give_back(&visitor, ticket).await?;
            let refusal = Refusal::of(problem)?;
            let status = refusal.status();
            let mut page = page(&visitor, &subject, form);
            page.errors = refusal.errors;
            visitor.show_as(&page, status)
        }
    }
}

fn page(desk: &Desk, subject: &Subject, mut form: SecretForm) -> SecretPage {
    form.nonce = once::nonce(&*desk.config.entropy);
    let path = format!(
        "/applications/{}/clients/{}/secrets",
        subject.application().id,
        subject.environment
    );
    let make = Command::new(&desk.config, "Generate a secret", "POST", &path)
        .body(&serde_json::json!({ "label": form.label }));
    SecretPage {
        app: subject.frame(desk, Section::Keys),
        form,
        ends: ends(),
        keys: subject.address(Section::Keys),
        errors: Vec::new(),
        samples: vec![make.sample()],
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html, subject};

    #[actix_web::test]
    async fn the_page_draws_and_its_form_is_read() {
        let page = html(page(&desk(Role::Owner), &subject(), SecretForm::default())).await;

        assert!(page.contains("Generate and download .env"), "{page}");
        assert_read_by::<SecretForm>(&page);
    }

    #[test]
    fn an_end_is_counted_from_now() {
        assert_eq!(end("", testing::NOW), None);
        assert_eq!(end("30", testing::NOW), Some(testing::NOW.plus(Duration::from_hours(720))));
    }
}
