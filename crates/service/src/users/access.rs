//! Whom a caller may touch, and what roles they may give.

use domain::{FieldError, Permission, Role, User, check_username, is_email};
use store::{
    Tx,
    repo::users::{self, Taken},
};

use crate::{ApplicationScope, Call, Problem, validation};

/// Whether the caller may change this account: it has no role that holds what they lack.
#[must_use]
pub fn may_change(call: &Call, user: &User) -> bool {
    call.has(Permission::UsersWrite) && require_reach(call, user).is_ok()
}

/// Whether the caller may remove this account.
#[must_use]
pub fn may_remove(call: &Call, user: &User) -> bool {
    may_change(call, user) && require_removal(call, user).is_ok()
}

/// Refuses whoever may not take its role from this account, as removing it does.
pub(super) fn require_removal(call: &Call, user: &User) -> Result<(), Problem> {
    user.role.map_or(Ok(()), |_| call.require(Permission::AdminsWrite))
}

/// Refuses whoever would, by changing this account, come by permissions that they lack.
pub(super) fn require_reach(call: &Call, user: &User) -> Result<(), Problem> {
    user.role.map_or(Ok(()), |role| require_role(call, role))
}

/// Refuses whoever lacks a permission that `role` holds.
fn require_role(call: &Call, role: Role) -> Result<(), Problem> {
    Permission::ALL
        .iter()
        .filter(|permission| role.holds(**permission))
        .try_for_each(|permission| call.require(*permission))?;
    if call.applications != ApplicationScope::All && !role.is_limited_to_own_applications() {
        return Err(Problem::Forbidden(Permission::AdminsWrite));
    }
    Ok(())
}

/// Whether the caller may turn the role `old` into `new`.
pub(super) fn require_role_change(
    call: &Call,
    old: Option<Role>,
    new: Option<Role>,
) -> Result<(), Problem> {
    if old == new {
        return Ok(());
    }
    call.require(Permission::AdminsWrite)?;
    [old, new].into_iter().flatten().try_for_each(|role| require_role(call, role))
}

/// Refuses when `user` is the only owner who may sign in, as nobody could make another.
pub(super) async fn require_other_owner(tx: &Tx, user: &User) -> Result<(), Problem> {
    let owners = users::lock_owners(tx).await?;
    if owners.iter().all(|owner| *owner == user.id) && owners.contains(&user.id) {
        let detail = "This is the last owner. Make somebody else an owner first.".to_owned();
        return Err(Problem::Conflict { code: "last-owner", detail });
    }
    Ok(())
}

/// Refuses what would lock the caller out.
pub(super) fn require_other_account(call: &Call, user: &User) -> Result<(), Problem> {
    if call.user_id() == Some(user.id) {
        let detail = "This is your own account. Somebody else has to do this.".to_owned();
        return Err(Problem::Conflict { code: "own-account", detail });
    }
    Ok(())
}

/// Every rule that the words of an account break.
pub(super) fn check_words(user: &User) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if let Err(reason) = check_username(&user.username) {
        faults.push(FieldError::of("username", "invalid-username", reason.to_string()));
    }
    if !is_email(&user.email) {
        let detail = "Write an e-mail address, such as ana@example.com.";
        faults.push(FieldError::of("email", "invalid-email", detail));
    }
    faults.extend(validation::line_fault("name", &user.name));
    faults
}

/// The unique values of this account that another account has.
pub(super) async fn check_taken(tx: &Tx, user: &User) -> Result<Vec<FieldError>, Problem> {
    let taken = users::taken(tx, user).await?;
    Ok(taken.into_iter().map(taken_fault).collect())
}

pub(super) fn taken_fault(taken: Taken) -> FieldError {
    match taken {
        Taken::Username => {
            FieldError::of("username", "taken", "Another account has this user name.")
        }
        Taken::Email => FieldError::of("email", "taken", "Another account has this address."),
    }
}

/// Reads a role as it is written.
pub(super) fn parse_role(text: &str, faults: &mut Vec<FieldError>) -> Option<Role> {
    let role = text.trim().parse().ok();
    if role.is_none() {
        let names = Role::ALL.map(Role::as_str).join(", ");
        faults.push(FieldError::of("role", "unknown-role", format!("Choose one of {names}.")));
    }
    role
}
