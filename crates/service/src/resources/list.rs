//! Reading APIs.

use std::collections::HashMap;

use domain::{Client, Id, Permission, Resource};
use protocol::Scope;
use store::{
    Read, StoreError,
    repo::{catalogue as catalogue_repo, names, resources},
};

use super::{ResourceFilter, ResourceView, ScopeUse};
use crate::{
    Call, ListPage, Listing, Problem, Service, clients,
    listing::{Cursors, MAX_TOTAL},
    named::ClientName,
};

/// No more clients of an API are looked at than these.
const MAX_USES: u64 = 1000;

/// The APIs that `filter` wants, by name.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::ResourcesRead`],
/// [`Problem::Invalid`] for a limit out of range or a cursor of another list.
pub async fn list(
    service: &Service,
    call: &Call,
    filter: ResourceFilter,
    page: ListPage,
) -> Result<Listing<ResourceView>, Problem> {
    call.require(Permission::ResourcesRead)?;
    let store = &service.parts.store;
    let cursors = Cursors::new(&service.parts.handles, format!("resources {filter:?}"));
    let request = cursors.request(&page)?;
    let text = filter.text.as_deref();
    let found = resources::list(store, text, &request).await?;
    let total =
        if page.with_total { Some(resources::count(store, text, MAX_TOTAL).await?) } else { None };
    let combinations = resources::scope_combinations(store).await?;
    let listing = cursors.listing(found, page.limit, total, resources::position);
    Ok(listing.map(|resource| view(resource, &combinations)))
}

/// The API `id`.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::ResourcesRead`], [`Problem::NotFound`].
pub async fn get(
    service: &Service,
    call: &Call,
    id: Id<Resource>,
) -> Result<ResourceView, Problem> {
    call.require(Permission::ResourcesRead)?;
    let store = &service.parts.store;
    let resource = resources::find(store, id).await?.ok_or(Problem::NotFound("API"))?;
    Ok(view_of(store, resource).await?)
}

/// `resource` with how much it is used.
pub(super) async fn view_of(
    db: &impl Read,
    resource: Resource,
) -> Result<ResourceView, StoreError> {
    Ok(view(resource, &resources::scope_combinations(db).await?))
}

/// Who may ask for the scopes of the API `id`, as far as the caller may see them.
///
/// # Errors
///
/// As [`get`].
pub async fn uses(
    service: &Service,
    call: &Call,
    id: Id<Resource>,
) -> Result<Vec<ScopeUse>, Problem> {
    call.require(Permission::ResourcesRead)?;
    let store = &service.parts.store;
    let resource = resources::find(store, id).await?.ok_or(Problem::NotFound("API"))?;
    let scopes: Vec<&str> = resource.scopes.iter().map(|it| it.name.as_str()).collect();
    let holders = resources::clients_that_may_ask(store, &scopes, MAX_USES).await?;
    let named = visible_names(service, call, &holders).await?;
    let uses = resource.scopes.iter().map(|scope| ScopeUse {
        scope: scope.clone(),
        clients: holders
            .iter()
            .filter(|(_, scopes)| scopes.contains(scope.name.as_str()))
            .filter_map(|(id, _)| named.get(id).cloned())
            .collect(),
    });
    Ok(uses.collect())
}

/// Every API with its scopes, for whoever chooses scopes.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::ResourcesRead`].
pub async fn catalogue(service: &Service, call: &Call) -> Result<Vec<Resource>, Problem> {
    call.require(Permission::ResourcesRead)?;
    Ok(catalogue_repo::load(&service.parts.store).await?)
}

async fn visible_names(
    service: &Service,
    call: &Call,
    holders: &[(Id<Client>, Scope)],
) -> Result<HashMap<Id<Client>, ClientName>, Problem> {
    if !call.has(Permission::AppsRead) {
        return Ok(HashMap::new());
    }
    let store = &service.parts.store;
    let mut named = names::of_clients(store, holders.iter().map(|(id, _)| *id)).await?;
    if call.owner_seen().is_some() {
        let mut hidden = Vec::new();
        for (id, name) in &named {
            let seen = clients::find(store, call, name.application.id, name.environment).await;
            match seen {
                Ok(_) => {}
                Err(Problem::NotFound(_)) => hidden.push(*id),
                Err(problem) => return Err(problem),
            }
        }
        named.retain(|id, _| !hidden.contains(id));
    }
    Ok(named)
}

fn view(resource: Resource, combinations: &[(Scope, u64)]) -> ResourceView {
    let opens = |scopes: &Scope| resource.scopes.iter().any(|it| scopes.contains(it.name.as_str()));
    let clients = combinations.iter().filter(|(scopes, _)| opens(scopes)).map(|(_, n)| n).sum();
    ResourceView { resource, clients }
}
