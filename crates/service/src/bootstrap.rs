//! The first run: one link makes the first owner, once.

use std::{fmt, sync::atomic::Ordering, time::Duration};

use domain::{
    FieldError, HandleKind, Id, RequestFacts, Role, Timestamp, User, UserStatus,
    audit::{Action, Surface},
    check_username, is_email,
};
use secrecy::SecretString;
use store::{
    StoreError, Tx,
    repo::{
        audit, credentials,
        one_time_links::{self, LinkPurpose, OneTimeLink},
        users,
    },
};

use crate::{
    Call, Problem, Service, links, login,
    password::{self, PasswordContext},
    users::OneTimeUrl,
    validation,
};

/// How long a link to set up the server works.
const LINK_LASTS: Duration = Duration::from_mins(30);
/// So many wrong links are looked at before the server has to be started again.
const MAX_WRONG_LINKS: u32 = 10;
/// The longest name of a person.
const MAX_NAME: usize = 100;

/// Asks to set the server up.
#[derive(Clone)]
pub struct SetUp {
    /// What the printed link ends in.
    pub token: String,
    /// What the person is called.
    pub name: String,
    /// Where their mail goes.
    pub email: String,
    /// What they sign in with; what stands before the `@` when it is empty.
    pub username: String,
    /// Their password.
    pub password: SecretString,
}

impl fmt::Debug for SetUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetUp(..)")
    }
}

/// Why the server was not set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetUpRefusal {
    /// Someone did it before.
    #[error("the server is set up already")]
    AlreadyDone,
    /// It is not a link of this server, or too old.
    #[error("the set-up link is wrong or too old")]
    DeadLink,
    /// Too many wrong links were tried since the server started.
    #[error("too many wrong set-up links were tried")]
    TooManyTries,
}

/// Whether nobody owns the server yet.
///
/// # Errors
///
/// When the database fails.
pub async fn needs_set_up(service: &Service) -> Result<bool, StoreError> {
    if service.sign_in.is_set_up.load(Ordering::Acquire) {
        return Ok(false);
    }
    let is_set_up = credentials::has_owner(&service.parts.store).await?;
    if is_set_up {
        service.sign_in.is_set_up.store(true, Ordering::Release);
    }
    Ok(!is_set_up)
}

/// Makes the link that sets the server up; `None` when that was done.
///
/// # Errors
///
/// When the database fails.
pub async fn make_set_up_link(service: &Service) -> Result<Option<OneTimeUrl>, StoreError> {
    if !needs_set_up(service).await? {
        return Ok(None);
    }
    let now = service.parts.clock.now();
    let link = OneTimeLink {
        purpose: LinkPurpose::SetUp,
        user_id: None,
        created_at: now,
        expires_at: now.plus(LINK_LASTS),
    };
    let made = service
        .parts
        .store
        .write(async |tx| links::make(service, tx, &link, "/setup?token=").await)
        .await?;
    Ok(Some(made))
}

/// Whether `token` still sets the server up; looking does not spend it.
///
/// # Errors
///
/// When the database fails.
pub async fn check_link(
    service: &Service,
    token: &str,
) -> Result<Result<(), SetUpRefusal>, StoreError> {
    let now = service.parts.clock.now();
    if !needs_set_up(service).await? {
        return Ok(Err(SetUpRefusal::AlreadyDone));
    }
    let wrong = &service.sign_in.wrong_set_up_links;
    if wrong.load(Ordering::Acquire) >= MAX_WRONG_LINKS {
        return Ok(Err(SetUpRefusal::TooManyTries));
    }
    let found = match service.parts.handles.digest(HandleKind::SetupLink, token) {
        Some(digest) => {
            one_time_links::find(&service.parts.store, LinkPurpose::SetUp, &digest, now).await?
        }
        None => None,
    };
    if found.is_none() {
        // Whoever only comes to look does not guess.
        if !token.is_empty() {
            wrong.fetch_add(1, Ordering::AcqRel);
        }
        return Ok(Err(SetUpRefusal::DeadLink));
    }
    Ok(Ok(()))
}

/// Spends the link and makes the first owner; whoever comes second has lost.
///
/// # Errors
///
/// [`Problem::Invalid`] when a field cannot be taken; the link then still works.
/// [`Problem::Busy`], or when the database fails.
pub async fn complete(
    service: &Service,
    command: SetUp,
    facts: &RequestFacts,
) -> Result<Result<User, SetUpRefusal>, Problem> {
    let now = service.parts.clock.now();
    if let Err(refusal) = check_link(service, &command.token).await? {
        return Ok(Err(refusal));
    }
    let owner = first_owner(service, &command, now);
    let context = PasswordContext {
        username: &owner.username,
        email: &owner.email,
        name: &owner.name,
        public_url: &service.parts.config.public_url,
    };
    let mut faults = check_fields(&owner);
    faults.extend(password::check(&command.password, &context).err());
    if !faults.is_empty() {
        return Err(Problem::Invalid(faults));
    }
    let hash = password::hash(service, &command.password, &context).await?;
    let made = service
        .parts
        .store
        .write(async |tx| make_owner(service, tx, &command.token, (&owner, &hash), facts).await)
        .await;
    let made = match made {
        // Rolled back: the link still works.
        Err(error) if error.is_unique_violation() => {
            let detail = "Another account has this email address or user name.";
            return Err(Problem::field("email", "taken", detail));
        }
        made => made?,
    };
    if made.is_ok() {
        service.sign_in.is_set_up.store(true, Ordering::Release);
    }
    Ok(made.map(|()| owner))
}

/// Everything that makes the owner stands or falls together.
async fn make_owner(
    service: &Service,
    tx: &Tx,
    token: &str,
    (owner, hash): (&User, &str),
    facts: &RequestFacts,
) -> Result<Result<(), SetUpRefusal>, StoreError> {
    let parts = &service.parts;
    let now = owner.created_at;
    if credentials::has_owner(tx).await? {
        return Ok(Err(SetUpRefusal::AlreadyDone));
    }
    let digest = parts.handles.digest(HandleKind::SetupLink, token);
    let Some(digest) = digest else { return Ok(Err(SetUpRefusal::DeadLink)) };
    if !one_time_links::consume(tx, LinkPurpose::SetUp, &digest, None, now).await? {
        return Ok(Err(SetUpRefusal::DeadLink));
    }
    // Two nodes may have printed a link each: the claim decides between them, and the
    // other link opens nothing any more, as there is an owner.
    if !credentials::claim_set_up(tx, now).await? {
        return Ok(Err(SetUpRefusal::AlreadyDone));
    }
    users::insert(tx, owner, Some(hash)).await?;
    let call = Call::of_user(owner, Surface::Oauth, facts.clone());
    let mut event = call.event(Action::ServerBootstrapped, now, &*parts.entropy);
    event.target = Some(owner.id.to_string());
    event.target_name = Some(owner.username.clone());
    audit::record(tx, &event).await?;
    login::record_success(service, tx, owner, login::PASSWORD, (facts, now)).await?;
    Ok(Ok(()))
}

fn first_owner(service: &Service, command: &SetUp, now: Timestamp) -> User {
    let email = command.email.trim().to_owned();
    let username = match command.username.trim() {
        "" => email.split('@').next().unwrap_or_default().to_owned(),
        chosen => chosen.to_owned(),
    };
    User {
        id: Id::new(now, &*service.parts.entropy),
        username,
        email,
        // Whoever reads the server's own output may say what their address is.
        email_verified: true,
        name: command.name.trim().to_owned(),
        role: Some(Role::Owner),
        status: UserStatus::Active,
        has_password: true,
        last_sign_in_at: Some(now),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

fn check_fields(owner: &User) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if owner.name.is_empty() {
        faults.push(FieldError::of("name", "required", "Enter your name."));
    } else if owner.name.chars().count() > MAX_NAME {
        let detail = format!("Use at most {MAX_NAME} characters.");
        faults.push(FieldError::of("name", "length", detail));
    }
    faults.extend(validation::line_fault("name", &owner.name));
    if !is_email(&owner.email) {
        let detail = "Enter an email address, such as name@example.com.";
        faults.push(FieldError::of("email", "email", detail));
    } else if let Err(reason) = check_username(&owner.username) {
        faults.push(FieldError::of("username", "username", reason.to_string()));
    }
    faults
}

#[cfg(test)]
mod tests;
