//! Registering an application.

use domain::{
    Application, ApplicationStatus, ApplicationType, Environment, FieldError, Id, Permission,
    Timestamp, User, audit::Action,
};
use serde_json::json;
use store::{
    Tx,
    repo::{applications, applications::ApplicationRecord, clients as client_repo, users},
};

use super::{RegisterApplication, RegisteredApplication, view::view};
use crate::{
    ApplicationScope, Call, Problem, Service,
    clients::{Catalogue, Subject, first_secret, first_settings, new_client},
    transaction::Event,
    validation,
};

/// Registers an application with one client, and a secret where the client
/// keeps one and the caller may generate it.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AppsWrite`], [`Problem::Invalid`]
/// naming every field that breaks a rule.
pub async fn register(
    service: &Service,
    call: &Call,
    command: RegisterApplication,
) -> Result<RegisteredApplication, Problem> {
    call.require(Permission::AppsWrite)?;
    let now = service.parts.clock.now();
    let command = trimmed(command);
    let (application, environment, mut faults) = check(call, &command, now, service);
    service
        .write(async |tx| {
            faults.extend(check_owner(tx, call, application.owner).await?);
            let catalogue = Catalogue::hold(tx).await?;
            let application_type = application.application_type;
            let subject = Subject { call, catalogue: &catalogue, application_type, environment };
            let first = match first_settings(subject, &command.client) {
                Ok(first) if faults.is_empty() => first,
                Ok(_) => return Err(Problem::Invalid(faults)),
                Err(found) => {
                    faults.extend(found);
                    return Err(Problem::Invalid(faults));
                }
            };
            let code_grant_turned_on = first.code_grant_turned_on;
            let mut client = new_client(&application, environment, first.settings, (service, now));
            applications::insert(tx, &application).await?;
            client_repo::insert(tx, &client).await?;
            tx.invalidate_caches();
            let details = json!({
                "type": application_type,
                "environment": environment,
                "client_id": client.client_id.as_str(),
            });
            let (action, target) = (Action::ApplicationRegistered, (&application).into());
            service.record(tx, Event { call, action, now, target, details }).await?;
            let secret = first_secret(service, tx, call, (&application, &mut client), now).await?;
            let application = Application { clients: vec![client], ..application };
            let record = ApplicationRecord { application, last_used: Vec::new() };
            let view = view(tx, record).await?;
            Ok(RegisteredApplication { view, secret, code_grant_turned_on })
        })
        .await
}

fn trimmed(mut command: RegisterApplication) -> RegisterApplication {
    validation::trim([
        &mut command.name,
        &mut command.description,
        &mut command.application_type,
        &mut command.environment,
    ]);
    for uri in [&mut command.client_uri, &mut command.policy_uri, &mut command.tos_uri] {
        *uri = uri.take().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    }
    command
}

/// The application that the command asks for, with every fault of its own fields.
fn check(
    call: &Call,
    command: &RegisterApplication,
    now: Timestamp,
    service: &Service,
) -> (Application, Environment, Vec<FieldError>) {
    let mut faults = validation::faults(command);
    faults.extend(check_texts(Some(&command.name), Some(&command.description)));
    let application_type = command.application_type.parse().unwrap_or_else(|_reason| {
        let detail = "Choose web, spa, native, machine or device.";
        faults.push(FieldError::of("type", "unknown-type", detail));
        ApplicationType::Web
    });
    let environment = if command.environment.is_empty() {
        Environment::Sandbox
    } else {
        command.environment.parse().unwrap_or_else(|_reason| {
            let detail = "Choose sandbox or production.";
            faults.push(FieldError::of("environment", "unknown-environment", detail));
            Environment::Sandbox
        })
    };
    faults.extend(check_links([
        ("client_uri", command.client_uri.as_deref()),
        ("policy_uri", command.policy_uri.as_deref()),
        ("tos_uri", command.tos_uri.as_deref()),
    ]));
    let application = Application {
        id: Id::new(now, &*service.parts.entropy),
        name: command.name.clone(),
        description: command.description.clone(),
        application_type,
        status: ApplicationStatus::Active,
        owner: command.owner.or(call.owner_seen()).or(call.user_id()),
        client_uri: command.client_uri.clone(),
        policy_uri: command.policy_uri.clone(),
        tos_uri: command.tos_uri.clone(),
        created_at: now,
        updated_at: now,
        version: 1,
        clients: Vec::new(),
    };
    (application, environment, faults)
}

/// People read names on the consent page; what is not seen could disguise one.
pub(super) fn check_texts(name: Option<&str>, description: Option<&str>) -> Vec<FieldError> {
    [("name", name), ("description", description)]
        .into_iter()
        .filter_map(|(field, text)| validation::line_fault(field, text?))
        .collect()
}

pub(super) fn check_links<const N: usize>(
    links: [(&'static str, Option<&str>); N],
) -> Vec<FieldError> {
    links
        .into_iter()
        .filter(|(_, link)| link.is_some_and(|link| !validation::is_link(link)))
        .map(|(field, _)| {
            let detail = "Write a full address that starts with https://.";
            FieldError::of(field, "not-a-link", detail)
        })
        .collect()
}

/// Only whoever sees every application may give one to somebody else. Whoever gets one is not
/// deleted until the transaction ends.
pub(super) async fn check_owner(
    tx: &Tx,
    call: &Call,
    owner: Option<Id<User>>,
) -> Result<Option<FieldError>, Problem> {
    let Some(owner) = owner else { return Ok(None) };
    if call.owner_seen() != Some(owner) && call.applications != ApplicationScope::All {
        let detail = "Only an administrator can give an application to somebody else.";
        return Ok(Some(FieldError::of("owner", "not-yours", detail)));
    }
    let exists = users::hold_existing(tx, owner).await?;
    Ok((!exists).then(|| FieldError::of("owner", "unknown-user", "No such person exists.")))
}
