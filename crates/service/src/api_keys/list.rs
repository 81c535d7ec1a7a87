//! Listing API keys.

use domain::Permission;
use store::repo::api_keys;

use super::ApiKeyView;
use crate::{
    Call, ListPage, Listing, Problem, Service,
    listing::{Cursors, MAX_TOTAL},
};

/// The API keys that were not revoked, the newest first.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AdminsRead`], [`Problem::Invalid`]
/// for a limit out of range or a cursor of another list.
pub async fn list(
    service: &Service,
    call: &Call,
    page: ListPage,
) -> Result<Listing<ApiKeyView>, Problem> {
    call.require(Permission::AdminsRead)?;
    let store = &service.parts.store;
    let cursors = Cursors::new(&service.parts.handles, "api keys".to_owned());
    let request = cursors.request(&page)?;
    let found = api_keys::list(store, &request).await?;
    let total = if page.with_total { Some(api_keys::count(store, MAX_TOTAL).await?) } else { None };
    Ok(cursors.listing(found, page.limit, total, ApiKeyView::position))
}
