//! Reading applications.

use domain::{Application, Id, Permission};
use store::repo::applications;

use super::{
    ApplicationFilter, ApplicationSort, ApplicationView,
    view::{view, views},
};
use crate::{
    Call, ListPage, Listing, Problem, Service, Sort,
    listing::{Cursors, MAX_TOTAL},
};

/// The applications that `filter` wants and the caller may see.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AppsRead`], [`Problem::Invalid`]
/// for a limit out of range or a cursor of another list.
pub async fn list(
    service: &Service,
    call: &Call,
    filter: ApplicationFilter,
    sort: Sort<ApplicationSort>,
    page: ListPage,
) -> Result<Listing<ApplicationView>, Problem> {
    call.require(Permission::AppsRead)?;
    let store = &service.parts.store;
    let list = format!("applications {filter:?} {sort:?}");
    let cursors = Cursors::new(&service.parts.handles, list);
    let request = cursors.request(&page)?;
    let seen = call.owner_seen();
    let found =
        applications::list(store, &filter, seen, (sort.by, sort.descending), &request).await?;
    let total = if page.with_total {
        Some(applications::count(store, &filter, seen, MAX_TOTAL).await?)
    } else {
        None
    };
    let listing = cursors.listing(found, page.limit, total, |record| record.position(sort.by));
    let Listing { items, next_cursor, prev_cursor, limit, total } = listing;
    let items = views(store, items).await?;
    Ok(Listing { items, next_cursor, prev_cursor, limit, total })
}

/// The application `id`.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AppsRead`], [`Problem::NotFound`],
/// also for an application that the caller may not see.
pub async fn get(
    service: &Service,
    call: &Call,
    id: Id<Application>,
) -> Result<ApplicationView, Problem> {
    call.require(Permission::AppsRead)?;
    let store = &service.parts.store;
    let record = applications::find(store, id, call.owner_seen())
        .await?
        .ok_or(Problem::NotFound("application"))?;
    Ok(view(store, record).await?)
}
