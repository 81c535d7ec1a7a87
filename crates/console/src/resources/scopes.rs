//! The scopes of an API, with who may ask for them.

use actix_web::web::Path;
use domain::{FieldError, Resource};
use serde::Serialize;
use service::resources::{self, ScopeUse};
use web::{Page, see_other};

use crate::{
    code::{Command, Sample},
    failure::{Answer, path_id},
    guard::{Desk, Visitor},
    resources::{ClientLink, Frame, base, frame, load},
};

/// The most clients that are named in a row.
const NAMED: usize = 3;

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct ScopesPage {
    api: Frame,
    rows: Vec<Row>,
    add: String,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for ScopesPage {
    const TEMPLATE: &'static str = "console/resources/scopes.html";
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    display_name: String,
    description: String,
    default: bool,
    clients: Vec<ClientLink>,
    more: usize,
    edit: String,
    remove: String,
}

/// `GET /console/resources/{id}`.
pub(crate) async fn enter(_visitor: Visitor, id: Path<String>) -> Answer {
    let id = path_id::<Resource>(&id)?;
    Ok(see_other(&format!("/console/resources/{id}/scopes")))
}

/// `GET /console/resources/{id}/scopes`.
pub(crate) async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    let resource = load(&visitor, &id).await?.resource;
    let uses = resources::uses(&visitor.service, &visitor.call, resource.id).await?;
    visitor.show(&draw(&visitor, &resource, &uses))
}

fn draw(desk: &Desk, resource: &Resource, uses: &[ScopeUse]) -> ScopesPage {
    let path = format!("/resources/{}/scopes", resource.id);
    let scopes = format!("{}/scopes", base(resource));
    let add = Command::new(&desk.config, "Add a scope", "POST", &path)
        .body(&serde_json::json!({ "name": "photos.read", "display_name": "See your photos" }));
    ScopesPage {
        api: frame(desk, resource, "scopes"),
        rows: uses.iter().map(|it| row(&scopes, it)).collect(),
        add: format!("{scopes}/new"),
        errors: Vec::new(),
        samples: vec![Command::get(&desk.config, "List scopes", &path), add.sample()],
    }
}

fn row(scopes: &str, used: &ScopeUse) -> Row {
    let scope = &used.scope;
    Row {
        name: scope.name.to_string(),
        display_name: scope.display_name.clone(),
        description: scope.description.clone(),
        default: scope.default,
        clients: used.clients.iter().take(NAMED).map(ClientLink::of).collect(),
        more: used.clients.len().saturating_sub(NAMED),
        edit: format!("{scopes}/{}", scope.id),
        remove: format!("{scopes}/{}/remove", scope.id),
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{self, desk, html};

    #[actix_web::test]
    async fn each_scope_tells_who_may_ask_for_it() {
        let resource = testing::resource();
        let clients = vec![testing::client_name(); 5];
        let uses = [ScopeUse { scope: resource.scopes[0].clone(), clients }];

        let page = html(draw(&desk(Role::Owner), &resource, &uses)).await;

        assert!(page.contains("photos.read") && page.contains("and 2 more"), "{page}");
        assert!(page.contains("Given to new clients"));
    }
}
