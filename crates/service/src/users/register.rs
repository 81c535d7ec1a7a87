//! Adding an account.

use domain::{FieldError, Id, Permission, Timestamp, User, UserStatus, audit::Action};
use secrecy::SecretString;
use serde_json::json;
use store::repo::users;

use super::{
    RegisterUser,
    access::{check_taken, check_words, parse_role, require_role_change},
};
use crate::{
    Call, Problem, Service,
    password::{self, PasswordContext},
    transaction::Event,
    validation,
};

/// Adds an account.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::UsersWrite`], or for a role that
/// the caller may not give; [`Problem::Invalid`] naming every field that breaks
/// a rule or is taken; [`Problem::Busy`].
pub async fn register(
    service: &Service,
    call: &Call,
    mut command: RegisterUser,
) -> Result<User, Problem> {
    call.require(Permission::UsersWrite)?;
    validation::trim([&mut command.username, &mut command.email, &mut command.name]);
    let now = service.parts.clock.now();
    let (user, mut faults) = check(service, &command, now);
    require_role_change(call, None, user.role)?;
    let hash = hash(service, &user, command.password.as_ref(), &mut faults).await?;
    let written = service
        .write(async |tx| {
            faults.extend(check_taken(tx, &user).await?);
            validation::refuse(faults)?;
            users::insert(tx, &user, hash.as_deref()).await?;
            let details = json!({ "role": user.role, "has_password": user.has_password });
            let (action, target) = (Action::UserRegistered, (&user).into());
            service.record(tx, Event { call, action, now, target, details }).await?;
            Ok(user)
        })
        .await;
    or_taken(written)
}

/// Somebody took the name between the look and the write.
pub(super) fn or_taken<T>(written: Result<T, Problem>) -> Result<T, Problem> {
    match written {
        Err(Problem::Unavailable(error)) if error.is_unique_violation() => {
            let detail = "Another account has this user name or address.";
            Err(Problem::field("username", "taken", detail))
        }
        written => written,
    }
}

/// The hash of a new password; a password that may not be one is a fault like others.
pub(super) async fn hash(
    service: &Service,
    user: &User,
    new: Option<&SecretString>,
    faults: &mut Vec<FieldError>,
) -> Result<Option<String>, Problem> {
    let Some(new) = new else { return Ok(None) };
    let context = PasswordContext {
        username: &user.username,
        email: &user.email,
        name: &user.name,
        public_url: &service.parts.config.public_url,
    };
    if let Err(fault) = password::check(new, &context) {
        faults.push(fault);
    }
    if faults.is_empty() {
        password::hash(service, new, &context).await.map(Some)
    } else {
        Ok(None)
    }
}

fn check(service: &Service, command: &RegisterUser, now: Timestamp) -> (User, Vec<FieldError>) {
    let mut faults = validation::faults(command);
    let role = command.role.as_deref().and_then(|text| parse_role(text, &mut faults));
    let status = command.status.as_deref().map_or(UserStatus::Active, |text| {
        text.trim().parse().unwrap_or_else(|_reason| {
            faults.push(unknown_status());
            UserStatus::Active
        })
    });
    let user = User {
        id: Id::new(now, &*service.parts.entropy),
        username: command.username.clone(),
        email: command.email.clone(),
        email_verified: command.email_verified,
        name: command.name.clone(),
        role,
        status,
        has_password: command.password.is_some(),
        last_sign_in_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    faults.extend(check_words(&user));
    (user, faults)
}

pub(super) fn unknown_status() -> FieldError {
    FieldError::of("status", "unknown-status", "Choose active or locked.")
}
