//! Removing an account.

use domain::{Id, Permission, Role, User, UserStatus, audit::Action};
use serde_json::json;
use store::repo::{
    applications::{self, ApplicationFilter},
    users,
};

use super::access::{require_other_account, require_other_owner, require_reach, require_removal};
use crate::{
    Call, Problem, Service,
    transaction::{Event, expect_version, require_written},
};

/// Owned applications are not counted beyond this.
const MAX_OWNED: u64 = 1000;

/// Removes an account with everything that was approved and issued for it.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::UsersWrite`], without
/// [`Permission::AdminsWrite`] for somebody with a role, or for somebody whose
/// role holds what the caller lacks; [`Problem::NotFound`], [`Problem::Stale`];
/// [`Problem::Conflict`] for the last owner, for oneself, and for somebody who
/// answers for applications.
pub async fn remove(
    service: &Service,
    call: &Call,
    id: Id<User>,
    version: Option<i64>,
) -> Result<(), Problem> {
    call.require(Permission::UsersWrite)?;
    let now = service.parts.clock.now();
    service
        .write(async |tx| {
            let user = users::find(tx, id).await?.ok_or(Problem::NotFound("user"))?;
            require_reach(call, &user)?;
            require_removal(call, &user)?;
            let version = expect_version(version, user.version)?;
            require_other_account(call, &user)?;
            if user.role == Some(Role::Owner) && user.status == UserStatus::Active {
                require_other_owner(tx, &user).await?;
            }
            // Locked before the look at what they answer for, so that nothing is added in between.
            users::lock(tx, id).await?;
            let owned = ApplicationFilter { owner: Some(id), ..ApplicationFilter::default() };
            let owned = applications::count(tx, &owned, None, MAX_OWNED).await?;
            if owned > 0 {
                let detail = format!(
                    "This person answers for {owned} applications. Give them to somebody else first."
                );
                return Err(Problem::Conflict { code: "owns-applications", detail });
            }
            require_written(users::remove(tx, id, version).await?, version)?;
            tx.invalidate_caches();
            let details = json!({ "role": user.role });
            let (action, target) = (Action::UserRemoved, (&user).into());
            service.record(tx, Event { call, action, now, target, details }).await
        })
        .await
}
