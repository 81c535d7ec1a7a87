//! `countersign admin create`, `user create` and `api-key create`.

use std::io::{BufRead, Write};

use domain::Permission;
use secrecy::{ExposeSecret as _, SecretString};
use service::{
    Call, Problem,
    users::{self, RegisterUser},
};

use super::{
    AdminArgs, AdminCommand, ApiKeyArgs, ApiKeyCommand, CliError, UserArgs, UserCommand, open,
};
use crate::{config::Env, core::World};

/// Makes an administrator and prints the user id.
///
/// # Errors
///
/// When the account cannot be made.
pub async fn create_admin(
    args: &AdminArgs,
    env: &dyn Env,
    world: &World,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let AdminCommand::Create(command) = &args.command;
    let username = command.email.split('@').next().unwrap_or_default().to_owned();
    let account = RegisterUser {
        name: username.clone(),
        username,
        email: command.email.clone(),
        email_verified: true,
        role: Some(command.role.as_str().to_owned()),
        password: Some(read_password(input)?),
        ..RegisterUser::default()
    };
    let core = open::beside(&args.settings, env, world).await?;
    let user = users::register(&core.service, &Call::operator(), account).await?;
    writeln!(out, "{}", user.id)?;
    Ok(())
}

/// Makes a user and prints the user id.
///
/// # Errors
///
/// When the account cannot be made.
pub async fn create_user(
    args: &UserArgs,
    env: &dyn Env,
    world: &World,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let UserCommand::Create(command) = &args.command;
    let account = RegisterUser {
        username: command.username.clone(),
        email: command.email.clone(),
        email_verified: command.verified,
        name: command.name.clone().unwrap_or_default(),
        password: Some(read_password(input)?),
        ..RegisterUser::default()
    };
    let core = open::beside(&args.settings, env, world).await?;
    let user = users::register(&core.service, &Call::operator(), account).await?;
    writeln!(out, "{}", user.id)?;
    Ok(())
}

/// Makes an API key and prints it, alone.
///
/// # Errors
///
/// When the key cannot be made.
pub async fn create_api_key(
    args: &ApiKeyArgs,
    env: &dyn Env,
    world: &World,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let ApiKeyCommand::Create(command) = &args.command;
    let permissions: &[Permission] =
        if command.all { Permission::ALL } else { &command.permission };
    let now = world.clock.now();
    let core = open::beside(&args.settings, env, world).await?;
    let expires_at = command.expires.map(|age| now.plus(age.0));
    let key = core.make_api_key(&command.name, permissions, expires_at).await?;
    writeln!(out, "{}", key.expose_secret())?;
    Ok(())
}

/// The first line of standard input.
fn read_password(input: &mut dyn BufRead) -> Result<SecretString, CliError> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let password = line.trim_end_matches(['\n', '\r']);
    if password.is_empty() {
        return Err(CliError::invalid("standard input holds no password; write it as one line"));
    }
    Ok(SecretString::from(password))
}

impl From<Problem> for CliError {
    fn from(problem: Problem) -> Self {
        match &problem {
            Problem::Forbidden(_) => Self::forbidden(problem.to_string()),
            Problem::Invalid(errors) => {
                let details: Vec<&str> = errors.iter().map(|it| it.detail.as_str()).collect();
                // The words are right; somebody else has them.
                if errors.iter().all(|it| it.code == "taken") {
                    Self::conflict(details.join(" "))
                } else {
                    Self::invalid(details.join(" "))
                }
            }
            Problem::Conflict { detail, .. } => Self::conflict(detail.clone()),
            Problem::Stale { .. } => Self::conflict(problem.to_string()),
            Problem::NotFound(_) | Problem::Busy { .. } | Problem::Unavailable(_) => {
                Self::failure(open::with_sources(&problem))
            }
        }
    }
}
