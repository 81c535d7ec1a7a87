//! What people see of an application: name, description, links.

use actix_web::web::{Path, Query};
use domain::{Application, FieldError};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::{
    Patch,
    applications::{self, UpdateApplication},
};
use web::{Page, Protected};

use crate::{
    applications::{EnvQuery, Frame, Section, Subject},
    code::{Command, Sample},
    conflict::{Conflict, Edited},
    failure::{Answer, Refusal},
    form::typed,
    guard::{Desk, Visitor},
    words,
};

/// The settings form.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SettingsForm {
    version: i64,
    name: String,
    description: String,
    client_uri: String,
    policy_uri: String,
    tos_uri: String,
}

impl SettingsForm {
    fn of(application: &Application) -> Self {
        Self {
            version: application.version,
            name: application.name.clone(),
            description: application.description.clone(),
            client_uri: application.client_uri.clone().unwrap_or_default(),
            policy_uri: application.policy_uri.clone().unwrap_or_default(),
            tos_uri: application.tos_uri.clone().unwrap_or_default(),
        }
    }

    /// Each field with what is saved and what was typed.
    fn beside(&self, saved: &Self) -> [(&'static str, String, String); 5] {
        let pair = |label, saved: &str, typed: &str| (label, saved.to_owned(), typed.to_owned());
        [
            pair("Name", &saved.name, &self.name),
            pair("Description", &saved.description, &self.description),
            pair("Home page", &saved.client_uri, &self.client_uri),
            pair("Privacy policy", &saved.policy_uri, &self.policy_uri),
            pair("Terms", &saved.tos_uri, &self.tos_uri),
        ]
    }
}

/// The settings of an application.
#[derive(Debug, Serialize)]
pub(crate) struct SettingsPage {
    app: Frame,
    form: SettingsForm,
    kind: &'static str,
    owner: String,
    created_at: domain::Timestamp,
    updated_at: domain::Timestamp,
    conflict: Option<Conflict>,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for SettingsPage {
    const TEMPLATE: &'static str = "console/applications/settings.html";
}

/// `GET /console/applications/{id}/settings`.
pub(crate) async fn show(visitor: Visitor, id: Path<String>, query: Query<EnvQuery>) -> Answer {
    let subject = Subject::load(&visitor, &id, &query).await?;
    let form = SettingsForm::of(subject.application());
    visitor.show(&page(&visitor, &subject, form))
}

/// `POST /console/applications/{id}/settings`.
pub(crate) async fn save(
    visitor: Visitor,
    id: Path<String>,
    form: Protected<SettingsForm>,
) -> Answer {
    let Protected(form) = form;
    let subject = Subject::load(&visitor, &id, &EnvQuery::default()).await?;
    let command = UpdateApplication {
        name: Some(form.name.trim().to_owned()),
        description: Some(form.description.trim().to_owned()),
        client_uri: Patch::from(typed(&form.client_uri)),
        policy_uri: Patch::from(typed(&form.policy_uri)),
        tos_uri: Patch::from(typed(&form.tos_uri)),
        ..UpdateApplication::of(subject.application().id, form.version)
    };
    let back = subject.address(Section::Settings);
    match applications::update(&visitor.service, &visitor.call, command).await {
        Ok(view) if view.application.version == form.version => visitor.unchanged(&back),
        Ok(_) => visitor.done(&back, "Settings saved."),
        Err(problem) => again(&visitor, &subject, form, Refusal::of(problem)?).await,
    }
}

async fn again(
    visitor: &Visitor,
    subject: &Subject,
    form: SettingsForm,
    refusal: Refusal,
) -> Answer {
    let status = refusal.status();
    let mut page = page(visitor, subject, form);
    page.errors = refusal.errors;
    if refusal.is_stale {
        let saved = SettingsForm::of(subject.application());
        let edited = Edited::application(subject.application());
        page.conflict = Some(Conflict::of(visitor, &edited, page.form.beside(&saved)).await);
        page.form.version = saved.version;
    }
    visitor.show_as(&page, status)
}

fn page(desk: &Desk, subject: &Subject, form: SettingsForm) -> SettingsPage {
    let application = subject.application();
    let path = format!("/applications/{}", application.id);
    let change = Command::new(&desk.config, "Change it", "PATCH", &path)
        .version(application.version)
        .body(&json!({ "name": form.name, "description": form.description }));
    let owner = subject.view.owner.as_ref();
    SettingsPage {
        app: subject.frame(desk, Section::Settings),
        form,
        kind: words::application_type(application.application_type),
        owner: owner.map_or_else(|| "Nobody".to_owned(), |it| it.name.clone()),
        created_at: application.created_at,
        updated_at: application.updated_at,
        conflict: None,
        errors: Vec::new(),
        samples: vec![Command::get(&desk.config, "Read it", &path), change.sample()],
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html, subject};

    #[actix_web::test]
    async fn the_page_draws_and_its_form_is_read() {
        let form = SettingsForm::of(subject().application());

        let page = html(page(&desk(Role::Owner), &subject(), form)).await;

        assert!(page.contains("<title>Settings, Photo Printer · Control center</title>"), "{page}");
        assert!(page.contains("Save settings"));
        assert_read_by::<SettingsForm>(&page);
    }

    #[actix_web::test]
    async fn who_may_only_look_gets_no_button() {
        let form = SettingsForm::of(subject().application());

        let page = html(page(&desk(Role::Auditor), &subject(), form)).await;

        assert!(!page.contains("Save settings") && page.contains("<fieldset disabled>"), "{page}");
        assert!(page.contains("<code>apps:write</code>"));
    }

    #[actix_web::test]
    async fn a_conflict_shows_both_values() {
        let saved = SettingsForm::of(subject().application());
        let form = SettingsForm { name: "Mine".to_owned(), ..saved };
        let mut page = page(&desk(Role::Owner), &subject(), form);
        page.conflict = Some(Conflict {
            who: "Bob".to_owned(),
            at: Some(testing::NOW),
            differences: vec![crate::conflict::Difference {
                label: "Name",
                saved: "Theirs".to_owned(),
                typed: "Mine".to_owned(),
            }],
        });

        let page = html(page).await;

        assert!(page.contains("Bob changed this"), "{page}");
        assert!(page.contains("<del>Theirs</del>") && page.contains("<ins>Mine</ins>"));
        assert!(page.contains("value=\"Mine\""));
    }
}
