//! The settings of an API: name, description, what its tokens look like.

use actix_web::web::Path;
use domain::{FieldError, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::resources::{self, UpdateResource};
use web::{Page, Protected};

use crate::{
    code::{Command, Sample},
    conflict::{Conflict, Edited},
    failure::{Answer, Refusal},
    guard::{Desk, Visitor},
    resources::{Frame, base, frame, load, register::formats},
    words::Choice,
};

/// The form.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SettingsForm {
    version: i64,
    name: String,
    description: String,
    token_format: String,
}

impl SettingsForm {
    fn of(resource: &Resource) -> Self {
        Self {
            version: resource.version,
            name: resource.name.clone(),
            description: resource.description.clone(),
            token_format: resource.token_format.to_string(),
        }
    }
}

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct SettingsPage {
    api: Frame,
    form: SettingsForm,
    formats: Vec<Choice>,
    conflict: Option<Conflict>,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for SettingsPage {
    const TEMPLATE: &'static str = "console/resources/settings.html";
}

/// `GET /console/resources/{id}/settings`.
pub(crate) async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    let resource = load(&visitor, &id).await?.resource;
    visitor.show(&page(&visitor, &resource, SettingsForm::of(&resource)))
}

/// `POST /console/resources/{id}/settings`.
pub(crate) async fn save(
    visitor: Visitor,
    id: Path<String>,
    form: Protected<SettingsForm>,
) -> Answer {
    let Protected(form) = form;
    let resource = load(&visitor, &id).await?.resource;
    let command = UpdateResource {
        id: resource.id,
        version: form.version,
        name: Some(form.name.trim().to_owned()),
        description: Some(form.description.trim().to_owned()),
        token_format: Some(form.token_format.clone()),
    };
    let back = format!("{}/settings", base(&resource));
    match resources::update(&visitor.service, &visitor.call, command).await {
        Ok(updated) if updated.resource.version == form.version => visitor.unchanged(&back),
        Ok(_) => visitor.done(&back, "Settings saved."),
        Err(problem) => again(&visitor, &resource, form, Refusal::of(problem)?).await,
    }
}

async fn again(
    visitor: &Visitor,
    resource: &Resource,
    form: SettingsForm,
    refusal: Refusal,
) -> Answer {
    let status = refusal.status();
    let mut page = page(visitor, resource, form);
    page.errors = refusal.errors;
    if refusal.is_stale {
        let saved = SettingsForm::of(resource);
        let form = &page.form;
        let pairs = [
            ("Name", saved.name, form.name.clone()),
            ("Description", saved.description, form.description.clone()),
            ("Access tokens", saved.token_format, form.token_format.clone()),
        ];
        page.conflict = Some(Conflict::of(visitor, &Edited::resource(resource), pairs).await);
        page.form.version = saved.version;
    }
    visitor.show_as(&page, status)
}

fn page(desk: &Desk, resource: &Resource, form: SettingsForm) -> SettingsPage {
    let path = format!("/resources/{}", resource.id);
    let change = Command::new(&desk.config, "Change it", "PATCH", &path)
        .version(resource.version)
        .body(&json!({ "token_format": form.token_format }));
    SettingsPage {
        api: frame(desk, resource, "settings"),
        form,
        formats: formats(),
        conflict: None,
        errors: Vec::new(),
        samples: vec![Command::get(&desk.config, "Read it", &path), change.sample()],
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html};

    #[actix_web::test]
    async fn the_page_draws_and_its_form_is_read() {
        let resource = testing::resource();

        let page = html(page(&desk(Role::Owner), &resource, SettingsForm::of(&resource))).await;

        assert!(page.contains("<title>Settings, Photos · Control center</title>"), "{page}");
        assert_read_by::<SettingsForm>(&page);
    }
}
