//! Pages of applications.

pub(crate) mod callbacks;
pub(crate) mod created;
pub(crate) mod curl;
pub(crate) mod danger;
pub(crate) mod grants;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod production;
pub(crate) mod public_keys;
pub(crate) mod register;
pub(crate) mod revoke;
pub(crate) mod rotate;
mod saved;
pub(crate) mod scopes;
pub(crate) mod secret;
pub(crate) mod settings;
pub(crate) mod tokens;

use actix_web::web::Path;
use domain::{Application, Client, Environment, Permission};
use serde::{Deserialize, Serialize};
use service::applications::{self, ApplicationView};
use web::{
    see_other,
    template::{NavEntry, NavGroup, mark_current},
};

use crate::{
    address::Address,
    failure::{Answer, Failure, path_id},
    guard::{Desk, Visitor},
    words::{self, Tag},
};

/// Which of an application's clients a page is about.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct EnvQuery {
    #[serde(default)]
    env: String,
}

/// The sections of an application, each with its own address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Settings,
    Callbacks,
    Grants,
    Keys,
    Scopes,
    Tokens,
    Danger,
}

impl Section {
    const SET_UP: [Self; 6] =
        [Self::Settings, Self::Callbacks, Self::Grants, Self::Keys, Self::Scopes, Self::Tokens];

    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Callbacks => "callbacks",
            Self::Grants => "grants",
            Self::Keys => "keys",
            Self::Scopes => "scopes",
            Self::Tokens => "tokens",
            Self::Danger => "danger",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Settings => "Settings",
            Self::Callbacks => "Callback URLs",
            Self::Grants => "Grant types",
            Self::Keys => "Keys",
            Self::Scopes => "Scopes",
            Self::Tokens => "Tokens & sign-in",
            Self::Danger => "Danger zone",
        }
    }

    /// Whether the section differs between environments.
    const fn is_of_client(self) -> bool {
        !matches!(self, Self::Settings | Self::Danger)
    }
}

/// The application that a page is about, and which of its clients.
pub(crate) struct Subject {
    pub(crate) view: ApplicationView,
    pub(crate) environment: Environment,
}

impl Subject {
    /// The application in the address; without an environment, production once there is one.
    pub(crate) async fn load(
        visitor: &Visitor,
        id: &str,
        query: &EnvQuery,
    ) -> Result<Self, Failure> {
        let view = applications::get(&visitor.service, &visitor.call, path_id(id)?).await?;
        let has_production =
            view.application.clients.iter().any(|it| it.environment == Environment::Production);
        let environment = match query.env.as_str() {
            "" if has_production => Environment::Production,
            "" => Environment::Sandbox,
            text => text.parse().map_err(|_reason| Failure::not_found())?,
        };
        Ok(Self { view, environment })
    }

    pub(crate) const fn application(&self) -> &Application {
        &self.view.application
    }

    /// The client of the environment, if it was made.
    pub(crate) fn client(&self) -> Option<&Client> {
        self.view.application.clients.iter().find(|it| it.environment == self.environment)
    }

    /// The client of the environment; without one, the page that makes it.
    pub(crate) fn client_or_keys(&self) -> Result<&Client, String> {
        self.client().ok_or_else(|| self.address(Section::Keys))
    }

    /// The address of a section, in the same environment.
    pub(crate) fn address(&self, section: Section) -> String {
        address(self.application(), section, self.environment)
    }

    /// The address of a page below a section, in the same environment.
    pub(crate) fn below(&self, section: Section, rest: &str) -> String {
        let path = format!("{}/{}/{rest}", base(self.application()), section.path());
        Address::new(path).with("env", self.environment.as_str()).to_string()
    }

    /// What stands around a section's page.
    pub(crate) fn frame(&self, desk: &Desk, section: Section) -> Frame {
        let application = self.application();
        let environments =
            if section.is_of_client() { self.environments(section) } else { Vec::new() };
        Frame {
            id: application.id.to_string(),
            name: application.name.clone(),
            href: base(application),
            kind: application.application_type.as_str(),
            status: words::application_status(application.status),
            environment: self.environment.as_str(),
            is_sandbox: section.is_of_client() && self.environment == Environment::Sandbox,
            environments,
            action: self.address(section),
            sections: self.sections(desk, section),
            may_write: desk.may(Permission::AppsWrite),
        }
    }

    fn environments(&self, section: Section) -> Vec<EnvEntry> {
        let entry = |environment: &Environment| EnvEntry {
            environment: environment.as_str(),
            href: address(self.application(), section, *environment),
            current: *environment == self.environment,
        };
        [Environment::Production, Environment::Sandbox].iter().map(entry).collect()
    }

    fn sections(&self, desk: &Desk, current: Section) -> Vec<NavGroup> {
        let entry = |section: Section| NavEntry::new(self.address(section), "", section.title());
        let group = |title: &str, entries| NavGroup { title: title.to_owned(), entries };
        let mut groups = vec![group("Set up", Section::SET_UP.map(entry).to_vec())];
        if desk.may(Permission::AppsWrite) {
            groups.push(group("Care", vec![entry(Section::Danger)]));
        }
        mark_current(&mut groups, &self.address(current));
        groups
    }
}

/// What stands around the page of a section; templates see it as `app`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Frame {
    id: String,
    name: String,
    href: String,
    kind: &'static str,
    status: Tag,
    environment: &'static str,
    is_sandbox: bool,
    environments: Vec<EnvEntry>,
    action: String,
    sections: Vec<NavGroup>,
    may_write: bool,
}

/// One of the two environments, and the same page for it.
#[derive(Debug, Clone, Serialize)]
struct EnvEntry {
    environment: &'static str,
    href: String,
    current: bool,
}

fn base(application: &Application) -> String {
    format!("/console/applications/{}", application.id)
}

/// The address of a section of an application's client.
pub(crate) fn address(
    application: &Application,
    section: Section,
    environment: Environment,
) -> String {
    let address = Address::new(format!("{}/{}", base(application), section.path()));
    let environment = if section.is_of_client() { environment.as_str() } else { "" };
    address.with("env", environment).to_string()
}

/// `GET /console/applications/{id}`: what most come for are the keys.
pub(crate) async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    let subject = Subject::load(&visitor, &id, &EnvQuery::default()).await?;
    Ok(see_other(&subject.address(Section::Keys)))
}
