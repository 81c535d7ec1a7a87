//! What was granted and still opens something.

use domain::{Grant, Id, Permission, audit::Action};
use serde_json::json;
use store::repo::{
    grants,
    issued::{self, Which},
    names,
};

use super::{IssuedFilter, Revoked, TokenView, require_filter, user_names};
use crate::{
    Call, ListPage, Listing, Problem, Service,
    listing::{Cursors, MAX_TOTAL},
    transaction::Event,
};

/// The live grants that `filter` wants, the newest first.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::TokensRead`], [`Problem::Invalid`]
/// for a limit out of range or a cursor of another list.
pub async fn list_tokens(
    service: &Service,
    call: &Call,
    filter: IssuedFilter,
    page: ListPage,
) -> Result<Listing<TokenView>, Problem> {
    call.require(Permission::TokensRead)?;
    let store = &service.parts.store;
    let now = service.parts.clock.now();
    let cursors = Cursors::new(&service.parts.handles, format!("tokens {filter:?}"));
    let request = cursors.request(&page)?;
    let which = Which { id: None, filter: &filter, owner_seen: call.owner_seen() };
    let found = issued::list_live_grants(store, &which, &request, now).await?;
    let total = if page.with_total {
        Some(issued::count_live_grants(store, &which, now, MAX_TOTAL).await?)
    } else {
        None
    };
    let clients = names::of_clients(store, found.items.iter().map(|it| it.grant.client_id)).await?;
    let users = user_names(store, call, found.items.iter().map(|it| it.grant.user_id)).await?;
    let listing =
        cursors.listing(found, page.limit, total, |live| issued::token_position(&live.grant));
    let Listing { items, next_cursor, prev_cursor, limit, total } = listing;
    let items = items.into_iter().filter_map(|live| {
        Some(TokenView {
            user: users.get(&live.grant.user_id)?.clone(),
            client: clients.get(&live.grant.client_id)?.clone(),
            last_used_at: live.last_used_at,
            refresh_expires_at: live.refresh_expires_at,
            grant: live.grant,
        })
    });
    Ok(Listing { items: items.collect(), next_cursor, prev_cursor, limit, total })
}

/// Ends one grant with all its tokens.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::TokensRevoke`], [`Problem::NotFound`].
pub async fn revoke_token(service: &Service, call: &Call, id: Id<Grant>) -> Result<(), Problem> {
    call.require(Permission::TokensRevoke)?;
    let now = service.parts.clock.now();
    service
        .write(async |tx| {
            let filter = IssuedFilter::default();
            let which = Which { id: Some(id), filter: &filter, owner_seen: call.owner_seen() };
            let grant = grants::find(tx, id).await?.ok_or(Problem::NotFound("token"))?;
            if issued::revoke_live_grants(tx, &which, now).await? == 0 {
                return Err(Problem::NotFound("token"));
            }
            let mut clients = names::of_clients(tx, [grant.client_id]).await?;
            let client = clients.remove(&grant.client_id).ok_or(Problem::NotFound("token"))?;
            let details = json!({
                "grant": id,
                "user": grant.user_id,
                "client_id": client.client_id,
                "environment": client.environment,
            });
            let (action, target) = (Action::TokenRevoked, Revoked::of_client(&client));
            service.record(tx, Event { call, action, now, target, details }).await
        })
        .await
}

/// Ends every grant that `filter` means with all its tokens; says how many ended.
///
/// A signed access token that a client got for itself is not stored and goes on
/// until it expires; disabling the application makes it worthless at once.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::TokensRevoke`],
/// [`Problem::Invalid`] for an empty filter.
pub async fn revoke_tokens(
    service: &Service,
    call: &Call,
    filter: IssuedFilter,
) -> Result<u64, Problem> {
    call.require(Permission::TokensRevoke)?;
    require_filter(filter == IssuedFilter::default())?;
    let now = service.parts.clock.now();
    service
        .write(async |tx| {
            let which = Which { id: None, filter: &filter, owner_seen: call.owner_seen() };
            let ended = issued::revoke_live_grants(tx, &which, now).await?;
            let Some(target) = Revoked::of_filter(tx, call, &filter).await? else {
                return Ok(ended);
            };
            let details = json!({
                "ended_grants": ended,
                "user": filter.user,
                "application": filter.application,
                "environment": filter.environment,
                "scope": filter.scope,
            });
            let action = Action::TokenRevoked;
            service.record(tx, Event { call, action, now, target, details }).await?;
            Ok(ended)
        })
        .await
}
