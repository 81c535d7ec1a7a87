//! Disabling, enabling and deleting an application.

use actix_web::{
    http::StatusCode,
    web::{Path, Query},
};
use domain::{ApplicationStatus, FieldError, Permission};
use serde::{Deserialize, Serialize};
use service::{Problem, applications};
use web::{Page, Protected};

use crate::{
    applications::{EnvQuery, Frame, Section, Subject},
    code::{Command, Sample},
    conflict::{Conflict, Edited},
    failure::{Answer, Refusal},
    guard::{Desk, Visitor},
    words,
};

/// Turns an application off or on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StatusForm {
    version: i64,
    status: String,
}

/// Deletes an application: its name, typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DeleteForm {
    version: i64,
    confirm: String,
}

/// The danger zone.
#[derive(Debug, Serialize)]
pub(crate) struct DangerPage {
    app: Frame,
    version: i64,
    is_active: bool,
    delete: String,
    status_action: String,
    conflict: Option<Conflict>,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for DangerPage {
    const TEMPLATE: &'static str = "console/applications/danger.html";
}

/// The page that asks for the name.
#[derive(Debug, Serialize)]
pub(crate) struct DeletePage {
    app: Frame,
    action: String,
    cancel: String,
    version: i64,
    typed: String,
    conflict: Option<Conflict>,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for DeletePage {
    const TEMPLATE: &'static str = "console/applications/delete.html";
}

/// `GET /console/applications/{id}/danger`.
pub(crate) async fn show(visitor: Visitor, id: Path<String>, query: Query<EnvQuery>) -> Answer {
    visitor.require(Permission::AppsWrite)?;
    let subject = Subject::load(&visitor, &id, &query).await?;
    visitor.show(&draw(&visitor, &subject))
}

fn draw(desk: &Desk, subject: &Subject) -> DangerPage {
    let application = subject.application();
    let path = format!("/applications/{}", application.id);
    let is_active = application.status == ApplicationStatus::Active;
    let (label, other) =
        if is_active { ("Disable it", "disabled") } else { ("Enable it", "active") };
    let change = Command::new(&desk.config, label, "PATCH", &path)
        .version(application.version)
        .body(&serde_json::json!({ "status": other }));
    let delete =
        Command::new(&desk.config, "Delete it", "DELETE", &path).version(application.version);
    DangerPage {
        app: subject.frame(desk, Section::Danger),
        version: application.version,
        is_active,
        delete: subject.below(Section::Danger, "delete"),
        status_action: subject.below(Section::Danger, "status"),
        conflict: None,
        errors: Vec::new(),
        samples: vec![change.sample(), delete.sample()],
    }
}

/// `POST /console/applications/{id}/danger/status`.
pub(crate) async fn set_status(
    visitor: Visitor,
    id: Path<String>,
    form: Protected<StatusForm>,
) -> Answer {
    let subject = Subject::load(&visitor, &id, &EnvQuery::default()).await?;
    let StatusForm { version, status } = form.0;
    let status = status.parse().map_err(|_reason| web::PageError::BadForm)?;
    let application = subject.application();
    let (id, version) = (application.id, Some(version));
    match applications::set_status(&visitor.service, &visitor.call, id, status, version).await {
        Ok(_) => {}
        Err(Problem::Stale { .. }) => {
            let words = |it: ApplicationStatus| words::application_status(it).label.to_owned();
            let pairs = [("Status", words(application.status), words(status))];
            let mut page = draw(&visitor, &subject);
            page.conflict =
                Some(Conflict::of(&visitor, &Edited::application(application), pairs).await);
            return visitor.show_as(&page, StatusCode::CONFLICT);
        }
        Err(problem) => return Err(problem.into()),
    }
    let text = match status {
        ApplicationStatus::Active => "The application is enabled. It can ask for tokens again.",
        ApplicationStatus::Disabled => {
            "The application is disabled. It gets no tokens, and the ones it has do not count."
        }
    };
    visitor.done(&subject.address(Section::Danger), text)
}

/// `GET /console/applications/{id}/danger/delete`.
pub(crate) async fn confirm(visitor: Visitor, id: Path<String>) -> Answer {
    visitor.require(Permission::AppsWrite)?;
    let subject = Subject::load(&visitor, &id, &EnvQuery::default()).await?;
    visitor.show(&page(&visitor, &subject, ""))
}

/// `POST /console/applications/{id}/danger/delete`.
pub(crate) async fn delete(
    visitor: Visitor,
    id: Path<String>,
    form: Protected<DeleteForm>,
) -> Answer {
    let subject = Subject::load(&visitor, &id, &EnvQuery::default()).await?;
    let application = subject.application();
    let typed = form.0.confirm.trim();
    let refusal = if typed == application.name.trim() {
        let (id, version) = (application.id, Some(form.0.version));
        match applications::remove(&visitor.service, &visitor.call, id, version).await {
            Ok(()) => {
                let text = format!("{} was deleted.", application.name);
                return visitor.done("/console/applications", text);
            }
            Err(problem) => Refusal::of(problem)?,
        }
    } else {
        let detail = format!("Type the name as it stands here: {}", application.name);
        Refusal::fields(vec![FieldError::of("confirm", "mismatch", detail)])
    };
    let status = refusal.status();
    let mut page = page(&visitor, &subject, typed);
    if refusal.is_stale {
        page.conflict = Some(Conflict::of(&visitor, &Edited::application(application), []).await);
    }
    page.errors = refusal.errors;
    visitor.show_as(&page, status)
}

fn page(desk: &Desk, subject: &Subject, typed: &str) -> DeletePage {
    let application = subject.application();
    let path = format!("/applications/{}", application.id);
    let delete =
        Command::new(&desk.config, "Delete it", "DELETE", &path).version(application.version);
    DeletePage {
        app: subject.frame(desk, Section::Danger),
        action: subject.below(Section::Danger, "delete"),
        cancel: subject.address(Section::Danger),
        version: application.version,
        typed: typed.to_owned(),
        conflict: None,
        errors: Vec::new(),
        samples: vec![delete.sample()],
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{assert_read_by, desk, html, subject};

    #[actix_web::test]
    async fn the_zone_draws_and_its_form_is_read() {
        let page = html(draw(&desk(Role::Owner), &subject())).await;

        assert!(page.contains("Disable application"), "{page}");
        assert_read_by::<StatusForm>(&page);
    }

    #[actix_web::test]
    async fn deleting_keeps_a_wrong_name_in_its_field() {
        let mut page = page(&desk(Role::Owner), &subject(), "Photo Painter");
        page.errors = vec![FieldError::of("confirm", "mismatch", "Type the name.")];

        let page = html(page).await;

        assert!(page.contains("value=\"Photo Painter\""), "{page}");
        assert!(page.contains("<title>Error: Delete Photo Printer"));
        assert_read_by::<DeleteForm>(&page);
    }
}
