//! The global switch of each grant type.

use domain::{FieldError, GrantSwitches, Permission, audit::Action};
use protocol::GrantType;
use serde_json::json;
use store::{
    Read,
    repo::{
        applications::{self, ApplicationFilter},
        settings,
    },
};

use super::{GrantSetting, GrantSettings, UpdateGrants};
use crate::{
    Call, Problem, Service,
    listing::MAX_TOTAL,
    transaction::{Event, Target, expect_version, require_written},
    validation,
};

/// So many of the applications that use a grant are named.
const NAMED: u64 = 10;

/// The switch of each grant type, and which applications would feel it.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::SettingsRead`].
pub async fn grants(service: &Service, call: &Call) -> Result<GrantSettings, Problem> {
    call.require(Permission::SettingsRead)?;
    show(service, call, &service.parts.store).await
}

/// The grant types that no client may use now. That is no secret from those who see the
/// applications it concerns.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AppsRead`].
pub async fn switched_off(service: &Service, call: &Call) -> Result<Vec<GrantType>, Problem> {
    call.require(Permission::AppsRead)?;
    let (switches, _) = settings::grant_switches(&service.parts.store).await?;
    let is_on = |grant: GrantType| {
        let decided = service.parts.config.grant_overrides.get(&grant).copied();
        decided.unwrap_or_else(|| switches.is_on(grant))
    };
    Ok(GrantType::ALL.into_iter().filter(|grant| !is_on(*grant)).collect())
}

/// Sets switches; a grant that is off is refused to every client from then on.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::SettingsWrite`],
/// [`Problem::Stale`], [`Problem::Invalid`] for an unknown grant type or one
/// that the configuration file decides.
pub async fn update_grants(
    service: &Service,
    call: &Call,
    command: UpdateGrants,
) -> Result<GrantSettings, Problem> {
    call.require(Permission::SettingsWrite)?;
    let now = service.parts.clock.now();
    let wanted = check(service, &command)?;
    service
        .write(async |tx| {
            let (mut switches, current) = settings::grant_switches(tx).await?;
            let version = expect_version(Some(command.version), current)?;
            let before = switches.clone();
            for (grant, on) in &wanted {
                switches.set(*grant, *on);
            }
            let changed: Vec<GrantType> = wanted
                .iter()
                .map(|it| it.0)
                .filter(|it| differs(&before, &switches, *it))
                .collect();
            if !changed.is_empty() {
                let written = settings::put_grant_switches(tx, &switches, version, now).await?;
                require_written(written, version)?;
                tx.invalidate_caches();
                let on: Vec<_> = changed.iter().filter(|it| switches.is_on(**it)).collect();
                let off: Vec<_> = changed.iter().filter(|it| !switches.is_on(**it)).collect();
                let details = json!({ "on": on, "off": off });
                let target =
                    Target { id: "settings/grants".to_owned(), name: "Grant types".to_owned() };
                let action = Action::SettingsUpdated;
                service.record(tx, Event { call, action, now, target, details }).await?;
            }
            show(service, call, tx).await
        })
        .await
}

fn differs(before: &GrantSwitches, after: &GrantSwitches, grant: GrantType) -> bool {
    before.is_on(grant) != after.is_on(grant)
}

fn check(service: &Service, command: &UpdateGrants) -> Result<Vec<(GrantType, bool)>, Problem> {
    let mut faults = Vec::new();
    let mut wanted = Vec::new();
    for (name, on) in &command.switches {
        let Ok(grant) = name.parse::<GrantType>() else {
            let detail = "The server has no such grant type.";
            faults.push(FieldError::of(&pointer_part(name), "unknown-grant-type", detail));
            continue;
        };
        match service.parts.config.grant_overrides.get(&grant) {
            Some(decided) if decided != on => {
                let detail = "The configuration file decides this. Change it there.";
                faults.push(FieldError::of(grant.as_str(), "set-by-file", detail));
            }
            Some(_) => {}
            None => wanted.push((grant, *on)),
        }
    }
    validation::refuse(faults)?;
    Ok(wanted)
}

/// The name of a member as a part of a JSON pointer, RFC 6901 section 3.
fn pointer_part(name: &str) -> String {
    let name: String = name.chars().take(100).collect();
    name.replace('~', "~0").replace('/', "~1")
}

async fn show(service: &Service, call: &Call, db: &impl Read) -> Result<GrantSettings, Problem> {
    let (switches, version) = settings::grant_switches(db).await?;
    let may_see = call.has(Permission::AppsRead);
    let mut grants = Vec::new();
    for grant_type in GrantType::ALL {
        let users =
            ApplicationFilter { grant_type: Some(grant_type), ..ApplicationFilter::default() };
        let decided = service.parts.config.grant_overrides.get(&grant_type).copied();
        let first_applications = if may_see {
            applications::names(db, &users, call.owner_seen(), NAMED).await?
        } else {
            Vec::new()
        };
        grants.push(GrantSetting {
            grant_type,
            enabled: decided.unwrap_or_else(|| switches.is_on(grant_type)),
            overridden_by_file: decided.is_some(),
            applications: applications::count(db, &users, call.owner_seen(), MAX_TOTAL).await?,
            first_applications,
        });
    }
    Ok(GrantSettings { version, grants })
}
