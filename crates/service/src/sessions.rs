//! The sessions behind browser cookies: what the session middleware loads and keeps,
//! and how they end.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    BrowserSession, HandleDigest, HandleKind, Id, RequestFacts, SessionKind, Timestamp, User,
    audit::{Action, Surface},
};
use store::{
    StoreError,
    repo::{audit, browser_sessions, browser_sessions::LiveSession, credentials, users},
};

use crate::{Call, Service};

/// What the middleware keeps for a session, by name. Values are JSON, as it writes them.
pub type State = HashMap<String, String>;

/// Under which the id of the user stands in the state.
const USER_ID: &str = "uid";
/// Under which sign-in notes the version of the account whose password, or link, it saw.
pub const ACCOUNT_VERSION: &str = "account_version";
/// Under which the id of the session stands.
const SESSION_ID: &str = "sid";
/// Present when the session outlives the browser window.
const REMEMBER: &str = "remember";
/// Under which sign-in notes what the browser calls itself.
pub const USER_AGENT: &str = "user_agent";
/// Under which sign-in notes the address it came from.
pub const ADDRESS: &str = "address";

/// The use of a session is written down this often.
const NOTED_EVERY: Duration = Duration::from_mins(1);
/// The most sessions of one kind that a person has; the longest unused ends.
const MAX_SESSIONS: u64 = 50;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How long a session lasts.
struct Lifetime {
    idle: Duration,
    absolute: Duration,
}

const fn lifetime(kind: SessionKind, is_remembered: bool) -> Lifetime {
    let (idle, absolute) = match (kind, is_remembered) {
        (SessionKind::Console, _) => (15 * MINUTE, 8 * HOUR),
        (SessionKind::User, false) => (HOUR, DAY),
        (SessionKind::User, true) => (14 * DAY, 30 * DAY),
    };
    Lifetime { idle: Duration::from_secs(idle), absolute: Duration::from_secs(absolute) }
}

/// A miss of the session cache, or what kept it from being filled.
#[derive(Debug)]
enum NotLive {
    Missing,
    Failed(StoreError),
}

impl From<StoreError> for NotLive {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// The state of the session that `key` opens, unless it ended.
///
/// # Errors
///
/// When the database fails.
pub async fn load(
    service: &Service,
    kind: SessionKind,
    key: &str,
) -> Result<Option<State>, StoreError> {
    let now = service.parts.clock.now();
    let Some(digest) = digest(service, kind, key) else { return Ok(None) };
    Ok(live(service, kind, digest, now).await?.map(|live| live.session.state.clone()))
}

/// Begins a session; gives the key that opens it, to be told to the browser alone.
///
/// None where the account was locked or changed since its person proved who they are:
/// whoever changed a password and ended every session finds none that began later with
/// the old one.
///
/// # Errors
///
/// When the database fails.
pub async fn save(
    service: &Service,
    kind: SessionKind,
    mut state: State,
) -> Result<Option<String>, StoreError> {
    let version = state.remove(ACCOUNT_VERSION).and_then(|it| it.parse().ok());
    let parts = &service.parts;
    let now = parts.clock.now();
    let lasts = lifetime(kind, state.contains_key(REMEMBER));
    let session_id = text(&state, SESSION_ID).and_then(|id| Id::parse(&id).ok());
    let from = browser_sessions::SeenFrom {
        user_agent: text(&state, USER_AGENT),
        address: text(&state, ADDRESS),
    };
    let session = BrowserSession {
        id: session_id.unwrap_or_else(|| Id::new(now, &*parts.entropy)),
        kind,
        user_id: user_id(&state),
        state,
        created_at: now,
        idle_expires_at: now.plus(lasts.idle),
        expires_at: now.plus(lasts.absolute),
    };
    let (handle, digest) = parts.handles.issue(handle_kind(kind), &*parts.entropy);
    let begun = parts
        .store
        .write(async |tx| {
            let Some(user_id) = session.user_id else {
                browser_sessions::insert(tx, &digest, &session, &from).await?;
                return Ok(true);
            };
            let Some(version) = version else { return Ok(false) };
            if !users::hold(tx, user_id, version).await? {
                return Ok(false);
            }
            browser_sessions::insert(tx, &digest, &session, &from).await?;
            browser_sessions::trim(tx, user_id, kind, MAX_SESSIONS).await?;
            Ok(true)
        })
        .await?;
    Ok(begun.then(|| handle.expose().to_owned()))
}

/// Replaces the state of a session; says whether it was still there.
///
/// # Errors
///
/// When the database fails.
pub async fn update(
    service: &Service,
    kind: SessionKind,
    key: &str,
    state: &State,
) -> Result<bool, StoreError> {
    let parts = &service.parts;
    let now = parts.clock.now();
    let Some(digest) = digest(service, kind, key) else { return Ok(false) };
    let user_id = user_id(state);
    let done = parts
        .store
        .write(async |tx| {
            tx.invalidate_caches();
            browser_sessions::update_state(tx, &digest, user_id, state, now).await
        })
        .await?;
    Ok(done)
}

/// Notes that a session is used, at most once a minute; so its idle end moves on.
///
/// # Errors
///
/// When the database fails.
pub async fn touch(service: &Service, kind: SessionKind, key: &str) -> Result<(), StoreError> {
    let now = service.parts.clock.now();
    let Some(digest) = digest(service, kind, key) else { return Ok(()) };
    let Some(live) = live(service, kind, digest, now).await? else { return Ok(()) };
    if now.since(live.last_seen_at) < NOTED_EVERY {
        return Ok(());
    }
    let lasts = lifetime(kind, live.session.state.contains_key(REMEMBER));
    let idle_end = now.plus(lasts.idle).min(live.session.expires_at);
    let noted_before = now.minus(NOTED_EVERY);
    service
        .parts
        .store
        .write(async |tx| browser_sessions::touch(tx, &digest, now, idle_end, noted_before).await)
        .await?;
    service.sign_in.sessions.forget(&(kind, digest));
    Ok(())
}

/// Ends the session that `key` opens, if there is one.
///
/// # Errors
///
/// When the database fails.
pub async fn remove(service: &Service, kind: SessionKind, key: &str) -> Result<(), StoreError> {
    let Some(digest) = digest(service, kind, key) else { return Ok(()) };
    service.parts.store.write(async |tx| browser_sessions::remove(tx, &digest).await).await?;
    Ok(())
}

/// Signs a person out of the session `session_id`, at their own wish.
///
/// # Errors
///
/// When the database fails.
pub async fn sign_out(
    service: &Service,
    user_id: Id<User>,
    session_id: Id<BrowserSession>,
    facts: &RequestFacts,
) -> Result<(), StoreError> {
    let parts = &service.parts;
    let now = parts.clock.now();
    let event = person(service, user_id).await?.map(|user| {
        let call = Call::of_user(&user, Surface::Oauth, facts.clone());
        let mut event = call.event(Action::SessionEnded, now, &*parts.entropy);
        event.target = Some(session_id.to_string());
        event
    });
    parts
        .store
        .write(async |tx| match (browser_sessions::remove_by_id(tx, session_id).await?, &event) {
            (true, Some(event)) => audit::record(tx, event).await,
            (_, _) => Ok(()),
        })
        .await
}

/// The person with this id, unless they are locked or gone; from memory when warm.
///
/// # Errors
///
/// When the database fails.
pub async fn person(service: &Service, id: Id<User>) -> Result<Option<Arc<User>>, StoreError> {
    let now = service.parts.clock.now();
    let store = &service.parts.store;
    let found = service
        .sign_in
        .people
        .get(store, now, id, async |id| match credentials::find(store, *id).await? {
            Some(it) if it.user.status == domain::UserStatus::Active => Ok(Arc::new(it.user)),
            Some(_) | None => Err(NotLive::Missing),
        })
        .await;
    optional(found)
}

/// The session from memory, or from the database when this node does not know it.
async fn live(
    service: &Service,
    kind: SessionKind,
    digest: HandleDigest,
    now: Timestamp,
) -> Result<Option<Arc<LiveSession>>, StoreError> {
    let store = &service.parts.store;
    let found = service
        .sign_in
        .sessions
        .get(store, now, (kind, digest), async |(kind, digest)| {
            let found = browser_sessions::find(store, *kind, digest, now).await?;
            found.map(Arc::new).ok_or(NotLive::Missing)
        })
        .await;
    let is_open = |live: &Arc<LiveSession>| {
        now < live.session.idle_expires_at && now < live.session.expires_at
    };
    Ok(optional(found)?.filter(is_open))
}

fn optional<T>(found: Result<T, NotLive>) -> Result<Option<T>, StoreError> {
    match found {
        Ok(it) => Ok(Some(it)),
        Err(NotLive::Missing) => Ok(None),
        Err(NotLive::Failed(error)) => Err(error),
    }
}

fn digest(service: &Service, kind: SessionKind, key: &str) -> Option<HandleDigest> {
    service.parts.handles.digest(handle_kind(kind), key)
}

const fn handle_kind(kind: SessionKind) -> HandleKind {
    match kind {
        SessionKind::User => HandleKind::UserSession,
        SessionKind::Console => HandleKind::ConsoleSession,
    }
}

fn user_id(state: &State) -> Option<Id<User>> {
    text(state, USER_ID).and_then(|id| Id::parse(&id).ok())
}

fn text(state: &State, key: &str) -> Option<String> {
    serde_json::from_str(state.get(key)?).ok()
}

#[cfg(test)]
mod tests;
