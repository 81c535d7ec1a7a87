//! Two people at one form: what the other saved, beside what was typed.

use domain::{
    Application, AuditEvent, Environment, Resource, Timestamp, User,
    audit::{Action, Outcome},
};
use serde::Serialize;
use service::{
    ListPage,
    audit_log::{self, EventFilter},
};

use crate::{applications::Subject, guard::Visitor};

/// So many of the last changes are looked through for the one that counts.
const LOOKED_AT: u32 = 20;

/// What a form changes, and the events that tell of such a change.
#[derive(Debug, Clone)]
pub(crate) struct Edited {
    target: String,
    actions: &'static [Action],
    environment: Option<Environment>,
}

impl Edited {
    pub(crate) fn application(application: &Application) -> Self {
        let actions = &[Action::ApplicationUpdated];
        Self { target: application.id.to_string(), actions, environment: None }
    }

    /// The client that a page is about; events name its application and environment.
    pub(crate) fn client(subject: &Subject) -> Self {
        Self {
            target: subject.application().id.to_string(),
            actions: &[Action::ClientUpdated],
            environment: Some(subject.environment),
        }
    }

    pub(crate) fn user(user: &User) -> Self {
        let actions = &[Action::UserUpdated, Action::PasswordChanged];
        Self { target: user.id.to_string(), actions, environment: None }
    }

    pub(crate) fn resource(resource: &Resource) -> Self {
        let actions = &[Action::ResourceUpdated];
        Self { target: resource.id.to_string(), actions, environment: None }
    }

    /// Whether `event` changed what the form changes; the label of a secret is not part of it.
    fn was_changed_by(&self, event: &AuditEvent) -> bool {
        let is_of_environment = self.environment.is_none_or(|it| {
            event.details.get("environment").and_then(|it| it.as_str()) == Some(it.as_str())
        });
        event.outcome == Outcome::Success
            && is_of_environment
            && !event.details.contains_key("secret")
    }

    /// The last change, as far as the visitor may know of it.
    async fn last_change(&self, visitor: &Visitor) -> Option<AuditEvent> {
        let mut last: Option<AuditEvent> = None;
        for action in self.actions {
            let filter = EventFilter {
                target: Some(self.target.clone()),
                action: Some(*action),
                ..EventFilter::default()
            };
            let page = ListPage { limit: LOOKED_AT, ..ListPage::default() };
            let found =
                audit_log::list(&visitor.service, &visitor.call, filter, page).await.ok()?;
            let newest = found.items.into_iter().find(|it| self.was_changed_by(it));
            last = last.into_iter().chain(newest).max_by_key(|it| it.at.as_millis());
        }
        last
    }
}

/// What somebody else saved while the form was open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Conflict {
    /// Who saved it, where that is known.
    pub(crate) who: String,
    /// When, where that is known.
    pub(crate) at: Option<Timestamp>,
    /// The fields that differ.
    pub(crate) differences: Vec<Difference>,
}

/// A field that holds one thing and was to hold another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    pub(crate) label: &'static str,
    pub(crate) saved: String,
    pub(crate) typed: String,
}

impl Conflict {
    /// The last change of `edited`, and the fields of `pairs` whose two values differ.
    pub(crate) async fn of(
        visitor: &Visitor,
        edited: &Edited,
        pairs: impl IntoIterator<Item = (&'static str, String, String)>,
    ) -> Self {
        let differences = pairs
            .into_iter()
            .filter(|(_, saved, typed)| saved.trim() != typed.trim())
            .map(|(label, saved, typed)| Difference { label, saved, typed })
            .collect();
        let last = edited.last_change(visitor).await;
        Self {
            who: last
                .as_ref()
                .map_or_else(|| "Someone else".to_owned(), |it| it.actor.name.clone()),
            at: last.map(|it| it.at),
            differences,
        }
    }
}

/// A list as one text, a value a line.
pub(crate) fn lines<T: ToString>(values: impl IntoIterator<Item = T>) -> String {
    values.into_iter().map(|it| it.to_string()).collect::<Vec<_>>().join("\n")
}

/// `On` or `Off`.
pub(crate) fn on_off(on: bool) -> String {
    if on { "On" } else { "Off" }.to_owned()
}
