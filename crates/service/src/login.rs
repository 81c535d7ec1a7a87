//! Signing in.

mod guesses;
mod state;

use std::{collections::BTreeSet, fmt, net::IpAddr};

use domain::{
    RequestFacts, Timestamp, User, UserStatus,
    audit::{Action, Actor, Outcome, Surface},
    canonical,
    rate_limit::network,
};
use secrecy::SecretString;
use store::repo::{audit, credentials, credentials::Credential};

pub(crate) use state::SignInState;

use crate::{
    ApplicationScope, Call, Problem, Service,
    password::{Normalized, Verdict},
};

/// The longest user name or address that is looked for.
const MAX_IDENTIFIER: usize = 254;

/// How often an account is read anew that changes while its password is compared.
const MAX_ATTEMPTS: u32 = 3;

/// How a person signed in with a password, [RFC 8176].
///
/// [RFC 8176]: https://www.rfc-editor.org/rfc/rfc8176
pub const PASSWORD: &str = "pwd";
/// How a person signed in with a link that works once, [RFC 8176].
///
/// [RFC 8176]: https://www.rfc-editor.org/rfc/rfc8176
pub const ONE_TIME_LINK: &str = "otp";

/// A user name or address, and the password that is said to belong to it.
#[derive(Clone)]
pub struct PasswordLogin {
    /// The user name or address as it was typed.
    pub identifier: String,
    /// The password as it was typed.
    pub password: SecretString,
    /// Whether only those who manage something may come in.
    pub for_console: bool,
    /// What is known of the request.
    pub facts: RequestFacts,
}

impl fmt::Debug for PasswordLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordLogin(..)")
    }
}

/// Why a sign-in was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginRefusal {
    /// No account, or another password: nobody is told which.
    #[error("the user name or the password is wrong")]
    WrongCredentials,
    /// The password is right, and the account is locked.
    #[error("the account is locked")]
    Locked,
    /// The password is right, and the person manages nothing here.
    #[error("the person has no role in the control center")]
    NoRole,
    /// Too many wrong guesses came from there; nothing was compared.
    #[error("too many wrong passwords were tried")]
    TooManyTries {
        /// When the next try is looked at.
        retry_after_seconds: u32,
    },
}

/// Tells whose password this is.
///
/// The same work is done whether the account exists or not: a hash is compared,
/// and the refusal is written down.
///
/// # Errors
///
/// [`Problem::Busy`] when too many passwords wait, or when the database fails.
pub async fn with_password(
    service: &Service,
    login: PasswordLogin,
) -> Result<Result<User, LoginRefusal>, Problem> {
    for _ in 0..MAX_ATTEMPTS {
        if let Some(decided) = attempt(service, &login).await? {
            return Ok(decided);
        }
    }
    Err(Problem::Busy { retry_after_seconds: 1 })
}

/// None when the account changed meanwhile: the password may be another one now.
async fn attempt(
    service: &Service,
    login: &PasswordLogin,
) -> Result<Option<Result<User, LoginRefusal>>, Problem> {
    let parts = &service.parts;
    let now = parts.clock.now();
    let identifier = canonical(&login.identifier);
    let found = if identifier.len() <= MAX_IDENTIFIER {
        credentials::find_by_identifier(&parts.store, &identifier).await?
    } else {
        None
    };
    let bucket = bucket(service, found.as_ref(), &identifier, &login.facts);
    if let Err(retry_after_seconds) = may_try(service, bucket, &login.facts, now) {
        return Ok(Some(Err(LoginRefusal::TooManyTries { retry_after_seconds })));
    }
    let password = Normalized::of(&login.password);
    let hash = found.as_ref().and_then(|it| it.password_hash.clone());
    let verdict = match password {
        Some(password) => service.sign_in.hasher.verify(password, hash.clone()).await?,
        // Longer than any password is: there is nothing to compare.
        None => Verdict::Wrong,
    };
    if verdict != Verdict::Wrong {
        service.sign_in.guesses.forget(bucket);
    }
    match (found, verdict) {
        (Some(it), Verdict::Right) => admit(service, login, it, None, now).await,
        (Some(it), Verdict::RightButOutdated) => {
            let anew = rehash(service, &login.password).await;
            let upgrade = hash.zip(anew);
            admit(service, login, it, upgrade, now).await
        }
        (found, Verdict::Wrong | Verdict::Right | Verdict::RightButOutdated) => {
            let user = found.map(|it| it.user);
            let wrong = LoginRefusal::WrongCredentials;
            // Beyond the budget there is nothing left to count.
            let _ = service.sign_in.failures.take(&network_of(&login.facts));
            refuse(service, &login.facts, user.as_ref(), wrong, now).await.map(Some)
        }
    }
}

/// Whether one more password is compared: for this account, and from this address at all.
fn may_try(
    service: &Service,
    bucket: guesses::Bucket,
    facts: &RequestFacts,
    now: Timestamp,
) -> Result<(), u32> {
    if !service.parts.config.limits_enabled {
        return Ok(());
    }
    service.sign_in.failures.look(&network_of(facts))?;
    service.sign_in.guesses.take(bucket, now)
}

fn network_of(facts: &RequestFacts) -> Option<IpAddr> {
    facts.address.map(network)
}

/// Lets in who proved who they are, unless the account says otherwise; none when it is
/// no longer the account that was read.
async fn admit(
    service: &Service,
    login: &PasswordLogin,
    credential: Credential,
    upgrade: Option<(String, String)>,
    now: Timestamp,
) -> Result<Option<Result<User, LoginRefusal>>, Problem> {
    let user = credential.user;
    let refusal = match (user.status, user.role) {
        (UserStatus::Locked, _) => Some(LoginRefusal::Locked),
        (UserStatus::Active, None) if login.for_console => Some(LoginRefusal::NoRole),
        (UserStatus::Active, _) => None,
    };
    if let Some(refusal) = refusal {
        return refuse(service, &login.facts, Some(&user), refusal, now).await.map(Some);
    }
    let parts = &service.parts;
    let admitted = parts
        .store
        .write(async |tx| {
            if !record_success(service, tx, &user, PASSWORD, (&login.facts, now)).await? {
                return Ok(false);
            }
            if let Some((old, new)) = &upgrade {
                credentials::upgrade_password_hash(tx, user.id, old, new).await?;
            }
            Ok(true)
        })
        .await?;
    Ok(admitted.then_some(Ok(user)))
}

/// Writes down that `user` signed in by `method`, unless the account was locked or
/// changed since it was read; says whether it did.
pub(crate) async fn record_success(
    service: &Service,
    tx: &store::Tx,
    user: &User,
    method: &str,
    (facts, now): (&RequestFacts, Timestamp),
) -> Result<bool, store::StoreError> {
    if !credentials::record_sign_in(tx, user, now).await? {
        return Ok(false);
    }
    let call = Call::of_user(user, Surface::Oauth, facts.clone());
    let mut event = call.event(Action::LoginSucceeded, now, &*service.parts.entropy);
    event.target = Some(user.id.to_string());
    event.target_name = Some(user.username.clone());
    event.details.insert("method".to_owned(), method.into());
    audit::record(tx, &event).await?;
    Ok(true)
}

/// Writes a refusal down. What was typed is left out: people type passwords there.
async fn refuse(
    service: &Service,
    facts: &RequestFacts,
    user: Option<&User>,
    refusal: LoginRefusal,
    now: Timestamp,
) -> Result<Result<User, LoginRefusal>, Problem> {
    let parts = &service.parts;
    let call = anonymous(facts);
    let mut event = call.event(Action::LoginRefused, now, &*parts.entropy);
    event.outcome = Outcome::Refused;
    event.reason = Some(refusal.to_string());
    event.target = user.map(|it| it.id.to_string());
    event.target_name = user.map(|it| it.username.clone());
    parts.store.write(async |tx| audit::record(tx, &event).await).await?;
    Ok(Err(refusal))
}

/// A call of nobody known.
pub(crate) fn anonymous(facts: &RequestFacts) -> Call {
    Call {
        actor: Actor::anonymous(),
        surface: Surface::Oauth,
        permissions: BTreeSet::new(),
        applications: ApplicationScope::All,
        facts: facts.clone(),
        claim: None,
    }
}

/// The hash of the same password at today's cost; a busy server does it another time.
async fn rehash(service: &Service, password: &SecretString) -> Option<String> {
    let password = Normalized::of(password)?;
    service.sign_in.hasher.hash(password, &*service.parts.entropy).await.ok()
}

/// Where the guesses at one account from one address are counted.
///
/// By account when it is known, so that its user name and its address share one
/// count. A keyed code: nobody outside can find two that meet in one slot.
fn bucket(
    service: &Service,
    found: Option<&Credential>,
    identifier: &str,
    facts: &RequestFacts,
) -> guesses::Bucket {
    let account = found.map_or_else(|| identifier.to_owned(), |it| it.user.id.to_string());
    let network = network_of(facts).map(|it| it.to_string()).unwrap_or_default();
    let data = format!("{account}\n{network}");
    guesses::Bucket::of(&service.parts.handles.mac("guesses", data.as_bytes()))
}

#[cfg(test)]
mod tests;
