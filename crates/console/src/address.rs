//! Addresses of lists: filters, order and place in them stand in the query.

use std::fmt;

use serde::Serialize;
use service::Listing;
use url::form_urlencoded;

/// The address of one page with its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    path: String,
    pairs: Vec<(&'static str, String)>,
}

/// A filter that is on, and the address without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Chip {
    pub(crate) label: String,
    pub(crate) href: String,
}

/// The head of a column that sorts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct SortHead {
    pub(crate) label: &'static str,
    pub(crate) href: String,
    pub(crate) order: &'static str,
    pub(crate) class: &'static str,
}

/// Where the pages before and after this one are; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Pager {
    pub(crate) newer: String,
    pub(crate) older: String,
}

/// The list of what was asked in words that nobody understands.
pub(crate) const fn nothing<T>() -> Listing<T> {
    Listing { items: Vec::new(), next_cursor: None, prev_cursor: None, limit: 0, total: None }
}

impl Address {
    pub(crate) fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), pairs: Vec::new() }
    }

    /// The address with `name` set to `value`; an empty value takes it away.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.pairs.retain(|(it, _)| *it != name);
        if !value.is_empty() {
            self.pairs.push((name, value));
        }
        self
    }

    /// The address without `name`.
    pub(crate) fn without(self, name: &'static str) -> Self {
        self.with(name, "")
    }

    /// The chip that takes `name` away and goes back to the first page.
    pub(crate) fn chip(&self, name: &'static str, label: impl Into<String>) -> Chip {
        let href = self.clone().without(name).without("cursor").to_string();
        Chip { label: label.into(), href }
    }

    /// The pages before and after, by their cursors.
    pub(crate) fn pager(&self, previous: Option<&str>, next: Option<&str>) -> Pager {
        let at = |cursor: Option<&str>| {
            cursor.map(|it| self.clone().with("cursor", it).to_string()).unwrap_or_default()
        };
        Pager { newer: at(previous), older: at(next) }
    }

    /// The head of the column `key`, while the list is sorted by `by`.
    ///
    /// A column that is sorted by turns around; another begins the way most want it.
    pub(crate) fn sort_head(
        &self,
        (key, label): (&'static str, &'static str),
        (by, descending): (&str, bool),
        starts_descending: bool,
    ) -> SortHead {
        let is_current = key == by;
        let next_descending = if is_current { !descending } else { starts_descending };
        let direction = if next_descending { "desc" } else { "asc" };
        let href = self.clone().without("cursor").with("sort", key).with("dir", direction);
        let order = match (is_current, descending) {
            (true, true) => "descending",
            (true, false) => "ascending",
            (false, _) => "none",
        };
        SortHead { label, href: href.to_string(), order, class: "" }
    }
}

impl SortHead {
    /// The head with the class that says on how narrow a screen it is shown.
    pub(crate) fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if self.pairs.is_empty() {
            return Ok(());
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.pairs);
        write!(f, "?{}", query.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Address {
        Address::new("/console/applications").with("q", "photo & print").with("cursor", "abc")
    }

    #[test]
    fn values_are_encoded_and_empty_ones_left_out() {
        assert_eq!(
            list().with("type", "").to_string(),
            "/console/applications?q=photo+%26+print&cursor=abc"
        );
        assert_eq!(Address::new("/console").to_string(), "/console");
    }

    #[test]
    fn a_chip_leads_to_the_first_page_without_its_filter() {
        let chip = list().with("type", "web").chip("q", "photo & print");

        assert_eq!(chip.href, "/console/applications?type=web");
    }

    #[test]
    fn paging_keeps_the_filters() {
        let pager = list().pager(None, Some("def"));

        assert_eq!(pager.newer, "");
        assert_eq!(pager.older, "/console/applications?q=photo+%26+print&cursor=def");
    }

    #[test]
    fn the_current_column_turns_around_and_others_begin_afresh() {
        let current = list().sort_head(("name", "Name"), ("name", false), false);
        let other = list().sort_head(("used", "Last used"), ("name", false), true);

        assert_eq!(current.order, "ascending");
        assert!(current.href.ends_with("sort=name&dir=desc"), "{}", current.href);
        assert!(!current.href.contains("cursor"));
        assert_eq!(other.order, "none");
        assert!(other.href.ends_with("sort=used&dir=desc"));
    }
}
