//! Who would notice if something were switched off.

use std::time::Duration;

use domain::{Client, Id, Permission, audit::Action};
use protocol::GrantType;
use store::repo::activity;

use crate::{Call, Problem, Service};

const DAY: Duration = Duration::from_hours(24);

/// How many people signed in to this client in the last 24 hours.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AppsRead`], or when the database fails.
pub async fn people_of_client(
    service: &Service,
    call: &Call,
    client: Id<Client>,
) -> Result<u64, Problem> {
    call.require(Permission::AppsRead)?;
    let start = service.parts.clock.now().minus(DAY);
    Ok(activity::people_since(&service.parts.store, client, start).await?)
}

/// How often tokens were issued by this grant in the last 24 hours; what machines get for
/// themselves is not counted one by one.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::SettingsRead`], or when the database fails.
pub async fn tokens_of_grant(
    service: &Service,
    call: &Call,
    grant: GrantType,
) -> Result<Option<u64>, Problem> {
    call.require(Permission::SettingsRead)?;
    let asked = match grant {
        GrantType::ClientCredentials => return Ok(None),
        GrantType::RefreshToken => (Action::TokenRefreshed, None),
        GrantType::AuthorizationCode | GrantType::DeviceCode => (Action::CodeRedeemed, Some(grant)),
    };
    let start = service.parts.clock.now().minus(DAY);
    Ok(Some(activity::count_since(&service.parts.store, asked, start).await?))
}
