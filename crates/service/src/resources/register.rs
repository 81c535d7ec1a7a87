//! Registering an API.

use domain::{
    FieldError, Id, Permission, Resource, ScopeDefinition, Timestamp, TokenFormat, audit::Action,
    built_in_scope, is_resource_identifier,
};
use protocol::ScopeToken;
use serde_json::json;
use store::{Tx, repo::resources};

use super::{NewScope, RegisterResource, ResourceView, list::view_of};
use crate::{Call, Problem, Service, transaction::Event, validation};

/// The most scopes of one API.
pub(super) const MAX_SCOPES: usize = 200;

/// Registers an API with its first scopes.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::ResourcesWrite`],
/// [`Problem::Invalid`] naming every field that breaks a rule or is taken.
pub async fn register(
    service: &Service,
    call: &Call,
    mut command: RegisterResource,
) -> Result<ResourceView, Problem> {
    call.require(Permission::ResourcesWrite)?;
    validation::trim([&mut command.identifier, &mut command.name, &mut command.description]);
    command.scopes.iter_mut().for_each(NewScope::trim);
    let now = service.parts.clock.now();
    let (resource, mut faults) = check(service, &command, now);
    let identifier_is_free = !faults.iter().any(|fault| fault.field() == "identifier");
    let written = service
        .write(async |tx| {
            if identifier_is_free
                && resources::identifier_is_taken(tx, &resource.identifier).await?
            {
                faults.push(identifier_taken());
            }
            faults.extend(taken_scopes(tx, &command.scopes).await?);
            validation::refuse(faults)?;
            resources::insert(tx, &resource).await?;
            tx.invalidate_caches();
            let names: Vec<&str> = resource.scopes.iter().map(|it| it.name.as_str()).collect();
            let details = json!({ "scopes": names });
            let (action, target) = (Action::ResourceRegistered, super::target(&resource));
            service.record(tx, Event { call, action, now, target, details }).await?;
            Ok(view_of(tx, resource).await?)
        })
        .await;
    match written {
        Err(Problem::Unavailable(error)) if error.is_unique_violation() => {
            Err(Problem::Invalid(vec![identifier_taken()]))
        }
        written => written,
    }
}

fn identifier_taken() -> FieldError {
    FieldError::of("identifier", "taken", "Another API has this identifier.")
}

fn check(
    service: &Service,
    command: &RegisterResource,
    now: Timestamp,
) -> (Resource, Vec<FieldError>) {
    let mut faults = validation::faults(command);
    let identifier = command.identifier.clone();
    let issuer = service.parts.config.public_url.trim_end_matches('/');
    if !is_resource_identifier(&identifier) {
        let detail = "Write a full address, such as https://api.example.com.";
        faults.push(FieldError::of("identifier", "not-a-uri", detail));
    } else if identifier.trim_end_matches('/') == issuer || identifier == format!("{issuer}/api") {
        let detail = "This address is the server's own.";
        faults.push(FieldError::of("identifier", "reserved", detail));
    }
    let token_format = check_format(&command.token_format, &mut faults);
    faults.extend(check_lines(Some(&command.name), Some(&command.description)));
    if command.scopes.len() > MAX_SCOPES {
        faults.push(too_many_scopes());
    }
    let mut scopes: Vec<ScopeDefinition> = Vec::new();
    for (index, scope) in command.scopes.iter().enumerate() {
        let path = format!("#/scopes/{index}");
        match check_scope(service, scope, &path, now) {
            Ok(scope) if scopes.iter().any(|it| it.name == scope.name) => {
                faults.push(scope_fault(&path, "duplicate", "This scope is on the list already."));
            }
            Ok(scope) => scopes.push(scope),
            Err(fault) => faults.push(fault),
        }
    }
    let resource = Resource {
        id: Id::new(now, &*service.parts.entropy),
        identifier,
        name: command.name.clone(),
        description: command.description.clone(),
        token_format,
        scopes,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    (resource, faults)
}

pub(super) fn check_format(text: &str, faults: &mut Vec<FieldError>) -> TokenFormat {
    match text.trim() {
        "" => TokenFormat::Jwt,
        text => text.parse().unwrap_or_else(|_reason| {
            let detail = "Choose jwt or opaque.";
            faults.push(FieldError::of("token_format", "unknown-format", detail));
            TokenFormat::Jwt
        }),
    }
}

/// People read these on the consent page.
pub(super) fn check_lines(name: Option<&str>, description: Option<&str>) -> Vec<FieldError> {
    [("name", name), ("description", description)]
        .into_iter()
        .filter_map(|(field, text)| validation::line_fault(field, text?))
        .collect()
}

pub(super) fn too_many_scopes() -> FieldError {
    let detail = format!("An API has at most {MAX_SCOPES} scopes.");
    FieldError::of("scopes", "too-many", detail)
}

/// Reads one scope; `path` is where it stands in what was sent.
pub(super) fn check_scope(
    service: &Service,
    scope: &NewScope,
    path: &str,
    now: Timestamp,
) -> Result<ScopeDefinition, FieldError> {
    let name = scope.name.as_str();
    let token = ScopeToken::try_from(name.to_owned()).map_err(|_reason| {
        let detail = "Use letters, digits and marks such as . : / - _, without spaces.";
        scope_fault(path, "invalid-scope", detail)
    })?;
    if built_in_scope(name).is_some() || name.parse::<Permission>().is_ok() {
        return Err(scope_fault(path, "reserved", "This name is the server's own."));
    }
    let lines = [("display_name", &scope.display_name), ("description", &scope.description)];
    let mut faults = lines.into_iter().filter_map(|(field, it)| validation::line_fault(field, it));
    if let Some(fault) = faults.next() {
        return Err(FieldError { pointer: format!("{path}/{}", fault.field()), ..fault });
    }
    let display_name = match scope.display_name.as_str() {
        "" => name.to_owned(),
        text => text.to_owned(),
    };
    Ok(ScopeDefinition {
        id: Id::new(now, &*service.parts.entropy),
        name: token,
        display_name,
        description: scope.description.clone(),
        default: scope.default,
    })
}

pub(super) fn scope_fault(path: &str, code: &'static str, detail: &str) -> FieldError {
    FieldError { pointer: format!("{path}/name"), code, detail: detail.to_owned() }
}

/// Those of `scopes` whose name another API has.
async fn taken_scopes(tx: &Tx, scopes: &[NewScope]) -> Result<Vec<FieldError>, Problem> {
    let names: Vec<&str> = scopes.iter().map(|scope| scope.name.trim()).collect();
    let taken = resources::taken_scopes(tx, &names).await?;
    let is_taken = |name: &str| taken.iter().any(|it| it == name);
    let indexed = names.iter().enumerate().filter(|(_, name)| is_taken(name));
    Ok(indexed
        .map(|(index, _)| scope_fault(&format!("#/scopes/{index}"), "taken", SCOPE_TAKEN))
        .collect())
}

pub(super) const SCOPE_TAKEN: &str =
    "An API has a scope of this name. Names are unique, as a scope tells which API a token is for.";
