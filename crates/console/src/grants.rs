//! The platform's grant types: on or off for every application.

use std::collections::BTreeMap;

use actix_web::web::Path;
use domain::{FieldError, Permission};
use protocol::GrantType;
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::{
    overview,
    settings::{self, GrantSetting, GrantSettings, UpdateGrants},
};
use web::{Page, Protected};

use crate::{
    address::Address,
    code::{Command, Sample},
    failure::{Answer, Failure, Refusal},
    guard::{Desk, Visitor},
    words,
};

const HOME: &str = "/console/grants";

/// The form that turns one grant on or off; `version` is the one the page was drawn for.
///
/// Neither has a default: a form without them would switch off what no page offered.
#[derive(Debug, Deserialize)]
pub(crate) struct SwitchForm {
    version: i64,
    enabled: bool,
}

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct GrantsPage {
    version: i64,
    rows: Vec<Row>,
    may_write: bool,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for GrantsPage {
    const TEMPLATE: &'static str = "console/grants/list.html";
}

/// The page that lists who would notice.
#[derive(Debug, Serialize)]
pub(crate) struct ImpactPage {
    version: i64,
    row: Row,
    /// How often tokens were issued this way lately, in words.
    lately: String,
    applications: Vec<ApplicationLink>,
    more: u64,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for ImpactPage {
    const TEMPLATE: &'static str = "console/grants/impact.html";
}

#[derive(Debug, Serialize)]
struct Row {
    value: &'static str,
    label: &'static str,
    hint: &'static str,
    enabled: bool,
    forced: bool,
    applications: u64,
    applications_text: String,
    list: String,
    action: String,
    impact: String,
}

#[derive(Debug, Serialize)]
struct ApplicationLink {
    name: String,
    href: String,
}

/// `GET /console/grants`.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    let settings = settings::grants(&visitor.service, &visitor.call).await?;
    visitor.show(&draw(&visitor, &settings))
}

fn draw(desk: &Desk, settings: &GrantSettings) -> GrantsPage {
    let path = "/settings/grants";
    let change = Command::new(&desk.config, "Switch one off", "PUT", path)
        .version(settings.version)
        .body(&json!({ "grants": { "client_credentials": false } }));
    GrantsPage {
        version: settings.version,
        rows: settings.grants.iter().map(|it| row(desk, it)).collect(),
        may_write: desk.may(Permission::SettingsWrite),
        errors: Vec::new(),
        samples: vec![Command::get(&desk.config, "Read them", path), change.sample()],
    }
}

/// `GET /console/grants/{grant}/off`.
pub(crate) async fn impact(visitor: Visitor, grant: Path<String>) -> Answer {
    visitor.require(Permission::SettingsWrite)?;
    let settings = settings::grants(&visitor.service, &visitor.call).await?;
    let lately = issued_lately(&visitor, &grant).await?;
    let page = impact_page(&visitor, &settings, (&grant, lately))?;
    visitor.show(&page)
}

/// `POST /console/grants/{grant}`.
pub(crate) async fn switch(
    visitor: Visitor,
    grant: Path<String>,
    form: Protected<SwitchForm>,
) -> Answer {
    let Protected(form) = form;
    let grant_type: GrantType = grant.parse().map_err(|_reason| Failure::not_found())?;
    let command = UpdateGrants {
        version: form.version,
        switches: BTreeMap::from([(grant_type.to_string(), form.enabled)]),
    };
    match settings::update_grants(&visitor.service, &visitor.call, command).await {
        Ok(settings) if settings.version == form.version => visitor.unchanged(HOME),
        Ok(_) => {
            let label = words::grant(grant_type);
            let state = if form.enabled { "on" } else { "off for every application" };
            visitor.done(HOME, format!("{label} is now {state}."))
        }
        Err(problem) => {
            let refusal = Refusal::of(problem)?;
            let status = refusal.status();
            let settings = settings::grants(&visitor.service, &visitor.call).await?;
            let lately = issued_lately(&visitor, &grant).await?;
            let mut page = impact_page(&visitor, &settings, (&grant, lately))?;
            page.errors = refusal.errors;
            if refusal.is_stale {
                let detail = "Someone else changed the grant types meanwhile. Nothing was saved. Look again and decide.";
                page.errors.push(FieldError {
                    pointer: "#/".to_owned(),
                    code: "stale",
                    detail: detail.to_owned(),
                });
            }
            visitor.show_as(&page, status)
        }
    }
}

async fn issued_lately(visitor: &Visitor, grant: &str) -> Result<String, Failure> {
    let grant = grant.parse().map_err(|_reason| Failure::not_found())?;
    let issued = overview::tokens_of_grant(&visitor.service, &visitor.call, grant).await?;
    Ok(match issued {
        Some(times) => {
            let times = words::count(times, "time", "times");
            format!("Tokens were issued this way {times} in the last 24 hours.")
        }
        None => "What machines get for themselves is not counted one by one.".to_owned(),
    })
}

fn impact_page(
    desk: &Desk,
    settings: &GrantSettings,
    (grant, lately): (&str, String),
) -> Result<ImpactPage, Failure> {
    let setting = settings
        .grants
        .iter()
        .find(|it| it.grant_type.as_str() == grant)
        .ok_or(Failure::not_found())?;
    let named = setting.first_applications.iter();
    let named: Vec<ApplicationLink> = named
        .map(|it| ApplicationLink {
            name: it.name.clone(),
            href: where_allowed(desk, format!("/console/applications/{}/grants", it.id)),
        })
        .collect();
    let count = u64::try_from(named.len()).unwrap_or(u64::MAX);
    let off = Command::new(&desk.config, "Switch it off", "PUT", "/settings/grants")
        .version(settings.version)
        .body(&json!({ "grants": { grant: false } }));
    Ok(ImpactPage {
        version: settings.version,
        row: row(desk, setting),
        lately,
        more: setting.applications.saturating_sub(count),
        applications: named,
        errors: Vec::new(),
        samples: vec![off.sample()],
    })
}

/// An address among applications, for those who may see them; empty for others.
fn where_allowed(desk: &Desk, href: String) -> String {
    if desk.may(Permission::AppsRead) { href } else { String::new() }
}

fn row(desk: &Desk, setting: &GrantSetting) -> Row {
    let value = setting.grant_type.as_str();
    Row {
        value,
        label: words::grant(setting.grant_type),
        hint: words::grant_hint(setting.grant_type),
        enabled: setting.enabled,
        forced: setting.overridden_by_file,
        applications: setting.applications,
        applications_text: words::count(setting.applications, "application", "applications"),
        list: where_allowed(
            desk,
            Address::new("/console/applications").with("grant", value).to_string(),
        ),
        action: format!("{HOME}/{value}"),
        impact: format!("{HOME}/{value}/off"),
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;
    use service::named::ApplicationName;

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html};

    fn settings(enabled: bool, forced: bool) -> GrantSettings {
        let setting = |grant_type| GrantSetting {
            grant_type,
            enabled,
            overridden_by_file: forced,
            applications: 12,
            first_applications: vec![ApplicationName {
                id: domain::Id::parse(testing::APP_ID).unwrap(),
                name: "Photo Printer".to_owned(),
            }],
        };
        GrantSettings { version: 3, grants: GrantType::ALL.into_iter().map(setting).collect() }
    }

    fn lately() -> (&'static str, String) {
        ("client_credentials", "Tokens were issued this way.".to_owned())
    }

    #[actix_web::test]
    async fn switching_off_goes_through_its_impact_and_on_does_not() {
        let desk = desk(Role::Owner);

        let on = html(draw(&desk, &settings(true, false))).await;
        let off = html(draw(&desk, &settings(false, false))).await;
        let forced = html(draw(&desk, &settings(true, true))).await;

        assert!(on.contains("/console/grants/client_credentials/off"), "{on}");
        assert!(off.contains("Switch on"));
        assert_read_by::<SwitchForm>(&off);
        assert!(forced.contains("The configuration file decides") && !forced.contains("/off"));
    }

    #[actix_web::test]
    async fn who_may_not_see_applications_gets_no_links_to_them() {
        let desk = desk(Role::Operator);

        let list = html(draw(&desk, &settings(true, false))).await;
        let impact = impact_page(&desk, &settings(true, false), lately()).unwrap();
        let impact = html(impact).await;

        assert!(
            list.contains("12 applications") && !list.contains("/console/applications?"),
            "{list}"
        );
        assert!(impact.contains("Photo Printer") && !impact.contains("/console/applications/app_"));
    }

    #[actix_web::test]
    async fn the_impact_names_who_would_notice() {
        let page = impact_page(&desk(Role::Owner), &settings(true, false), lately()).unwrap();

        let page = html(page).await;

        assert!(
            page.contains("Used by 12 applications.</strong> Tokens were issued this way.")
                && page.contains("and 11 more"),
            "{page}"
        );
        assert_read_by::<SwitchForm>(&page);
    }
}
