//! Finding what a text may mean.

use domain::{
    Application, AuditEvent, ClientSecret, Environment, Grant, Id, Permission, Resource, User,
};
use store::{
    PageRequest,
    repo::{
        activity, applications, applications::ApplicationRecord, audit, client_secrets, names,
        resources, users,
    },
};

use super::{Hit, SearchAnswer, recognize::recognize};
use crate::{
    Call, Problem, Service,
    applications::{ApplicationFilter, ApplicationSort},
    audit_log::EventFilter,
    clients,
    named::{ApplicationName, ClientName, UserName},
    users::{UserFilter, UserSort},
};

/// So many things of a kind are shown.
const MAX_HITS: u64 = 20;
/// What is longer is no name, identifier, address or secret of ours.
const MAX_TEXT: usize = 2048;

/// Finds what `text` may mean among what the caller may see: names,
/// identifiers, redirect URIs, trace identifiers, and this server's own secrets
/// and tokens, which are recognised without keeping them.
///
/// # Errors
///
/// When the database fails.
pub async fn search(service: &Service, call: &Call, text: &str) -> Result<SearchAnswer, Problem> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_TEXT {
        return Ok(SearchAnswer::default());
    }
    if let Some(handle) = service.parts.handles.read(text) {
        let handle = recognize(service, call, handle).await?;
        return Ok(SearchAnswer { hits: Vec::new(), handle: Some(handle) });
    }
    let mut hits = identified(service, call, text).await?;
    hits.extend(matching_applications(service, call, text).await?);
    if call.has(Permission::UsersRead) {
        hits.extend(matching_users(service, text).await?);
    }
    if call.has(Permission::ResourcesRead) {
        hits.extend(matching_resources(service, text).await?);
    }
    hits.extend(trace(service, call, text).await?);
    Ok(SearchAnswer { hits, handle: None })
}

/// What `text` is the identifier of, besides what the lists find by theirs.
async fn identified(service: &Service, call: &Call, text: &str) -> Result<Vec<Hit>, Problem> {
    let store = &service.parts.store;
    let text = text.to_ascii_lowercase();
    if let Ok(id) = Id::<ClientSecret>::parse(&text) {
        let client = client_secrets::client_of(store, id).await?;
        let client = match client {
            Some(client) => names::of_clients(store, [client]).await?.into_values().next(),
            None => None,
        };
        let client = visible_client(service, call, client).await?;
        return Ok(client.map(|client| Hit::Secret { client, id }).into_iter().collect());
    }
    if let Ok(id) = Id::<Resource>::parse(&text)
        && call.has(Permission::ResourcesRead)
    {
        let found = resources::find(store, id).await?;
        return Ok(found.map(resource_hit).into_iter().collect());
    }
    if let Ok(id) = Id::<AuditEvent>::parse(&text)
        && call.has(Permission::AuditRead)
    {
        let found = activity::find(store, id).await?;
        return Ok(found.map(|event| Hit::Event(event.id)).into_iter().collect());
    }
    if let Ok(id) = Id::<Grant>::parse(&text)
        && call.has(Permission::TokensRead)
    {
        let grant = store::repo::grants::find(store, id).await?;
        let client = match grant {
            Some(grant) => {
                names::of_clients(store, [grant.client_id]).await?.remove(&grant.client_id)
            }
            None => None,
        };
        let client = visible_client(service, call, client).await?;
        return Ok(client
            .map(|client| Hit::Client { client, redirect_uri: None })
            .into_iter()
            .collect());
    }
    Ok(Vec::new())
}

/// The client again, if the caller may see its application.
pub(super) async fn visible_client(
    service: &Service,
    call: &Call,
    client: Option<ClientName>,
) -> Result<Option<ClientName>, Problem> {
    let Some(client) = client.filter(|_| call.has(Permission::AppsRead)) else { return Ok(None) };
    let (id, environment): (Id<Application>, Environment) =
        (client.application.id, client.environment);
    match clients::find(&service.parts.store, call, id, environment).await {
        Ok(_) => Ok(Some(client)),
        Err(Problem::NotFound(_)) => Ok(None),
        Err(problem) => Err(problem),
    }
}

async fn matching_applications(
    service: &Service,
    call: &Call,
    text: &str,
) -> Result<Vec<Hit>, Problem> {
    if !call.has(Permission::AppsRead) {
        return Ok(Vec::new());
    }
    let filter = ApplicationFilter { text: Some(text.to_owned()), ..ApplicationFilter::default() };
    let page = PageRequest { limit: MAX_HITS, from: None };
    let sort = (ApplicationSort::Name, false);
    let store = &service.parts.store;
    let found = applications::list(store, &filter, call.owner_seen(), sort, &page).await?;
    Ok(found.items.into_iter().map(|record| application_hit(record, text)).collect())
}

/// The client whose identifier or redirect URI matches, else the application.
fn application_hit(record: ApplicationRecord, text: &str) -> Hit {
    let application = record.application;
    let name = ApplicationName { id: application.id, name: application.name };
    let part = text.to_ascii_lowercase();
    for client in application.clients {
        let mut uris = client.settings.redirect_uris.iter().map(protocol::RedirectUri::as_str);
        let redirect_uri = uris.find(|uri| uri.to_ascii_lowercase().contains(&part));
        if redirect_uri.is_some() || client.client_id.as_str() == text {
            let client_name = ClientName {
                application: name,
                environment: client.environment,
                client_id: client.client_id.as_str().to_owned(),
            };
            let redirect_uri = redirect_uri.map(str::to_owned);
            return Hit::Client { client: client_name, redirect_uri };
        }
    }
    Hit::Application(name)
}

async fn matching_users(service: &Service, text: &str) -> Result<Vec<Hit>, Problem> {
    let text = if Id::<User>::parse(&text.to_ascii_lowercase()).is_ok() {
        text.to_ascii_lowercase()
    } else {
        text.to_owned()
    };
    let filter = UserFilter { text: Some(text), ..UserFilter::default() };
    let page = PageRequest { limit: MAX_HITS, from: None };
    let sort = (UserSort::Name, false);
    let found = users::list(&service.parts.store, &filter, sort, &page).await?;
    Ok(found.items.iter().map(|user| Hit::User(UserName::from(user))).collect())
}

async fn matching_resources(service: &Service, text: &str) -> Result<Vec<Hit>, Problem> {
    let page = PageRequest { limit: MAX_HITS, from: None };
    let found = resources::list(&service.parts.store, Some(text), &page).await?;
    Ok(found.items.into_iter().map(resource_hit).collect())
}

fn resource_hit(resource: Resource) -> Hit {
    Hit::Resource { id: resource.id, name: resource.name, identifier: resource.identifier }
}

async fn trace(service: &Service, call: &Call, text: &str) -> Result<Option<Hit>, Problem> {
    let is_trace = (8..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !is_trace || !call.has(Permission::AuditRead) {
        return Ok(None);
    }
    let filter = EventFilter { request_id: Some(text.to_owned()), ..EventFilter::default() };
    let events = audit::count(&service.parts.store, &filter).await?;
    Ok((events > 0).then(|| Hit::Trace { request_id: text.to_owned(), events }))
}
