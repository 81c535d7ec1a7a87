//! The end of an API, with its name typed.

use actix_web::web::Path;
use domain::{FieldError, Permission, Resource};
use serde::{Deserialize, Serialize};
use service::resources::{self, ScopeUse};
use web::{Page, Protected};

use crate::{
    code::{Command, Sample},
    conflict::{Conflict, Edited},
    failure::{Answer, Failure, Refusal},
    guard::{Desk, Visitor},
    resources::{ClientLink, Frame, frame, load},
};

/// The form: the name, typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DeleteForm {
    version: i64,
    confirm: String,
}

/// The page that asks, and tells who uses the API.
#[derive(Debug, Serialize)]
pub(crate) struct DeletePage {
    api: Frame,
    clients: Vec<ClientLink>,
    version: i64,
    typed: String,
    conflict: Option<Conflict>,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for DeletePage {
    const TEMPLATE: &'static str = "console/resources/delete.html";
}

/// `GET /console/resources/{id}/delete`.
pub(crate) async fn confirm(visitor: Visitor, id: Path<String>) -> Answer {
    visitor.require(Permission::ResourcesWrite)?;
    let resource = load(&visitor, &id).await?.resource;
    visitor.show(&page(&visitor, &resource, "", Vec::new()).await?)
}

/// `POST /console/resources/{id}/delete`.
pub(crate) async fn delete(
    visitor: Visitor,
    id: Path<String>,
    form: Protected<DeleteForm>,
) -> Answer {
    let resource = load(&visitor, &id).await?.resource;
    let typed = form.0.confirm.trim();
    let refusal = if typed == resource.name.trim() {
        let (id, version) = (resource.id, Some(form.0.version));
        match resources::remove(&visitor.service, &visitor.call, id, version).await {
            Ok(()) => {
                return visitor
                    .done("/console/resources", format!("{} was deleted.", resource.name));
            }
            Err(problem) => Refusal::of(problem)?,
        }
    } else {
        let detail = format!("Type the name as it stands here: {}", resource.name);
        Refusal::fields(vec![FieldError::of("confirm", "mismatch", detail)])
    };
    let status = refusal.status();
    let mut page = page(&visitor, &resource, typed, refusal.errors).await?;
    if refusal.is_stale {
        page.conflict = Some(Conflict::of(&visitor, &Edited::resource(&resource), []).await);
    }
    visitor.show_as(&page, status)
}

async fn page(
    visitor: &Visitor,
    resource: &Resource,
    typed: &str,
    errors: Vec<FieldError>,
) -> Result<DeletePage, Failure> {
    let uses = resources::uses(&visitor.service, &visitor.call, resource.id).await?;
    Ok(draw(visitor, resource, (typed, errors), &uses))
}

fn draw(
    desk: &Desk,
    resource: &Resource,
    (typed, errors): (&str, Vec<FieldError>),
    uses: &[ScopeUse],
) -> DeletePage {
    let mut clients: Vec<ClientLink> = Vec::new();
    for client in uses.iter().flat_map(|it| &it.clients).map(ClientLink::of) {
        if !clients.iter().any(|it| it.href == client.href) {
            clients.push(client);
        }
    }
    let path = format!("/resources/{}", resource.id);
    let command =
        Command::new(&desk.config, "Delete it", "DELETE", &path).version(resource.version);
    DeletePage {
        api: frame(desk, resource, "delete"),
        clients,
        version: resource.version,
        conflict: None,
        typed: typed.to_owned(),
        errors,
        samples: vec![command.sample()],
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
        let uses = [ScopeUse {
            scope: resource.scopes[0].clone(),
            clients: vec![testing::client_name(), testing::client_name()],
        }];

        let page = html(draw(&desk(Role::Owner), &resource, ("Foto", Vec::new()), &uses)).await;

        assert_eq!(page.matches(">Photo Printer</a>").count(), 1, "{page}");
        assert!(page.contains("value=\"Foto\""));
        assert_read_by::<DeleteForm>(&page);
    }
}
