//! What stands around a page of the control center.

use serde::Serialize;

/// Who looks and where they can go. A guard puts it into the request's extensions.
#[derive(Debug, Clone, Serialize)]
pub struct Shell {
    /// Who is signed in.
    pub viewer: Viewer,
    /// The entries they may open.
    pub nav: Vec<NavGroup>,
    /// Whether the button for a new application is drawn.
    pub may_register: bool,
}

/// Who is signed in, as pages name them.
#[derive(Debug, Clone, Serialize)]
pub struct Viewer {
    /// The name they go by.
    pub name: String,
    /// E-mail address or role.
    pub detail: String,
}

/// Entries under one heading; the first group has none.
#[derive(Debug, Clone, Serialize)]
pub struct NavGroup {
    /// The heading, empty for none.
    pub title: String,
    /// The entries, in order.
    pub entries: Vec<NavEntry>,
}

/// One entry of a list of places.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NavEntry {
    /// Where it leads.
    pub href: String,
    /// The icon's name in `icons.svg`; unused in lists without icons.
    pub icon: &'static str,
    /// What it is called.
    pub label: String,
    /// A number worth seeing from everywhere; zero is not drawn.
    pub count: u64,
    /// What the number counts, for those who do not see it.
    pub count_label: &'static str,
    /// Whether this page is there.
    pub current: bool,
}

impl NavEntry {
    /// An entry without a number.
    #[must_use]
    pub fn new(href: impl Into<String>, icon: &'static str, label: impl Into<String>) -> Self {
        Self { href: href.into(), icon, label: label.into(), ..Self::default() }
    }
}

impl Shell {
    /// The shell as a page at `path` shows it: the closest entry above it is the current one.
    pub(super) fn at(&self, path: &str) -> Self {
        let mut shell = self.clone();
        mark_current(&mut shell.nav, path);
        shell
    }
}

/// Marks the entry that leads to `path` or closest above it.
pub fn mark_current(groups: &mut [NavGroup], path: &str) {
    let is_above = |href: &str| {
        path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let hrefs = || groups.iter().flat_map(|group| &group.entries).map(|it| it.href.as_str());
    // An entry that others stand below, such as the overview, is a page and not a part.
    let is_page = |href: &str| {
        hrefs().any(|it| it.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')))
    };
    let closest = hrefs().filter(|href| *href == path || (is_above(href) && !is_page(href)));
    let Some(closest) = closest.max_by_key(|href| href.len()).map(ToOwned::to_owned) else {
        return;
    };
    for entry in groups.iter_mut().flat_map(|group| &mut group.entries) {
        entry.current = entry.href == closest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn current(path: &str) -> Vec<String> {
        let entry = |href: &str| NavEntry::new(href, "home", href);
        let nav = vec![NavGroup {
            title: String::new(),
            entries: vec![entry("/console"), entry("/console/users"), entry("/console/user")],
        }];
        let viewer = Viewer { name: String::new(), detail: String::new() };
        let shell = Shell { viewer, nav, may_register: false }.at(path);
        let entries = shell.nav.into_iter().flat_map(|group| group.entries);
        entries.filter(|it| it.current).map(|it| it.href).collect()
    }

    #[test]
    fn the_closest_entry_above_is_current() {
        assert_eq!(current("/console"), ["/console"]);
        assert_eq!(current("/console/users"), ["/console/users"]);
        assert_eq!(current("/console/users/usr_1/keys"), ["/console/users"]);
        assert_eq!(current("/console/search"), Vec::<String>::new(), "that is not the overview");
        assert_eq!(current("/account"), Vec::<String>::new());
    }
}
