//! The list of people.

use actix_web::http::StatusCode;
use domain::{FieldError, Permission, Role, Timestamp, User, UserStatus};
use serde::{Deserialize, Serialize};
use service::{
    ListPage, Listing, Sort,
    users::{self, UserFilter, UserSort},
};
use web::{Page, Query};

use crate::{
    address::{Address, Chip, Pager, SortHead, nothing},
    code::{Command, Sample},
    failure::Answer,
    form::{check_order, parsed, typed, understood},
    guard::{Desk, Visitor},
    users::base,
    words::{self, Choice, Tag},
};

/// What the list can be sorted by, the first unless another is asked for.
const SORTS: [(&str, UserSort); 3] =
    [("name", UserSort::Name), ("seen", UserSort::LastSignInAt), ("created", UserSort::CreatedAt)];

/// What is wanted of the list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    q: String,
    status: String,
    role: String,
    sort: String,
    dir: String,
    cursor: String,
}

impl ListQuery {
    /// What is asked for, and what of it is not understood.
    fn read(&self) -> (UserFilter, Vec<FieldError>) {
        let mut errors = Vec::new();
        let filter = UserFilter {
            text: typed(&self.q),
            status: understood(("status", &self.status), "a status", parsed, &mut errors),
            role: understood(("role", &self.role), "a role", parsed, &mut errors),
            has_role: None,
        };
        check_order((&self.sort, &self.dir), &SORTS, &mut errors);
        (filter, errors)
    }

    fn without_hidden(&self) -> Self {
        Self { sort: String::new(), dir: String::new(), ..self.clone() }
    }

    fn filter(&self) -> UserFilter {
        self.read().0
    }

    fn sort(&self) -> (&'static str, Sort<UserSort>) {
        let known = SORTS.into_iter().find(|(name, _)| *name == self.sort);
        let (name, by) = known.unwrap_or(("name", UserSort::Name));
        (name, Sort { by, descending: self.dir == "desc" })
    }

    fn address(&self, path: &str) -> Address {
        let filter = self.filter();
        Address::new(path)
            .with("q", filter.text.unwrap_or_default())
            .with("status", filter.status.map_or("", UserStatus::as_str))
            .with("role", filter.role.map_or("", Role::as_str))
    }

    /// The address that shows this list.
    fn here(&self) -> Address {
        let (sort, order) = self.sort();
        let is_sorted = sort != "name" || order.descending;
        self.address("/console/users")
            .with("sort", if is_sorted { sort } else { "" })
            .with("dir", if order.descending { "desc" } else { "" })
    }

    fn chips(&self) -> Vec<Chip> {
        let filter = self.filter();
        let here = self.here();
        let chips = [
            filter.text.map(|it| here.chip("q", format!("“{it}”"))),
            filter.status.map(|it| here.chip("status", words::user_status(it).label)),
            filter.role.map(|it| here.chip("role", words::role(it))),
        ];
        chips.into_iter().flatten().collect()
    }
}

/// The list of people.
#[derive(Debug, Serialize)]
pub(crate) struct ListPageView {
    q: String,
    status: String,
    role: String,
    sort: String,
    dir: String,
    statuses: Vec<Choice>,
    roles: Vec<Choice>,
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
    const TEMPLATE: &'static str = "console/users/list.html";
}

#[derive(Debug, Serialize)]
struct Heads {
    name: SortHead,
    seen: SortHead,
    created: SortHead,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    username: String,
    email: String,
    href: String,
    role: &'static str,
    status: Tag,
    last_sign_in_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// `GET /console/users`.
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
    let found = users::list(&visitor.service, &visitor.call, filter, sort, page).await?;
    visitor.show(&draw(&visitor, &query, &found))
}

fn draw(desk: &Desk, query: &ListQuery, found: &Listing<User>) -> ListPageView {
    let (by, Sort { descending, .. }) = query.sort();
    let here = query.here();
    let head = |column, turned| here.sort_head(column, (by, descending), turned);
    let api = query.address("/users").to_string();
    let any = |label: &str| std::iter::once(Choice::new("", label));
    let statuses = UserStatus::ALL.iter();
    let statuses = statuses.map(|it| Choice::new(it.as_str(), words::user_status(*it).label));
    let roles = Role::ALL.iter().map(|it| Choice::new(it.as_str(), words::role(*it)));
    ListPageView {
        q: query.q.clone(),
        status: query.status.clone(),
        role: query.role.clone(),
        sort: query.sort.clone(),
        dir: query.dir.clone(),
        statuses: any("Any status").chain(statuses).collect(),
        roles: any("Any role").chain(roles).collect(),
        summary: words::count(found.total.unwrap_or_default(), "user", "users"),
        chips: query.chips(),
        heads: Heads {
            name: head(("name", "Name"), false),
            seen: head(("seen", "Last sign-in"), true).class("p2"),
            created: head(("created", "Added"), true).class("p3"),
        },
        pager: here.pager(found.prev_cursor.as_deref(), found.next_cursor.as_deref()),
        rows: found.items.iter().map(row).collect(),
        may_write: desk.may(Permission::UsersWrite),
        errors: Vec::new(),
        samples: vec![Command::get(&desk.config, "List users", &api)],
    }
}

fn row(user: &User) -> Row {
    Row {
        name: user.shown_name().to_owned(),
        username: user.username.clone(),
        email: user.email.clone(),
        href: base(user),
        role: user.role.map_or("", words::role),
        status: words::user_status(user.status),
        last_sign_in_at: user.last_sign_in_at,
        created_at: user.created_at,
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html};

    #[actix_web::test]
    async fn the_list_draws_and_its_form_is_read() {
        let items = vec![testing::user(None), testing::user(Some(Role::Auditor))];
        let found = Listing {
            items,
            next_cursor: None,
            prev_cursor: Some("p".to_owned()),
            limit: 50,
            total: Some(2),
        };

        let page = html(draw(&desk(Role::Owner), &ListQuery::default(), &found)).await;

        assert!(page.contains("Ana &lt;Ruiz&gt;") && page.contains("2 users"), "{page}");
        assert!(page.contains("Newer"));
        assert_read_by::<ListQuery>(&page);
    }
}
