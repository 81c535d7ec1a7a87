//! The list of APIs.

use domain::Permission;
use serde::{Deserialize, Serialize};
use service::{
    ListPage, Listing,
    resources::{self, ResourceFilter, ResourceView},
};
use web::{Page, Query};

use crate::{
    address::{Address, Chip, Pager},
    code::{Command, Sample},
    failure::Answer,
    form::typed,
    guard::{Desk, Visitor},
    resources::base,
    words,
};

/// What is wanted of the list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    q: String,
    cursor: String,
}

/// The list of APIs.
#[derive(Debug, Serialize)]
pub(crate) struct ListPageView {
    q: String,
    summary: String,
    chips: Vec<Chip>,
    rows: Vec<Row>,
    pager: Pager,
    may_write: bool,
    samples: Vec<Sample>,
}

impl Page for ListPageView {
    const TEMPLATE: &'static str = "console/resources/list.html";
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    href: String,
    identifier: String,
    format: &'static str,
    scopes: usize,
    clients: u64,
}

/// `GET /console/resources`.
pub(crate) async fn list(visitor: Visitor, Query(query): Query<ListQuery>) -> Answer {
    let page = ListPage { cursor: typed(&query.cursor), with_total: true, ..ListPage::default() };
    let filter = ResourceFilter { text: typed(&query.q) };
    let found = resources::list(&visitor.service, &visitor.call, filter, page).await?;
    visitor.show(&draw(&visitor, &query, &found))
}

fn draw(desk: &Desk, query: &ListQuery, found: &Listing<ResourceView>) -> ListPageView {
    let text = typed(&query.q);
    let here = Address::new("/console/resources").with("q", text.clone().unwrap_or_default());
    let chips = text.iter().map(|it| here.chip("q", format!("“{it}”"))).collect();
    let api = Address::new("/resources").with("q", text.unwrap_or_default()).to_string();
    ListPageView {
        q: query.q.clone(),
        summary: words::count(found.total.unwrap_or_default(), "API", "APIs"),
        chips,
        pager: here.pager(found.prev_cursor.as_deref(), found.next_cursor.as_deref()),
        rows: found.items.iter().map(row).collect(),
        may_write: desk.may(Permission::ResourcesWrite),
        samples: vec![Command::get(&desk.config, "List APIs", &api)],
    }
}

fn row(view: &ResourceView) -> Row {
    let resource = &view.resource;
    Row {
        name: resource.name.clone(),
        href: format!("{}/scopes", base(resource)),
        identifier: resource.identifier.clone(),
        format: match resource.token_format {
            domain::TokenFormat::Jwt => "JWT",
            domain::TokenFormat::Opaque => "Opaque",
        },
        scopes: resource.scopes.len(),
        clients: view.clients,
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html};

    #[actix_web::test]
    async fn the_list_draws_full_and_empty() {
        let view = ResourceView { resource: testing::resource(), clients: 2 };
        let found = |items| Listing {
            items,
            next_cursor: None,
            prev_cursor: None,
            limit: 50,
            total: Some(1),
        };
        let query = ListQuery::default();

        let full = html(draw(&desk(Role::Owner), &query, &found(vec![view]))).await;
        let empty = html(draw(&desk(Role::Owner), &query, &found(vec![]))).await;

        assert!(full.contains("https://photos.example.com"), "{full}");
        assert!(empty.contains("Describe an API so its scopes can be asked for."), "{empty}");
        assert_read_by::<ListQuery>(&full);
    }
}
