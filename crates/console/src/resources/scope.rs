//! One scope: adding, changing and removing it.

use actix_web::web::Path;
use domain::{FieldError, Id, Permission, Resource, ScopeDefinition};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::resources::{self, AddScope, NewScope, RemoveScope, ScopeUse, UpdateScope};
use web::{Page, Protected};

use crate::{
    code::{Command, Sample},
    conflict::{Conflict, Edited, on_off},
    failure::{Answer, Failure, Refusal, path_id},
    guard::{Desk, Visitor},
    resources::{ClientLink, Frame, base, frame, load},
};

/// The form of a scope.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ScopeForm {
    version: i64,
    name: String,
    display_name: String,
    description: String,
    default: bool,
}

impl ScopeForm {
    fn of(resource: &Resource, scope: &ScopeDefinition) -> Self {
        Self {
            version: resource.version,
            name: scope.name.to_string(),
            display_name: scope.display_name.clone(),
            description: scope.description.clone(),
            default: scope.default,
        }
    }
}

/// The page with the form.
#[derive(Debug, Serialize)]
pub(crate) struct ScopePage {
    api: Frame,
    form: ScopeForm,
    is_new: bool,
    back: String,
    conflict: Option<Conflict>,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for ScopePage {
    const TEMPLATE: &'static str = "console/resources/scope.html";
}

/// The form that removes has nothing to fill in but the version it was drawn for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RemoveForm {
    version: i64,
}

/// The page that asks, and tells who uses the scope.
#[derive(Debug, Serialize)]
pub(crate) struct RemovePage {
    api: Frame,
    name: String,
    version: i64,
    clients: Vec<ClientLink>,
    back: String,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for RemovePage {
    const TEMPLATE: &'static str = "console/resources/scope_remove.html";
}

fn find<'a>(resource: &'a Resource, id: &str) -> Result<&'a ScopeDefinition, Failure> {
    let id: Id<ScopeDefinition> = path_id(id)?;
    resource.scopes.iter().find(|it| it.id == id).ok_or(Failure::not_found())
}

/// `GET /console/resources/{id}/scopes/new`.
pub(crate) async fn show_new(visitor: Visitor, id: Path<String>) -> Answer {
    visitor.require(Permission::ResourcesWrite)?;
    let resource = load(&visitor, &id).await?.resource;
    visitor.show(&page(&visitor, &resource, None, ScopeForm::default()))
}

/// `POST /console/resources/{id}/scopes/new`.
pub(crate) async fn add(visitor: Visitor, id: Path<String>, form: Protected<ScopeForm>) -> Answer {
    let Protected(form) = form;
    let resource = load(&visitor, &id).await?.resource;
    let command = AddScope {
        resource_id: resource.id,
        scope: NewScope {
            name: form.name.trim().to_owned(),
            display_name: form.display_name.trim().to_owned(),
            description: form.description.trim().to_owned(),
            default: form.default,
        },
    };
    match resources::add_scope(&visitor.service, &visitor.call, command).await {
        Ok(_) => {
            let text = format!("Scope {} was added.", form.name.trim());
            visitor.done(&format!("{}/scopes", base(&resource)), text)
        }
        Err(problem) => again(&visitor, (&resource, None), form, Refusal::of(problem)?).await,
    }
}

/// `GET /console/resources/{id}/scopes/{scope}`.
pub(crate) async fn show(visitor: Visitor, path: Path<(String, String)>) -> Answer {
    visitor.require(Permission::ResourcesWrite)?;
    let (id, scope) = path.into_inner();
    let resource = load(&visitor, &id).await?.resource;
    let scope = find(&resource, &scope)?;
    let form = ScopeForm::of(&resource, scope);
    visitor.show(&page(&visitor, &resource, Some(scope), form))
}

/// `POST /console/resources/{id}/scopes/{scope}`.
pub(crate) async fn save(
    visitor: Visitor,
    path: Path<(String, String)>,
    form: Protected<ScopeForm>,
) -> Answer {
    let Protected(form) = form;
    let (id, scope) = path.into_inner();
    let resource = load(&visitor, &id).await?.resource;
    let scope = find(&resource, &scope)?;
    let command = UpdateScope {
        resource_id: resource.id,
        scope_id: scope.id,
        version: form.version,
        display_name: Some(form.display_name.trim().to_owned()),
        description: Some(form.description.trim().to_owned()),
        default: Some(form.default),
    };
    let back = format!("{}/scopes", base(&resource));
    match resources::update_scope(&visitor.service, &visitor.call, command).await {
        Ok(updated) if updated.version == form.version => visitor.unchanged(&back),
        Ok(_) => visitor.done(&back, format!("Scope {} was saved.", scope.name)),
        Err(problem) => {
            let mut form = form;
            form.name = scope.name.to_string();
            again(&visitor, (&resource, Some(scope)), form, Refusal::of(problem)?).await
        }
    }
}

async fn again(
    visitor: &Visitor,
    (resource, scope): (&Resource, Option<&ScopeDefinition>),
    form: ScopeForm,
    refusal: Refusal,
) -> Answer {
    let status = refusal.status();
    let mut page = page(visitor, resource, scope, form);
    // A new scope is sent alone here and within an API elsewhere.
    page.errors = refusal.errors;
    for error in &mut page.errors {
        if let Some(field) = error.pointer.strip_prefix("#/scopes/0/") {
            error.pointer = format!("#/{field}");
        }
    }
    if let Some(scope) = scope.filter(|_| refusal.is_stale) {
        let saved = ScopeForm::of(resource, scope);
        let form = &page.form;
        let pairs = [
            ("What people read", saved.display_name, form.display_name.clone()),
            ("Description", saved.description, form.description.clone()),
            ("Given to new clients", on_off(saved.default), on_off(form.default)),
        ];
        page.conflict = Some(Conflict::of(visitor, &Edited::resource(resource), pairs).await);
        page.form.version = saved.version;
    }
    visitor.show_as(&page, status)
}

fn page(
    desk: &Desk,
    resource: &Resource,
    scope: Option<&ScopeDefinition>,
    form: ScopeForm,
) -> ScopePage {
    let path = format!("/resources/{}/scopes", resource.id);
    let sample = match scope {
        Some(scope) => {
            let path = format!("{path}/{}", scope.id);
            Command::new(&desk.config, "Change it", "PATCH", &path)
                .version(resource.version)
                .body(&json!({ "display_name": form.display_name }))
        }
        None => Command::new(&desk.config, "Add it", "POST", &path)
            .body(&json!({ "name": "photos.read", "display_name": "See your photos" })),
    };
    ScopePage {
        api: frame(desk, resource, "scopes"),
        form,
        is_new: scope.is_none(),
        back: format!("{}/scopes", base(resource)),
        conflict: None,
        errors: Vec::new(),
        samples: vec![sample.sample()],
    }
}

/// `GET /console/resources/{id}/scopes/{scope}/remove`.
pub(crate) async fn confirm(visitor: Visitor, path: Path<(String, String)>) -> Answer {
    visitor.require(Permission::ResourcesWrite)?;
    let (id, scope) = path.into_inner();
    let resource = load(&visitor, &id).await?.resource;
    let scope = find(&resource, &scope)?;
    visitor.show(&remove_page(&visitor, &resource, scope).await?)
}

/// `POST /console/resources/{id}/scopes/{scope}/remove`.
pub(crate) async fn remove(
    visitor: Visitor,
    path: Path<(String, String)>,
    form: Protected<RemoveForm>,
) -> Answer {
    let (id, scope) = path.into_inner();
    let resource = load(&visitor, &id).await?.resource;
    let scope = find(&resource, &scope)?;
    let command =
        RemoveScope { resource_id: resource.id, scope_id: scope.id, version: form.0.version };
    match resources::remove_scope(&visitor.service, &visitor.call, command).await {
        Ok(_) => {
            let back = format!("{}/scopes", base(&resource));
            visitor.done(&back, format!("Scope {} was removed.", scope.name))
        }
        Err(problem) => {
            let refusal = Refusal::of(problem)?;
            let status = refusal.status();
            let mut page = remove_page(&visitor, &resource, scope).await?;
            page.errors = refusal.errors;
            visitor.show_as(&page, status)
        }
    }
}

async fn remove_page(
    visitor: &Visitor,
    resource: &Resource,
    scope: &ScopeDefinition,
) -> Result<RemovePage, Failure> {
    let uses = resources::uses(&visitor.service, &visitor.call, resource.id).await?;
    Ok(draw_remove(visitor, resource, scope, &uses))
}

fn draw_remove(
    desk: &Desk,
    resource: &Resource,
    scope: &ScopeDefinition,
    uses: &[ScopeUse],
) -> RemovePage {
    let clients = uses.iter().filter(|it| it.scope.id == scope.id).flat_map(|it| &it.clients);
    let path = format!("/resources/{}/scopes/{}", resource.id, scope.id);
    let command =
        Command::new(&desk.config, "Remove it", "DELETE", &path).version(resource.version);
    RemovePage {
        api: frame(desk, resource, "scopes"),
        name: scope.name.to_string(),
        version: resource.version,
        clients: clients.map(ClientLink::of).collect(),
        back: format!("{}/scopes", base(resource)),
        errors: Vec::new(),
        samples: vec![command.sample()],
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html};

    #[actix_web::test]
    async fn adding_and_changing_draw_and_are_read() {
        let resource = testing::resource();
        let scope = &resource.scopes[0];
        let desk = desk(Role::Owner);

        let new = html(page(&desk, &resource, None, ScopeForm::default())).await;
        let form = ScopeForm::of(&resource, scope);
        let old = html(page(&desk, &resource, Some(scope), form)).await;

        assert!(new.contains("name=\"name\"") && !old.contains("name=\"name\""), "{old}");
        assert_read_by::<ScopeForm>(&new);
        assert_read_by::<ScopeForm>(&old);
    }

    #[actix_web::test]
    async fn removing_tells_who_is_in_the_way() {
        let resource = testing::resource();
        let scope = &resource.scopes[0];
        let uses = [ScopeUse { scope: scope.clone(), clients: vec![testing::client_name()] }];

        let page = html(draw_remove(&desk(Role::Owner), &resource, scope, &uses)).await;

        assert!(page.contains("Photo Printer"), "{page}");
        assert_read_by::<RemoveForm>(&page);
    }
}
