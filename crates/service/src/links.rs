//! Links that work once: to sign in, and to set a password.

use std::time::Duration;

use domain::{
    HandleKind, Id, Permission, RequestFacts, Timestamp, User, UserStatus,
    audit::{Action, Surface},
    outbox::{Job, MailJob, MailMessage},
};
use secrecy::SecretString;
use store::{
    StoreError, Tx,
    repo::{
        audit, browser_sessions, credentials, issued,
        one_time_links::{self, LinkPurpose, OneTimeLink},
        outbox,
    },
};

use crate::{
    Call, Problem, Service, login,
    password::{self, PasswordContext},
    users::OneTimeUrl,
};

/// How long a link to set a password works.
const PASSWORD_LINK_LASTS: Duration = Duration::from_hours(24);
/// How long a link to sign in works.
const SIGN_IN_LINK_LASTS: Duration = Duration::from_mins(30);

/// Which pages a sign-in link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInLinkTo {
    /// People's own pages.
    Account,
    /// The control center.
    Console,
}

/// Why a link does nothing: it never was one, was used, or is too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the link was used before or is too old")]
pub struct DeadLink;

/// Makes a link for `user_id` to set a password with; links made before stop working.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn make_password_link(
    service: &Service,
    tx: &Tx,
    user_id: Id<User>,
    now: Timestamp,
) -> Result<OneTimeUrl, StoreError> {
    one_time_links::revoke_all(tx, LinkPurpose::Password, Some(user_id), now).await?;
    let link = OneTimeLink {
        purpose: LinkPurpose::Password,
        user_id: Some(user_id),
        created_at: now,
        expires_at: now.plus(PASSWORD_LINK_LASTS),
    };
    make(service, tx, &link, "/password/").await
}

/// Makes a link that signs `user_id` in without a password.
///
/// # Errors
///
/// [`Problem::Forbidden`] for whoever may not make administrators, or when the
/// database fails.
pub async fn make_sign_in_link(
    service: &Service,
    call: &Call,
    user_id: Id<User>,
    to: SignInLinkTo,
) -> Result<OneTimeUrl, Problem> {
    call.require(Permission::AdminsWrite)?;
    let now = service.parts.clock.now();
    let link = OneTimeLink {
        purpose: LinkPurpose::SignIn,
        user_id: Some(user_id),
        created_at: now,
        expires_at: now.plus(SIGN_IN_LINK_LASTS),
    };
    let path = match to {
        SignInLinkTo::Account => "/link/",
        SignInLinkTo::Console => "/link/console/",
    };
    Ok(service.parts.store.write(async |tx| make(service, tx, &link, path).await).await?)
}

/// Keeps `link` and writes its address.
pub(crate) async fn make(
    service: &Service,
    tx: &Tx,
    link: &OneTimeLink,
    path: &str,
) -> Result<OneTimeUrl, StoreError> {
    let parts = &service.parts;
    let (handle, digest) = parts.handles.issue(handle_kind(link.purpose), &*parts.entropy);
    one_time_links::insert(tx, &digest, link, &*parts.entropy).await?;
    let base = parts.config.public_url.trim_end_matches('/');
    Ok(OneTimeUrl {
        url: SecretString::from(format!("{base}{path}{}", handle.expose())),
        expires_at: link.expires_at,
    })
}

/// Whom a link to sign in is for, while it works; looking does not spend it.
///
/// # Errors
///
/// When the database fails.
pub async fn find_sign_in(service: &Service, token: &str) -> Result<Option<User>, StoreError> {
    find(service, LinkPurpose::SignIn, token).await
}

/// Whom a link to set a password is for, while it works; looking does not spend it.
///
/// # Errors
///
/// When the database fails.
pub async fn find_password(service: &Service, token: &str) -> Result<Option<User>, StoreError> {
    find(service, LinkPurpose::Password, token).await
}

async fn find(
    service: &Service,
    purpose: LinkPurpose,
    token: &str,
) -> Result<Option<User>, StoreError> {
    let parts = &service.parts;
    let now = parts.clock.now();
    let Some(digest) = parts.handles.digest(handle_kind(purpose), token) else { return Ok(None) };
    let link = one_time_links::find(&parts.store, purpose, &digest, now).await?;
    let Some(user_id) = link.and_then(|it| it.user_id) else { return Ok(None) };
    let found = credentials::find(&parts.store, user_id).await?.map(|it| it.user);
    Ok(found.filter(|user| user.status == UserStatus::Active))
}

/// Spends a link to sign in.
///
/// # Errors
///
/// When the database fails.
pub async fn spend_sign_in(
    service: &Service,
    token: &str,
    facts: &RequestFacts,
) -> Result<Result<User, DeadLink>, Problem> {
    let parts = &service.parts;
    let now = parts.clock.now();
    let Some(user) = find_sign_in(service, token).await? else { return Ok(Err(DeadLink)) };
    let Some(digest) = parts.handles.digest(HandleKind::SignInLink, token) else {
        return Ok(Err(DeadLink));
    };
    let spent = service
        .write(async |tx| {
            let purpose = LinkPurpose::SignIn;
            if !one_time_links::consume(tx, purpose, &digest, Some(user.id), now).await? {
                return Ok(false);
            }
            let method = login::ONE_TIME_LINK;
            if login::record_success(service, tx, &user, method, (facts, now)).await? {
                return Ok(true);
            }
            // Somebody changed the account just now: the link stays for another try.
            Err(Problem::Busy { retry_after_seconds: 1 })
        })
        .await?;
    Ok(if spent { Ok(user) } else { Err(DeadLink) })
}

/// Spends a link to set a password; ends whatever the person was signed in to.
///
/// # Errors
///
/// [`Problem::Invalid`] when the password may not be one; the link then still
/// works. [`Problem::Busy`], or when the database fails.
pub async fn set_password(
    service: &Service,
    token: &str,
    new: &SecretString,
    facts: &RequestFacts,
) -> Result<Result<User, DeadLink>, Problem> {
    let parts = &service.parts;
    let now = parts.clock.now();
    let Some(user) = find_password(service, token).await? else { return Ok(Err(DeadLink)) };
    let Some(digest) = parts.handles.digest(HandleKind::PasswordResetLink, token) else {
        return Ok(Err(DeadLink));
    };
    let context = PasswordContext {
        username: &user.username,
        email: &user.email,
        name: &user.name,
        public_url: &parts.config.public_url,
    };
    let hash = password::hash(service, new, &context).await?;
    let call = Call::of_user(&user, Surface::Oauth, facts.clone());
    let spent = parts
        .store
        .write(async |tx| {
            let purpose = LinkPurpose::Password;
            if !one_time_links::consume(tx, purpose, &digest, Some(user.id), now).await? {
                return Ok(false);
            }
            credentials::set_password_hash(tx, user.id, &hash, now).await?;
            let mut event = call.event(Action::PasswordChanged, now, &*parts.entropy);
            event.target = Some(user.id.to_string());
            event.target_name = Some(user.username.clone());
            audit::record(tx, &event).await?;
            after_password_change(service, tx, &user, now).await?;
            Ok(true)
        })
        .await?;
    Ok(if spent { Ok(user) } else { Err(DeadLink) })
}

/// Ends every session and grant of a person whose password changed, and tells them.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn after_password_change(
    service: &Service,
    tx: &Tx,
    user: &User,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.invalidate_caches();
    browser_sessions::remove_all_of(tx, user.id).await?;
    one_time_links::revoke_all(tx, LinkPurpose::SignIn, Some(user.id), now).await?;
    one_time_links::revoke_all(tx, LinkPurpose::Password, Some(user.id), now).await?;
    issued::revoke_all_of_user(tx, user.id, now).await?;
    tell_password_changed(service, tx, (user, &user.email), now).await
}

/// Tells the person `user` at the address `to` that their password changed.
///
/// # Errors
///
/// When the database fails.
pub(crate) async fn tell_password_changed(
    service: &Service,
    tx: &Tx,
    (user, to): (&User, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    let message = MailMessage::PasswordChanged { name: user.shown_name().to_owned() };
    let job = Job::Mail(MailJob { to: to.to_owned(), message });
    let once = format!("password-changed/{}/{}/{to}", user.id, now.as_millis());
    outbox::queue(tx, &job, &once, now, &*service.parts.entropy).await
}

pub(crate) const fn handle_kind(purpose: LinkPurpose) -> HandleKind {
    match purpose {
        LinkPurpose::SetUp => HandleKind::SetupLink,
        LinkPurpose::SignIn => HandleKind::SignInLink,
        LinkPurpose::Password => HandleKind::PasswordResetLink,
    }
}

#[cfg(test)]
mod tests;
