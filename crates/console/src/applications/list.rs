//! The list of applications.

mod query;

use actix_web::http::StatusCode;
use domain::{
    ApplicationStatus, ApplicationType, Client, Environment, FieldError, Permission, Timestamp,
};
use protocol::GrantType;
use serde::Serialize;
use service::{
    ListPage, Listing,
    applications::{self, ApplicationView},
};
use web::{Page, Query};

use crate::{
    address::{Chip, Pager, SortHead, nothing},
    applications::{Section, address},
    code::{Command, Sample},
    failure::Answer,
    form::typed,
    guard::{Desk, Visitor},
    words::{self, Choice},
};
use query::{ListQuery, api_path};

/// An end closer than this is told in the list.
const SOON: std::time::Duration = std::time::Duration::from_hours(30 * 24);

/// The list of applications.
#[derive(Debug, Serialize)]
pub(crate) struct ListPageView {
    filter: FilterForm,
    summary: String,
    chips: Vec<Chip>,
    heads: Heads,
    rows: Vec<Row>,
    pager: Pager,
    may_write: bool,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for ListPageView {
    const TEMPLATE: &'static str = "console/applications/list.html";
}

/// The form above the list, as it was sent.
#[derive(Debug, Serialize)]
struct FilterForm {
    #[serde(flatten)]
    query: ListQuery,
    types: Vec<Choice>,
    grants: Vec<Choice>,
    statuses: Vec<Choice>,
    envs: Vec<Choice>,
    confidentials: Vec<Choice>,
    /// A filter of those that most do not need is on.
    is_more_open: bool,
}

#[derive(Debug, Serialize)]
struct Heads {
    name: SortHead,
    used: SortHead,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    href: String,
    kind: &'static str,
    environments: Vec<&'static str>,
    status: RowStatus,
    last_used_at: Option<Timestamp>,
    secrets: usize,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct RowStatus {
    kind: &'static str,
    label: &'static str,
    at: Option<Timestamp>,
}

/// `GET /console/applications`.
pub(crate) async fn list(visitor: Visitor, Query(query): Query<ListQuery>) -> Answer {
    let (filter, errors) = query.read();
    if !errors.is_empty() {
        let page = ListPageView {
            summary: "Nothing was looked for.".to_owned(),
            errors,
            // What its form does not show would be sent again with it.
            ..draw(&visitor, &query.without_hidden(), &nothing())
        };
        return visitor.show_as(&page, StatusCode::BAD_REQUEST);
    }
    let (_, sort) = query.sort();
    let page = ListPage { cursor: typed(&query.cursor), with_total: true, ..ListPage::default() };
    let found = applications::list(&visitor.service, &visitor.call, filter, sort, page).await?;
    visitor.show(&draw(&visitor, &query, &found))
}

fn draw(desk: &Desk, query: &ListQuery, found: &Listing<ApplicationView>) -> ListPageView {
    let here = query.address();
    let (by, order) = query.sort();
    let head = |column, descending| here.sort_head(column, (by, order.descending), descending);
    let now = desk.now();
    let owner = found.items.first().and_then(|it| it.owner.as_ref()).map(|it| it.name.as_str());
    ListPageView {
        filter: filter_form(query),
        summary: words::count(found.total.unwrap_or_default(), "application", "applications"),
        chips: query.chips(owner),
        heads: Heads {
            name: head(("name", "Name"), false),
            used: head(("used", "Last used"), true).class("p2"),
        },
        pager: here.pager(found.prev_cursor.as_deref(), found.next_cursor.as_deref()),
        rows: found.items.iter().map(|it| row(it, now)).collect(),
        may_write: desk.may(Permission::AppsWrite),
        errors: Vec::new(),
        samples: vec![Command::get(&desk.config, "List applications", &api_path(query))],
    }
}

fn filter_form(query: &ListQuery) -> FilterForm {
    let any = |label: &str| std::iter::once(Choice::new("", label));
    let types = ApplicationType::ALL.iter();
    let types = types.map(|it| Choice::new(it.as_str(), words::application_type(*it)));
    let grants = GrantType::ALL.iter().map(|it| Choice::new(it.as_str(), words::grant(*it)));
    let statuses = ApplicationStatus::ALL.iter();
    let statuses =
        statuses.map(|it| Choice::new(it.as_str(), words::application_status(*it).label));
    let envs = Environment::ALL.iter();
    let envs = envs.map(|it| Choice::new(it.as_str(), words::environment(*it)));
    FilterForm {
        is_more_open: [
            &query.env,
            &query.callback,
            &query.scope,
            &query.confidential,
            &query.unused_since,
        ]
        .iter()
        .any(|it| !it.is_empty()),
        query: query.clone(),
        types: any("All types").chain(types).collect(),
        grants: any("Any grant").chain(grants).collect(),
        statuses: any("Any status").chain(statuses).collect(),
        envs: any("Both").chain(envs).collect(),
        confidentials: vec![
            Choice::new("", "Any"),
            Choice::new("true", "Confidential"),
            Choice::new("false", "Public"),
        ],
    }
}

fn row(view: &ApplicationView, now: Timestamp) -> Row {
    let application = &view.application;
    let clients = || application.clients.iter();
    let has_production = clients().any(|it| it.environment == Environment::Production);
    let environment = if has_production { Environment::Production } else { Environment::Sandbox };
    let live = |client: &Client| client.secrets.iter().filter(|it| it.is_live(now)).count();
    Row {
        name: application.name.clone(),
        href: address(application, Section::Keys, environment),
        kind: words::application_type(application.application_type),
        environments: clients().map(|it| it.environment.as_str()).collect(),
        status: row_status(view, now),
        last_used_at: view.last_used_at(),
        secrets: clients().map(live).sum(),
    }
}

/// What is most worth knowing: that it is off, that it cannot sign in, that it soon cannot.
fn row_status(view: &ApplicationView, now: Timestamp) -> RowStatus {
    let application = &view.application;
    if application.status == ApplicationStatus::Disabled {
        return RowStatus { kind: "", label: "Disabled", at: None };
    }
    let confidential = || application.clients.iter().filter(|it| it.keeps_secret());
    let live = |client: &Client| client.secrets.iter().any(|it| it.is_live(now));
    if confidential().any(|it| !live(it)) {
        return RowStatus { kind: "warn", label: "No secret", at: None };
    }
    // The last of a client's secrets counts: before it ends, another one works.
    let end = |client: &Client| {
        let ends = client.secrets.iter().filter(|it| it.is_live(now)).map(|it| it.expires_at);
        ends.max_by_key(|it| it.map_or(i64::MAX, Timestamp::as_millis)).flatten()
    };
    match confidential().filter_map(end).min().filter(|it| *it < now.plus(SOON)) {
        Some(end) => RowStatus { kind: "warn", label: "Secret expires", at: Some(end) },
        None => RowStatus { kind: "ok", label: "Active", at: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn the_status_tells_what_is_most_worth_knowing() {
        let now = testing::NOW;
        let day = std::time::Duration::from_hours(24);
        let with_ends = |ends: &[Option<Timestamp>]| {
            let mut view = testing::application_view();
            let client = &mut view.application.clients[0];
            client.secrets = ends.iter().map(|end| testing::secret(*end)).collect();
            row_status(&view, now)
        };

        assert_eq!(with_ends(&[]).label, "No secret");
        assert_eq!(with_ends(&[Some(now.minus(day))]).label, "No secret");
        assert_eq!(with_ends(&[Some(now.plus(day))]).at, Some(now.plus(day)));
        assert_eq!(with_ends(&[Some(now.plus(day)), None]).label, "Active");
        assert_eq!(with_ends(&[Some(now.plus(day * 60))]).label, "Active");
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html};

    fn listing(items: Vec<ApplicationView>) -> Listing<ApplicationView> {
        let total = u64::try_from(items.len()).ok();
        Listing { items, next_cursor: Some("next".to_owned()), prev_cursor: None, limit: 50, total }
    }

    #[actix_web::test]
    async fn the_list_draws_with_filters_sorting_and_pages() {
        let query = ListQuery { q: "photo".to_owned(), ..ListQuery::default() };
        let found = listing(vec![testing::application_view()]);

        let page = html(draw(&desk(Role::Owner), &query, &found)).await;

        assert!(page.contains("Photo Printer") && page.contains("1 application"), "{page}");
        assert!(page.contains("aria-sort=\"ascending\""));
        assert!(page.contains("Remove filter “photo”"));
        assert!(page.contains("cursor=next"));
        assert_read_by::<ListQuery>(&page);
    }

    #[actix_web::test]
    async fn nothing_at_all_and_nothing_that_matches_are_told_apart() {
        let filtered = ListQuery { q: "x".to_owned(), ..ListQuery::default() };

        let none = html(draw(&desk(Role::Owner), &ListQuery::default(), &listing(vec![]))).await;
        let no_match = html(draw(&desk(Role::Owner), &filtered, &listing(vec![]))).await;

        assert!(none.contains("No applications yet"), "{none}");
        assert!(no_match.contains("Nothing matches") && no_match.contains("Clear filters"));
    }
}
