//! Putting the first page together.

use domain::{Permission, audit::Action};
use store::repo::{
    activity as events,
    applications::{self, ApplicationFilter},
    issued::{self, IssuedFilter, Which},
    resources,
    users::{self, UserFilter},
};

use super::{Activity, Checklist, Overview, activity, findings};
use crate::{Call, Problem, Service, listing::MAX_TOTAL};

/// A day and a week, in hours.
const DAY: u32 = 24;
const WEEK: u32 = 7 * DAY;
/// So many changes are shown.
const RECENT: u64 = 10;

/// The figures of the first page, as far as the caller may see them.
///
/// # Errors
///
/// When the database fails.
pub async fn show(service: &Service, call: &Call) -> Result<Overview, Problem> {
    let store = &service.parts.store;
    let now = service.parts.clock.now();
    let seen = call.owner_seen();
    let mut overview = Overview::default();
    if call.has(Permission::AppsRead) {
        let every = ApplicationFilter::default();
        overview.applications = Some(applications::count(store, &every, seen, MAX_TOTAL).await?);
        overview.findings = Some(findings::all(store, call, now).await?);
    }
    if call.has(Permission::UsersRead) {
        let everybody = UserFilter::default();
        overview.users = Some(users::count(store, &everybody, MAX_TOTAL).await?);
    }
    if call.has(Permission::ResourcesRead) {
        overview.resources = Some(resources::count(store, None, MAX_TOTAL).await?);
    }
    if call.has(Permission::TokensRead) {
        let every = IssuedFilter::default();
        let which = Which { id: None, filter: &every, owner_seen: seen };
        let live = issued::count_live_grants(store, &which, now, MAX_TOTAL).await?;
        overview.live_grants = Some(live);
    }
    if call.has(Permission::AuditRead) {
        overview.activity = Some(activity::last(store, now, DAY).await?);
        overview.recent_changes = events::recent_changes(store, RECENT).await?;
    }
    overview.checklist = checklist(service, call, &overview).await?;
    Ok(overview)
}

/// What happened in the last seven days, for those who may read the audit log.
///
/// # Errors
///
/// When the database fails.
pub async fn last_week(service: &Service, call: &Call) -> Result<Option<Activity>, Problem> {
    if !call.has(Permission::AuditRead) {
        return Ok(None);
    }
    let now = service.parts.clock.now();
    Ok(Some(activity::last(&service.parts.store, now, WEEK).await?))
}

/// The first steps, for those who could take all of them.
async fn checklist(
    service: &Service,
    call: &Call,
    overview: &Overview,
) -> Result<Option<Checklist>, Problem> {
    let needed = [Permission::AppsWrite, Permission::ResourcesWrite, Permission::UsersWrite];
    let sees_all = call.owner_seen().is_none();
    if !sees_all || !needed.iter().all(|permission| call.has(*permission)) {
        return Ok(None);
    }
    let issued = [Action::CodeRedeemed, Action::TokenRefreshed];
    let store = &service.parts.store;
    let every = ApplicationFilter::default();
    let application = applications::names(store, &every, None, 1).await?.into_iter().next();
    let token =
        events::ever_happened(store, &issued).await? || applications::was_any_used(store).await?;
    Ok(Some(Checklist {
        application,
        token,
        resource: overview.resources.is_some_and(|count| count > 0),
        user: overview.users.is_some_and(|count| count > 1),
    }))
}
