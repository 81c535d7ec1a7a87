//! Two people at one form: what the other saved, beside what was typed.

use domain::Timestamp;
use serde::Serialize;
use service::{
    ListPage,
    audit_log::{self, EventFilter},
};

use crate::guard::Visitor;

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
    /// The last change of `target`, and the fields of `pairs` whose two values differ.
    pub(crate) async fn of(
        visitor: &Visitor,
        target: &str,
        pairs: impl IntoIterator<Item = (&'static str, String, String)>,
    ) -> Self {
        let differences = pairs
            .into_iter()
            .filter(|(_, saved, typed)| saved.trim() != typed.trim())
            .map(|(label, saved, typed)| Difference { label, saved, typed })
            .collect();
        let filter = EventFilter { target: Some(target.to_owned()), ..EventFilter::default() };
        let page = ListPage { limit: 1, ..ListPage::default() };
        let last = audit_log::list(&visitor.service, &visitor.call, filter, page).await;
        let last = last.ok().and_then(|it| it.items.into_iter().next());
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
