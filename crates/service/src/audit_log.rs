//! Reading the audit log.

use domain::{Application, AuditEvent, Id, Permission};
use store::{
    PageRequest,
    repo::{
        activity, applications, audit,
        keyset::{Position, SortKey},
    },
};

pub use store::repo::audit::{ChainFault, ChainHead, ChainReport, EventFilter};

use crate::{
    Call, ListPage, Listing, Problem, Service,
    listing::{Cursors, MAX_TOTAL},
};

/// The events that `filter` wants, the newest first.
///
/// Whoever may see an application may see what happened to it.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AuditRead`], [`Problem::Invalid`]
/// for a limit out of range or a cursor of another list.
pub async fn list(
    service: &Service,
    call: &Call,
    filter: EventFilter,
    page: ListPage,
) -> Result<Listing<AuditEvent>, Problem> {
    require_sight(service, call, filter.target.as_deref()).await?;
    let store = &service.parts.store;
    let cursors = Cursors::new(&service.parts.handles, format!("audit {filter:?}"));
    let request = cursors.request::<AuditEvent>(&page)?;
    let request = PageRequest {
        limit: request.limit,
        from: request.from.map(|(position, direction)| (position.id, direction)),
    };
    let found = audit::list(store, &filter, &request).await?;
    let total = if page.with_total {
        Some(audit::count(store, &filter).await?.min(MAX_TOTAL))
    } else {
        None
    };
    Ok(cursors.listing(found, page.limit, total, |event| Position {
        key: SortKey::IdAlone,
        id: event.id,
    }))
}

/// The event `id`.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AuditRead`], [`Problem::NotFound`].
pub async fn get(
    service: &Service,
    call: &Call,
    id: Id<AuditEvent>,
) -> Result<AuditEvent, Problem> {
    if !call.has(Permission::AuditRead) {
        call.require(Permission::AppsRead).map_err(|_lacks| FORBIDDEN)?;
    }
    let event =
        activity::find(&service.parts.store, id).await?.ok_or(Problem::NotFound("event"))?;
    match require_sight(service, call, event.target.as_deref()).await {
        Ok(()) => Ok(event),
        // Whoever may only see some events is not told of the others.
        Err(Problem::Forbidden(_)) => Err(Problem::NotFound("event")),
        Err(problem) => Err(problem),
    }
}

/// Walks the whole chain and checks every place in it, and that it goes on from the head
/// that was `kept`.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AuditRead`].
pub async fn verify(
    service: &Service,
    call: &Call,
    kept: Option<ChainHead>,
) -> Result<ChainReport, Problem> {
    call.require(Permission::AuditRead)?;
    Ok(audit::verify(&service.parts.store, kept).await?)
}

const FORBIDDEN: Problem = Problem::Forbidden(Permission::AuditRead);

async fn require_sight(
    service: &Service,
    call: &Call,
    target: Option<&str>,
) -> Result<(), Problem> {
    if call.has(Permission::AuditRead) {
        return Ok(());
    }
    let target = target.and_then(|text| Id::<Application>::parse(text).ok());
    let Some(id) = target.filter(|_| call.has(Permission::AppsRead)) else {
        return Err(FORBIDDEN);
    };
    let seen = applications::find(&service.parts.store, id, call.owner_seen()).await?;
    seen.map(|_| ()).ok_or(FORBIDDEN)
}
