//! Pages of APIs and their scopes.

pub(crate) mod list;
pub(crate) mod register;
pub(crate) mod remove;
pub(crate) mod scope;
pub(crate) mod scopes;
pub(crate) mod settings;

use domain::{Permission, Resource};
use serde::Serialize;
use service::{
    named::ClientName,
    resources::{self, ResourceView},
};
use web::template::{NavEntry, NavGroup, mark_current};

use crate::{
    address::Address,
    failure::{Failure, path_id},
    guard::{Desk, Visitor},
};

/// What stands around the pages of an API; templates see it as `api`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Frame {
    id: String,
    name: String,
    identifier: String,
    href: String,
    sections: Vec<NavGroup>,
    may_write: bool,
}

/// A client that may ask for a scope, as pages list it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ClientLink {
    name: String,
    environment: &'static str,
    href: String,
}

impl ClientLink {
    pub(crate) fn of(client: &ClientName) -> Self {
        let path = format!("/console/applications/{}/scopes", client.application.id);
        Self {
            name: client.application.name.clone(),
            environment: client.environment.as_str(),
            href: Address::new(path).with("env", client.environment.as_str()).to_string(),
        }
    }
}

pub(crate) fn base(resource: &Resource) -> String {
    format!("/console/resources/{}", resource.id)
}

/// The API in an address.
pub(crate) async fn load(visitor: &Visitor, id: &str) -> Result<ResourceView, Failure> {
    Ok(resources::get(&visitor.service, &visitor.call, path_id(id)?).await?)
}

pub(crate) fn frame(desk: &Desk, resource: &Resource, current: &str) -> Frame {
    let base = base(resource);
    let may_write = desk.may(Permission::ResourcesWrite);
    let entry = |path: &str, label: &str| NavEntry::new(format!("{base}/{path}"), "", label);
    let mut sections = vec![NavGroup {
        title: "Set up".to_owned(),
        entries: vec![entry("scopes", "Scopes"), entry("settings", "Settings")],
    }];
    if may_write {
        let entries = vec![entry("delete", "Delete")];
        sections.push(NavGroup { title: "Care".to_owned(), entries });
    }
    mark_current(&mut sections, &format!("{base}/{current}"));
    Frame {
        id: resource.id.to_string(),
        name: resource.name.clone(),
        identifier: resource.identifier.clone(),
        href: base,
        sections,
        may_write,
    }
}
