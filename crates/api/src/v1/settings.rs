//! Platform settings: the global switch of each grant type.

use std::collections::BTreeMap;

use actix_web::web::Data;
use domain::Permission;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::{
    Service,
    settings::{self, GrantSettings, UpdateGrants},
};
use utoipa::ToSchema;

use crate::{
    answer::{self, Answer},
    input::Input,
    operation::{Operation, Shape, Tag},
    problem::ApiProblem,
    schema,
};

/// The global switch of each grant type.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GrantSettings)]
pub(crate) struct GrantSettingsJson {
    /// Whether each grant type is on.
    #[schema(value_type = GrantSwitches)]
    grants: BTreeMap<&'static str, bool>,
    /// Those that the configuration file decides, so that they cannot be changed here.
    #[schema(value_type = Vec<schema::GrantType>)]
    overridden_by_file: Vec<&'static str>,
    /// How many applications use each grant type.
    #[schema(value_type = GrantCounts)]
    applications: BTreeMap<&'static str, u64>,
}

/// Whether each grant type is on.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    clippy::struct_excessive_bools,
    reason = "stands for a map of known keys in the document"
)]
pub(crate) struct GrantSwitches {
    /// A person signs in and approves; the client redeems a code.
    #[schema(required = false)]
    authorization_code: bool,
    /// The client renews its access token without the person.
    #[schema(required = false)]
    refresh_token: bool,
    /// The client acts for itself.
    #[schema(required = false)]
    client_credentials: bool,
    /// A person approves on another device what a program without a browser asks.
    #[schema(required = false, rename = "urn:ietf:params:oauth:grant-type:device_code")]
    device_code: bool,
}

/// How many applications use each grant type.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "stands for a map of known keys in the document")]
pub(crate) struct GrantCounts {
    /// With a code.
    #[schema(required = false)]
    authorization_code: u64,
    /// With a refresh token.
    #[schema(required = false)]
    refresh_token: u64,
    /// For themselves.
    #[schema(required = false)]
    client_credentials: u64,
    /// On devices.
    #[schema(required = false, rename = "urn:ietf:params:oauth:grant-type:device_code")]
    device_code: u64,
}

impl From<GrantSettings> for GrantSettingsJson {
    fn from(settings: GrantSettings) -> Self {
        let mut json = Self {
            grants: BTreeMap::new(),
            overridden_by_file: Vec::new(),
            applications: BTreeMap::new(),
        };
        for grant in settings.grants {
            let name = grant.grant_type.as_str();
            json.grants.insert(name, grant.enabled);
            json.applications.insert(name, grant.applications);
            if grant.overridden_by_file {
                json.overridden_by_file.push(name);
            }
        }
        json
    }
}

/// Switches to set.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateGrantSettings)]
pub(crate) struct PutGrantsBody {
    /// The switches; one that is left out stays as it is.
    #[schema(required, value_type = GrantSwitches)]
    #[serde(default)]
    grants: BTreeMap<String, bool>,
}

fn example() -> Value {
    json!({
        "grants": {
            "authorization_code": true, "refresh_token": true, "client_credentials": false,
            "urn:ietf:params:oauth:grant-type:device_code": true
        },
        "overridden_by_file": [],
        "applications": {
            "authorization_code": 12, "refresh_token": 9, "client_credentials": 0,
            "urn:ietf:params:oauth:grant-type:device_code": 1
        }
    })
}

const SETTINGS: Shape = Shape::of::<GrantSettingsJson>(example);

/// `GET /settings/grants`.
pub(crate) const GRANTS: Operation =
    Operation::read("getGrantSettings", Tag::Settings, Permission::SettingsRead, SETTINGS)
        .says(
            "Show the switches of grant types",
            "Shows which grant types are on, and how many applications use each.",
        )
        .versioned();

/// `PUT /settings/grants`.
pub(crate) const PUT_GRANTS: Operation =
    Operation::read("putGrantSettings", Tag::Settings, Permission::SettingsWrite, SETTINGS)
        .says(
            "Turn grant types on and off",
            "Turns grant types on and off for the whole server, whatever clients are registered for. Tokens that were issued go on. Writes `settings.updated` to the audit log.",
        )
        .takes(Shape::of::<PutGrantsBody>(|| json!({ "grants": { "client_credentials": false } })))
        .guarded()
        .versioned();

/// Shows the switches.
pub(crate) async fn grants(service: Data<Service>, input: Input) -> Answer {
    let settings = settings::grants(&service, &input.call).await?;
    Ok(answer::versioned(&input, settings.version, &GrantSettingsJson::from(settings)))
}

/// Sets switches.
pub(crate) async fn put_grants(service: Data<Service>, input: Input) -> Answer {
    let version = input.version()?;
    let PutGrantsBody { grants: switches } = input.body()?;
    let command = UpdateGrants { version, switches };
    let settings = settings::update_grants(&service, &input.call, command)
        .await
        .map_err(|problem| ApiProblem::from(problem).inside("grants"))?;
    Ok(answer::versioned(&input, settings.version, &GrantSettingsJson::from(settings)))
}
