//! Who is signed in.

use std::collections::HashMap;

use domain::{BrowserSession, Id, Permission, User, audit::Action};
use serde_json::json;
use store::{
    Tx,
    repo::{issued, names},
};

use super::{SessionFilter, SessionView, require_filter, user_names};
use crate::{
    Call, ListPage, Listing, Problem, Service,
    listing::{Cursors, MAX_TOTAL},
    named::UserName,
    transaction::{Event, Target},
};

/// The sessions that `filter` wants, the newest first.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::SessionsRead`],
/// [`Problem::Invalid`] for a limit out of range or a cursor of another list.
pub async fn list_sessions(
    service: &Service,
    call: &Call,
    filter: SessionFilter,
    page: ListPage,
) -> Result<Listing<SessionView>, Problem> {
    call.require(Permission::SessionsRead)?;
    let store = &service.parts.store;
    let now = service.parts.clock.now();
    let cursors = Cursors::new(&service.parts.handles, format!("sessions {filter:?}"));
    let request = cursors.request(&page)?;
    let found = issued::list_sessions(store, &filter, &request, now).await?;
    let total = if page.with_total {
        Some(issued::count_sessions(store, &filter, now, MAX_TOTAL).await?)
    } else {
        None
    };
    let users = user_names(store, call, found.items.iter().map(|it| it.user_id)).await?;
    let mut granted = issued::session_clients(store, &found.items).await?;
    let clients = names::of_clients(store, granted.values().flatten().copied()).await?;
    let listing = cursors.listing(found, page.limit, total, issued::session_position);
    let Listing { items, next_cursor, prev_cursor, limit, total } = listing;
    let items = items.into_iter().filter_map(|session| {
        let of_session = granted.remove(&session.id).unwrap_or_default();
        Some(SessionView {
            id: session.id,
            kind: session.kind,
            user: users.get(&session.user_id)?.clone(),
            user_agent: session.user_agent,
            address: session.address,
            applications: of_session.iter().filter_map(|id| clients.get(id).cloned()).collect(),
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            idle_expires_at: session.idle_expires_at,
            expires_at: session.expires_at,
        })
    });
    Ok(Listing { items: items.collect(), next_cursor, prev_cursor, limit, total })
}

/// Ends one session; the person is signed out.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::SessionsWrite`], [`Problem::NotFound`].
pub async fn end_session(
    service: &Service,
    call: &Call,
    id: Id<BrowserSession>,
) -> Result<(), Problem> {
    call.require(Permission::SessionsWrite)?;
    match end(service, call, Some(id), &SessionFilter::default()).await? {
        0 => Err(Problem::NotFound("session")),
        _ => Ok(()),
    }
}

/// Ends every session that `filter` means; says how many there were.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::SessionsWrite`],
/// [`Problem::Invalid`] for an empty filter.
pub async fn end_sessions(
    service: &Service,
    call: &Call,
    filter: SessionFilter,
) -> Result<u64, Problem> {
    call.require(Permission::SessionsWrite)?;
    require_filter(filter == SessionFilter::default())?;
    end(service, call, None, &filter).await
}

async fn end(
    service: &Service,
    call: &Call,
    id: Option<Id<BrowserSession>>,
    filter: &SessionFilter,
) -> Result<u64, Problem> {
    let now = service.parts.clock.now();
    service
        .write(async |tx| {
            let ended = issued::end_sessions(tx, id, filter, now).await?;
            let names = names::of_users(tx, ended.iter().map(|(_, user)| *user)).await?;
            let mut of_user: HashMap<Id<User>, u64> = HashMap::new();
            for (_, user) in &ended {
                *of_user.entry(*user).or_default() += 1;
            }
            for (user, sessions) in of_user {
                let Some(name) = names.get(&user) else { continue };
                record(service, tx, call, (name, sessions, id), now).await?;
            }
            Ok(u64::try_from(ended.len()).unwrap_or_default())
        })
        .await
}

async fn record(
    service: &Service,
    tx: &Tx,
    call: &Call,
    (user, sessions, id): (&UserName, u64, Option<Id<BrowserSession>>),
    now: domain::Timestamp,
) -> Result<(), Problem> {
    let details = json!({ "sessions": sessions, "session": id });
    let target = Target { id: user.id.to_string(), name: user.username.clone() };
    let action = Action::SessionEnded;
    service.record(tx, Event { call, action, now, target, details }).await
}
