//! Reading accounts.

use domain::{Id, Permission, User};
use store::repo::users;

use super::{UserFilter, UserSort};
use crate::{
    Call, ListPage, Listing, Problem, Service, Sort,
    listing::{Cursors, MAX_TOTAL},
};

/// The people that `filter` wants.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::UsersRead`], [`Problem::Invalid`]
/// for a limit out of range or a cursor of another list.
pub async fn list(
    service: &Service,
    call: &Call,
    filter: UserFilter,
    sort: Sort<UserSort>,
    page: ListPage,
) -> Result<Listing<User>, Problem> {
    call.require(Permission::UsersRead)?;
    let store = &service.parts.store;
    let cursors = Cursors::new(&service.parts.handles, format!("users {filter:?} {sort:?}"));
    let request = cursors.request(&page)?;
    let found = users::list(store, &filter, (sort.by, sort.descending), &request).await?;
    let total =
        if page.with_total { Some(users::count(store, &filter, MAX_TOTAL).await?) } else { None };
    Ok(cursors.listing(found, page.limit, total, |user| users::position(user, sort.by)))
}

/// The account `id`.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::UsersRead`], [`Problem::NotFound`].
pub async fn get(service: &Service, call: &Call, id: Id<User>) -> Result<User, Problem> {
    call.require(Permission::UsersRead)?;
    users::find(&service.parts.store, id).await?.ok_or(Problem::NotFound("user"))
}
