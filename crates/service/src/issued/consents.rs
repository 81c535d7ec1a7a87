//! What people approved for good.

use std::collections::BTreeSet;

use domain::{Client, Consent, Id, Permission, Timestamp, User, audit::Action};
use serde_json::json;
use store::{
    Tx,
    repo::{
        issued::{self, Which},
        names,
    },
};

use super::{ConsentView, IssuedFilter, Revoked, require_filter, user_names};
use crate::{
    Call, ListPage, Listing, Problem, Service,
    listing::{Cursors, MAX_TOTAL},
    transaction::Event,
};

/// The remembered decisions that `filter` wants, the newest first.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::ConsentsRead`],
/// [`Problem::Invalid`] for a limit out of range or a cursor of another list.
pub async fn list_consents(
    service: &Service,
    call: &Call,
    filter: IssuedFilter,
    page: ListPage,
) -> Result<Listing<ConsentView>, Problem> {
    call.require(Permission::ConsentsRead)?;
    let store = &service.parts.store;
    let cursors = Cursors::new(&service.parts.handles, format!("consents {filter:?}"));
    let request = cursors.request(&page)?;
    let which = Which { id: None, filter: &filter, owner_seen: call.owner_seen() };
    let found = issued::list_consents(store, &which, &request).await?;
    let total = if page.with_total {
        Some(issued::count_consents(store, &which, MAX_TOTAL).await?)
    } else {
        None
    };
    let clients = names::of_clients(store, found.items.iter().map(|it| it.client_id)).await?;
    let users = user_names(store, call, found.items.iter().map(|it| it.user_id)).await?;
    let listing = cursors.listing(found, page.limit, total, issued::consent_position);
    let Listing { items, next_cursor, prev_cursor, limit, total } = listing;
    let items = items.into_iter().filter_map(|consent| {
        let client = clients.get(&consent.client_id)?.clone();
        let user = users.get(&consent.user_id)?.clone();
        Some(ConsentView { consent, user, client })
    });
    Ok(Listing { items: items.collect(), next_cursor, prev_cursor, limit, total })
}

/// Withdraws one remembered decision; what was issued by it ends.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::ConsentsWrite`], [`Problem::NotFound`].
pub async fn revoke_consent(
    service: &Service,
    call: &Call,
    id: Id<Consent>,
) -> Result<(), Problem> {
    call.require(Permission::ConsentsWrite)?;
    let filter = IssuedFilter::default();
    match revoke(service, call, Some(id), &filter).await? {
        0 => Err(Problem::NotFound("consent")),
        _ => Ok(()),
    }
}

/// Withdraws every remembered decision that `filter` means; says how many there
/// were. What was issued by them ends.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::ConsentsWrite`],
/// [`Problem::Invalid`] for an empty filter.
pub async fn revoke_consents(
    service: &Service,
    call: &Call,
    filter: IssuedFilter,
) -> Result<u64, Problem> {
    call.require(Permission::ConsentsWrite)?;
    require_filter(filter == IssuedFilter::default())?;
    revoke(service, call, None, &filter).await
}

async fn revoke(
    service: &Service,
    call: &Call,
    id: Option<Id<Consent>>,
    filter: &IssuedFilter,
) -> Result<u64, Problem> {
    let now = service.parts.clock.now();
    service
        .write(async |tx| {
            let which = Which { id, filter, owner_seen: call.owner_seen() };
            let consents = issued::find_consents(tx, &which).await?;
            let removed = issued::remove_consents(tx, &which).await?;
            let pairs: BTreeSet<(Id<User>, Id<Client>)> =
                consents.iter().map(|it| (it.user_id, it.client_id)).collect();
            let clients = names::of_clients(tx, consents.iter().map(|it| it.client_id)).await?;
            for (user, client) in pairs {
                let Some(client) = clients.get(&client) else { continue };
                end_grants(tx, user, client, now).await?;
                let target = Revoked::of_client(client);
                let details = json!({
                    "user": user,
                    "client_id": client.client_id,
                    "environment": client.environment,
                });
                let action = Action::ConsentRevoked;
                service.record(tx, Event { call, action, now, target, details }).await?;
            }
            tx.invalidate_caches();
            Ok(removed)
        })
        .await
}

async fn end_grants(
    tx: &Tx,
    user: Id<User>,
    client: &crate::named::ClientName,
    now: Timestamp,
) -> Result<(), Problem> {
    let filter = IssuedFilter {
        user: Some(user),
        application: Some(client.application.id),
        environment: Some(client.environment),
        scope: None,
    };
    let grants = Which { id: None, filter: &filter, owner_seen: None };
    issued::revoke_live_grants(tx, &grants, now).await?;
    Ok(())
}
