//! What a client may ask for, and what it gets when it asks for nothing.

use actix_web::web::{Path, Query};
use domain::{BUILT_IN_SCOPES, Client, FieldError, Permission, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::{
    clients::{self, ClientChanges, UpdateClient},
    resources,
};
use web::{Page, Protected, see_other};

use crate::{
    applications::{EnvQuery, Frame, Section, Subject},
    code::{Command, Sample},
    conflict::{self, Conflict, Edited},
    failure::{Answer, Failure, Refusal},
    guard::{Desk, Visitor},
};

/// The form: the boxes that are ticked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ScopesForm {
    version: i64,
    scopes: Vec<String>,
    default_scopes: Vec<String>,
}

impl ScopesForm {
    fn of(client: &Client) -> Self {
        let names = |scope: &protocol::Scope| scope.iter().map(ToString::to_string).collect();
        Self {
            version: client.version,
            scopes: names(&client.settings.scopes),
            default_scopes: names(&client.settings.default_scopes),
        }
    }
}

/// The scopes of one API.
#[derive(Debug, Serialize)]
struct Group {
    title: String,
    detail: String,
    is_open: bool,
    scopes: Vec<ScopeRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct ScopeRow {
    name: String,
    label: String,
    hint: String,
    allowed: bool,
    default: bool,
}

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct ScopesPage {
    app: Frame,
    version: i64,
    groups: Vec<Group>,
    has_resources: bool,
    may_add_resource: bool,
    conflict: Option<Conflict>,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for ScopesPage {
    const TEMPLATE: &'static str = "console/applications/scopes.html";
}

/// `GET /console/applications/{id}/scopes`.
pub(crate) async fn show(visitor: Visitor, id: Path<String>, query: Query<EnvQuery>) -> Answer {
    let subject = Subject::load(&visitor, &id, &query).await?;
    match subject.client_or_keys() {
        Ok(client) => {
            let page = page(&visitor, &subject, client, &ScopesForm::of(client)).await?;
            visitor.show(&page)
        }
        Err(keys) => Ok(see_other(&keys)),
    }
}

/// `POST /console/applications/{id}/scopes`.
pub(crate) async fn save(
    visitor: Visitor,
    id: Path<String>,
    query: Query<EnvQuery>,
    form: Protected<ScopesForm>,
) -> Answer {
    let Protected(form) = form;
    let subject = Subject::load(&visitor, &id, &query).await?;
    let client = match subject.client_or_keys() {
        Ok(client) => client,
        Err(keys) => return Ok(see_other(&keys)),
    };
    let command = UpdateClient {
        application_id: subject.application().id,
        environment: subject.environment,
        version: form.version,
        changes: ClientChanges {
            scopes: Some(form.scopes.clone()),
            default_scopes: Some(form.default_scopes.clone()),
            ..ClientChanges::default()
        },
    };
    let back = subject.address(Section::Scopes);
    match clients::update(&visitor.service, &visitor.call, command).await {
        Ok(updated) if updated.client.version == form.version => visitor.unchanged(&back),
        Ok(_) => visitor.done(&back, "Scopes saved."),
        Err(problem) => {
            let refusal = Refusal::of(problem)?
                .by_name("scopes", &form.scopes)
                .by_name("default_scopes", &form.default_scopes);
            again(&visitor, &subject, client, (form, refusal)).await
        }
    }
}

async fn again(
    visitor: &Visitor,
    subject: &Subject,
    client: &Client,
    (form, refusal): (ScopesForm, Refusal),
) -> Answer {
    let status = refusal.status();
    let mut page = page(visitor, subject, client, &form).await?;
    page.errors = refusal.errors;
    if refusal.is_stale {
        let saved = ScopesForm::of(client);
        let pairs = [
            ("Allowed", conflict::lines(&saved.scopes), conflict::lines(&form.scopes)),
            (
                "Given by default",
                conflict::lines(&saved.default_scopes),
                conflict::lines(&form.default_scopes),
            ),
        ];
        page.conflict = Some(Conflict::of(visitor, &Edited::client(subject), pairs).await);
        page.version = saved.version;
    }
    visitor.show_as(&page, status)
}

async fn page(
    visitor: &Visitor,
    subject: &Subject,
    client: &Client,
    form: &ScopesForm,
) -> Result<ScopesPage, Failure> {
    let resources = if visitor.may(Permission::ResourcesRead) {
        resources::catalogue(&visitor.service, &visitor.call).await?
    } else {
        Vec::new()
    };
    Ok(draw(visitor, (subject, client), form, &resources))
}

fn draw(
    desk: &Desk,
    (subject, client): (&Subject, &Client),
    form: &ScopesForm,
    resources: &[Resource],
) -> ScopesPage {
    let path = format!("/applications/{}/clients/{}", subject.application().id, client.environment);
    let change = Command::new(&desk.config, "Set the scopes", "PATCH", &path)
        .version(client.version)
        .body(&json!({ "scopes": form.scopes, "default_scopes": form.default_scopes }));
    let held = |it: &Permission| desk.may(*it);
    let permissions: Vec<Permission> = Permission::ALL.iter().copied().filter(held).collect();
    ScopesPage {
        app: subject.frame(desk, Section::Scopes),
        version: form.version,
        groups: groups(resources, &permissions, form),
        has_resources: !resources.is_empty(),
        may_add_resource: desk.may(Permission::ResourcesWrite),
        conflict: None,
        errors: Vec::new(),
        samples: vec![change.sample()],
    }
}

/// Every scope there is, by API; what is ticked and nowhere offered comes last, so it can be unticked.
fn groups(resources: &[Resource], permissions: &[Permission], form: &ScopesForm) -> Vec<Group> {
    let row = |name: &str, label: &str, hint: &str| ScopeRow {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        allowed: form.scopes.iter().any(|it| it == name),
        default: form.default_scopes.iter().any(|it| it == name),
    };
    let group = |title: &str, detail: &str, is_open, scopes| Group {
        title: title.to_owned(),
        detail: detail.to_owned(),
        is_open,
        scopes,
    };
    let built_in = BUILT_IN_SCOPES.iter().map(|it| row(it.name, it.display_name, it.description));
    let mut groups =
        vec![group("Signing people in", "OpenID Connect", true, built_in.collect::<Vec<_>>())];
    for resource in resources.iter().filter(|it| !it.scopes.is_empty()) {
        let scopes = resource.scopes.iter();
        let scopes =
            scopes.map(|it| row(it.name.as_str(), &it.display_name, &it.description)).collect();
        groups.push(group(&resource.name, &resource.identifier, true, scopes));
    }
    let managing: Vec<ScopeRow> =
        permissions.iter().map(|it| row(it.as_str(), it.as_str(), "")).collect();
    if !managing.is_empty() {
        let is_open = managing.iter().any(|it| it.allowed);
        groups.push(group("Managing this server", "Management API", is_open, managing));
    }
    let offered = |name: &str| groups.iter().flat_map(|it| &it.scopes).any(|it| it.name == name);
    let lost: Vec<ScopeRow> = form
        .scopes
        .iter()
        .filter(|it| !offered(it))
        .map(|it| row(it, it, "No API offers it any more, or you may not see it."))
        .collect();
    if !lost.is_empty() {
        groups.push(group("Others", "", true, lost));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_that_nothing_offers_can_still_be_unticked() {
        let form = ScopesForm {
            version: 1,
            scopes: vec!["openid".to_owned(), "gone.read".to_owned()],
            default_scopes: vec!["openid".to_owned()],
        };

        let groups = groups(&[], &[Permission::AppsRead], &form);

        let titles: Vec<&str> = groups.iter().map(|it| it.title.as_str()).collect();
        assert_eq!(titles, ["Signing people in", "Managing this server", "Others"]);
        assert!(groups[0].scopes[0].allowed && groups[0].scopes[0].default);
        assert!(!groups[1].is_open);
        assert_eq!(groups[2].scopes[0].name, "gone.read");
    }
}

#[cfg(test)]
mod drawn {
    use domain::{Environment, Role};

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html, subject};

    #[actix_web::test]
    async fn the_page_draws_and_its_form_is_read() {
        let client = testing::client(Environment::Sandbox);
        let form = ScopesForm::of(&client);
        let resources = [testing::resource()];

        let page = html(draw(&desk(Role::Owner), (&subject(), &client), &form, &resources)).await;

        assert!(page.contains("id=\"f-scopes-photos-read\""), "{page}");
        assert!(page.contains("See your photos"));
        assert_read_by::<ScopesForm>(&page);
    }
}
