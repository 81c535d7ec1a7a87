//! A new secret for an old one, with both working for a while.

use actix_web::web::{Path, Query};
use domain::{Client, ClientSecret, FieldError, Permission, Timestamp};
use serde::{Deserialize, Serialize};
use service::secrets::{self, RotateSecret, SecretPath};
use web::{Page, Protected};

use crate::{
    applications::{
        EnvQuery, Frame, Section, Subject,
        created::{Kept, Shown},
        secret::{end, ends},
    },
    code::{Command, Sample},
    failure::{Answer, Failure, Refusal, path_id},
    form::typed,
    guard::{Desk, Visitor},
    once::{self, Turn},
    words::Choice,
};

/// The form; `answer` is `env` for the file alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RotateForm {
    nonce: String,
    overlap_hours: String,
    label: String,
    expires_at: String,
    answer: String,
}

impl Default for RotateForm {
    fn default() -> Self {
        Self {
            nonce: String::new(),
            overlap_hours: "24".to_owned(),
            label: String::new(),
            expires_at: String::new(),
            answer: String::new(),
        }
    }
}

/// The page that asks how long the old one goes on working.
#[derive(Debug, Serialize)]
pub(crate) struct RotatePage {
    app: Frame,
    form: RotateForm,
    action: String,
    hint: String,
    label: String,
    last_used_at: Option<Timestamp>,
    last_used_from: String,
    overlaps: Vec<Overlap>,
    ends: Vec<Choice>,
    keys: String,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for RotatePage {
    const TEMPLATE: &'static str = "console/applications/rotate.html";
}

/// How long both work.
#[derive(Debug, Serialize)]
struct Overlap {
    hours: &'static str,
    label: &'static str,
    hint: &'static str,
}

const OVERLAPS: [Overlap; 4] = [
    Overlap {
        hours: "0",
        label: "End the old one now",
        hint: "For a secret that leaked. What still uses it fails at once.",
    },
    Overlap { hours: "1", label: "1 hour", hint: "For a deployment that is under way." },
    Overlap {
        hours: "24",
        label: "24 hours",
        hint: "The new secret works at once. Deploy it within a day, without a gap.",
    },
    Overlap { hours: "168", label: "7 days", hint: "For programs that are not deployed often." },
];

/// The secret in an address, and its client.
pub(super) fn find<'a>(
    subject: &'a Subject,
    id: &str,
) -> Result<(&'a Client, &'a ClientSecret), Failure> {
    let id = path_id::<ClientSecret>(id)?;
    let client = subject.client().ok_or(Failure::not_found())?;
    let secret = client.secrets.iter().find(|it| it.id == id);
    secret.map(|it| (client, it)).ok_or(Failure::not_found())
}

/// `GET /console/applications/{id}/keys/{secret}/rotate`.
pub(crate) async fn show(
    visitor: Visitor,
    path: Path<(String, String)>,
    query: Query<EnvQuery>,
) -> Answer {
    visitor.require(Permission::SecretsWrite)?;
    let (application, secret) = path.into_inner();
    let subject = Subject::load(&visitor, &application, &query).await?;
    let (_, secret) = find(&subject, &secret)?;
    let form = RotateForm { label: secret.label.clone(), ..RotateForm::default() };
    visitor.show(&page(&visitor, &subject, secret, form))
}

/// `POST /console/applications/{id}/keys/{secret}/rotate`.
pub(crate) async fn make(
    visitor: Visitor,
    path: Path<(String, String)>,
    query: Query<EnvQuery>,
    form: Protected<RotateForm>,
) -> Answer {
    let Protected(form) = form;
    let (application, secret) = path.into_inner();
    let subject = Subject::load(&visitor, &application, &query).await?;
    let (client, secret) = find(&subject, &secret)?;
    let ticket = match once::turn(&visitor, "rotate", &form.nonce).await? {
        Turn::First(ticket) => ticket,
        Turn::Again(_) => return visitor.show(&Shown::of(&subject)),
    };
    match secrets::rotate(
        &visitor.service,
        &once::call(&visitor, &ticket),
        command(&visitor, &subject, secret, &form),
    )
    .await
    {
        Ok(rotated) => {
            once::spend(&visitor, ticket, &subject.address(Section::Keys)).await;
            let kept = Kept { client, secret: Some(&rotated.secret) };
            if form.answer == "env" {
                return Ok(kept.file(&visitor, subject.application()).into_response());
            }
            kept.show(&visitor, subject.application())
        }
        Err(problem) => {
            once::give_back(&visitor, ticket).await?;
            let refusal = Refusal::of(problem)?;
            let status = refusal.status();
            let mut page = page(&visitor, &subject, secret, form);
            page.errors = refusal.errors;
            visitor.show_as(&page, status)
        }
    }
}

fn command(
    visitor: &Visitor,
    subject: &Subject,
    secret: &ClientSecret,
    form: &RotateForm,
) -> RotateSecret {
    RotateSecret {
        path: SecretPath {
            application_id: subject.application().id,
            environment: subject.environment,
            secret_id: secret.id,
        },
        // What is no number is longer than any overlap may be, and refused as such.
        overlap_hours: form.overlap_hours.parse().unwrap_or(u32::MAX),
        label: typed(&form.label),
        expires_at: end(&form.expires_at, visitor.now()),
    }
}

fn page(desk: &Desk, subject: &Subject, secret: &ClientSecret, mut form: RotateForm) -> RotatePage {
    form.nonce = once::nonce(&*desk.config.entropy);
    let path = format!(
        "/applications/{}/clients/{}/secrets/{}/rotate",
        subject.application().id,
        subject.environment,
        secret.id
    );
    let rotate = Command::new(&desk.config, "Rotate it", "POST", &path)
        .body(&serde_json::json!({ "overlap_hours": 24 }));
    RotatePage {
        app: subject.frame(desk, Section::Keys),
        form,
        action: subject.below(Section::Keys, &format!("{}/rotate", secret.id)),
        hint: secret.hint.clone(),
        label: secret.label.clone(),
        last_used_at: secret.last_used_at,
        last_used_from: secret.last_used_from.clone().unwrap_or_default(),
        overlaps: Vec::from(OVERLAPS),
        ends: ends(),
        keys: subject.address(Section::Keys),
        errors: Vec::new(),
        samples: vec![rotate.sample()],
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html, subject};

    #[actix_web::test]
    async fn a_day_of_overlap_is_chosen_beforehand() {
        let secret = testing::secret(None);

        let page = html(page(&desk(Role::Owner), &subject(), &secret, RotateForm::default())).await;

        assert!(
            page.contains("id=\"f-overlap_hours-24\" name=\"overlap_hours\" value=\"24\" checked"),
            "{page}"
        );
        assert_read_by::<RotateForm>(&page);
    }
}
