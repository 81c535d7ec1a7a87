//! Letting a person set their password anew.

use domain::{Id, Permission, User, UserStatus, audit::Action};
use serde_json::json;
use store::repo::users;

use super::{OneTimeUrl, access::require_reach};
use crate::{Call, Problem, Service, links, transaction::Event};

/// Makes a one-time link for a person to set their password with; the old
/// password works until it is used.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::UsersWrite`], or for somebody
/// whose role holds what the caller lacks; [`Problem::NotFound`];
/// [`Problem::Conflict`] for a locked account.
pub async fn start_password_reset(
    service: &Service,
    call: &Call,
    id: Id<User>,
) -> Result<OneTimeUrl, Problem> {
    call.require(Permission::UsersWrite)?;
    let now = service.parts.clock.now();
    service
        .write(async |tx| {
            let user = users::find(tx, id).await?.ok_or(Problem::NotFound("user"))?;
            require_reach(call, &user)?;
            if user.status == UserStatus::Locked {
                let detail = "This account is locked. Unlock it first.".to_owned();
                return Err(Problem::Conflict { code: "locked", detail });
            }
            let link = links::make_password_link(service, tx, id, now).await?;
            let (action, target) = (Action::PasswordResetStarted, (&user).into());
            let details = json!({});
            service.record(tx, Event { call, action, now, target, details }).await?;
            Ok(link)
        })
        .await
}
