//! Changing an account.

use domain::{FieldError, Id, Permission, Role, User, UserStatus, audit::Action};
use serde_json::json;
use store::{
    Tx,
    repo::{credentials, issued, users},
};

use super::{
    UpdateUser,
    access::{
        check_taken, check_words, parse_role, require_other_account, require_other_owner,
        require_reach, require_role_change,
    },
    register::{hash, or_taken, unknown_status},
};
use crate::{
    Call, Patch, Problem, Service, links,
    transaction::{Event, changed_names, expect_version, require_written},
    validation,
};

/// Changes an account. Locking it and giving it another password end whatever
/// the person is signed in to, at once.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::UsersWrite`], for a role that
/// the caller may not give, or for somebody whose role holds what the caller
/// lacks; [`Problem::NotFound`], [`Problem::Stale`], [`Problem::Invalid`],
/// [`Problem::Conflict`] for the last owner, for locking oneself and for another role of
/// one's own, [`Problem::Busy`].
pub async fn update(
    service: &Service,
    call: &Call,
    mut command: UpdateUser,
) -> Result<User, Problem> {
    call.require(Permission::UsersWrite)?;
    let texts = [&mut command.username, &mut command.email, &mut command.name];
    validation::trim(texts.into_iter().flatten());
    let now = service.parts.clock.now();
    let old =
        users::find(&service.parts.store, command.id).await?.ok_or(Problem::NotFound("user"))?;
    require_reach(call, &old)?;
    let version = expect_version(Some(command.version), old.version)?;
    let (new, mut faults) = changed(&old, &command);
    require_role_change(call, old.role, new.role)?;
    let locks = old.status == UserStatus::Active && new.status == UserStatus::Locked;
    if locks || old.role != new.role {
        require_other_account(call, &old)?;
    }
    let hash = hash(service, &new, command.password.as_ref(), &mut faults).await?;
    let new = User {
        has_password: old.has_password || hash.is_some(),
        updated_at: now,
        version: version + 1,
        ..new
    };
    let names = changed_fields(&old, &new, hash.is_some());
    let written = service
        .write(async |tx| {
            faults.extend(check_taken(tx, &new).await?);
            validation::refuse(faults)?;
            if names.is_empty() {
                return Ok(old);
            }
            if loses_owner(&old, &new) {
                require_other_owner(tx, &old).await?;
            }
            require_written(users::update(tx, &new, version).await?, version)?;
            tx.invalidate_caches();
            let details = json!({ "fields": names, "role": new.role, "status": new.status });
            let (action, target) = (Action::UserUpdated, (&new).into());
            service.record(tx, Event { call, action, now, target, details }).await?;
            if let Some(hash) = &hash {
                return change_password(service, tx, call, (&old, new, hash)).await;
            }
            if locks {
                end_everything(tx, &new, now).await?;
            }
            Ok(new)
        })
        .await;
    or_taken(written)
}

/// Locks or unlocks an account.
///
/// # Errors
///
/// As [`update`].
pub async fn set_status(
    service: &Service,
    call: &Call,
    id: Id<User>,
    status: UserStatus,
    version: Option<i64>,
) -> Result<User, Problem> {
    call.require(Permission::UsersWrite)?;
    let current = users::find(&service.parts.store, id).await?.ok_or(Problem::NotFound("user"))?;
    let version = expect_version(version, current.version)?;
    let status = Some(status.as_str().to_owned());
    update(service, call, UpdateUser { status, ..UpdateUser::of(id, version) }).await
}

async fn change_password(
    service: &Service,
    tx: &Tx,
    call: &Call,
    (old, user, hash): (&User, User, &str),
) -> Result<User, Problem> {
    let now = user.updated_at;
    credentials::set_password_hash(tx, user.id, hash, now).await?;
    let details = json!({});
    let (action, target) = (Action::PasswordChanged, (&user).into());
    service.record(tx, Event { call, action, now, target, details }).await?;
    links::after_password_change(service, tx, &user, now).await?;
    if old.email_verified && old.email != user.email {
        // Whoever took the account over must not be the only one who is told.
        links::tell_password_changed(service, tx, (&user, &old.email), now).await?;
    }
    users::find(tx, user.id).await?.ok_or(Problem::NotFound("user"))
}

/// Ends what the person is signed in to and what was issued for them.
pub(super) async fn end_everything(
    tx: &Tx,
    user: &User,
    now: domain::Timestamp,
) -> Result<(), Problem> {
    let filter = issued::SessionFilter { user: Some(user.id), ..issued::SessionFilter::default() };
    issued::end_sessions(tx, None, &filter, now).await?;
    issued::revoke_all_of_user(tx, user.id, now).await?;
    Ok(())
}

fn changed(old: &User, command: &UpdateUser) -> (User, Vec<FieldError>) {
    let mut faults = validation::faults(command);
    let text = |new: &Option<String>, old: &str| new.as_deref().unwrap_or(old).to_owned();
    let role = match &command.role {
        Patch::Keep => old.role,
        Patch::Clear => None,
        Patch::Set(text) => parse_role(text, &mut faults).or(old.role),
    };
    let status = command.status.as_deref().map_or(old.status, |text| {
        text.trim().parse().unwrap_or_else(|_reason| {
            faults.push(unknown_status());
            old.status
        })
    });
    let email = text(&command.email, &old.email);
    // Another address has yet to be proven.
    let still_verified = old.email_verified && email == old.email;
    let new = User {
        username: text(&command.username, &old.username),
        email_verified: command.email_verified.unwrap_or(still_verified),
        email,
        name: text(&command.name, &old.name),
        role,
        status,
        ..old.clone()
    };
    faults.extend(check_words(&new));
    (new, faults)
}

fn loses_owner(old: &User, new: &User) -> bool {
    let owns = |user: &User| user.role == Some(Role::Owner) && user.status == UserStatus::Active;
    owns(old) && !owns(new)
}

fn changed_fields(old: &User, new: &User, password: bool) -> Vec<&'static str> {
    changed_names(&[
        ("username", old.username != new.username),
        ("email", old.email != new.email),
        ("email_verified", old.email_verified != new.email_verified),
        ("name", old.name != new.name),
        ("password", password),
        ("role", old.role != new.role),
        ("status", old.status != new.status),
    ])
}
