//! Sessions of browsers: who is signed in, in the control center and everywhere else.

mod store;

use actix_session::{
    Session, SessionExt, SessionMiddleware,
    config::{BrowserSession, CookieContentSecurity, TtlExtensionPolicy},
    storage::{LoadError, SaveError, SessionStore, UpdateError},
};
use actix_web::{
    Error, HttpMessage, HttpRequest,
    cookie::{Key, SameSite, time::Duration},
    error::InternalError,
};
use domain::{BrowserSession as Stored, Id, SessionKind, Timestamp, User};
use service::sessions::{ACCOUNT_VERSION, ADDRESS, USER_AGENT};

pub use store::ServiceStore;

use crate::{PageError, WebConfig, request_facts};

/// Under which the session id stands in the state.
pub const SID: &str = "sid";
/// Under which the user id stands.
pub const UID: &str = "uid";
/// Under which the moment of signing in stands, in milliseconds.
pub const AUTH_TIME: &str = "auth_time";
/// Under which the methods of signing in stand, separated by spaces.
pub const AMR: &str = "amr";
/// Present when the session outlives the browser window.
pub const REMEMBER: &str = "remember";

/// How long a session that is not used lasts.
const fn idle(kind: SessionKind) -> Duration {
    match kind {
        SessionKind::User => Duration::hours(1),
        SessionKind::Console => Duration::minutes(15),
    }
}

/// How long a remembered session lasts.
pub(crate) const REMEMBERED: Duration = Duration::days(30);

/// The name of the cookie of a kind of session.
#[must_use]
pub fn cookie_name(config: &WebConfig, kind: SessionKind) -> String {
    config.cookie_name(match kind {
        SessionKind::User => "cs_sid",
        SessionKind::Console => "cs_adm",
    })
}

/// Sessions of people's pages. Wrap the scope of those pages alone: one request, one session.
#[must_use]
pub fn user_sessions<Store: SessionStore>(
    config: &WebConfig,
    store: Store,
) -> SessionMiddleware<Store> {
    sessions(config, SessionKind::User, store)
}

/// Sessions of the control center. Wrap the scope `/console` alone.
#[must_use]
pub fn console_sessions<Store: SessionStore>(
    config: &WebConfig,
    store: Store,
) -> SessionMiddleware<Store> {
    sessions(config, SessionKind::Console, store)
}

fn sessions<Store: SessionStore>(
    config: &WebConfig,
    kind: SessionKind,
    store: Store,
) -> SessionMiddleware<Store> {
    let lifecycle = BrowserSession::default()
        .state_ttl(idle(kind))
        .state_ttl_extension_policy(TtlExtensionPolicy::OnEveryRequest);
    // An authorization request ends on this server by a redirect from elsewhere: Lax.
    let same_site = match kind {
        SessionKind::User => SameSite::Lax,
        SessionKind::Console => SameSite::Strict,
    };
    SessionMiddleware::builder(store, cookie_key(config, kind))
        .cookie_name(cookie_name(config, kind))
        .cookie_secure(config.secure)
        .cookie_http_only(true)
        .cookie_same_site(same_site)
        .cookie_path("/".to_owned())
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(lifecycle)
        .build()
}

/// The middleware wants a key. The handle inside needs none: it cannot be guessed.
fn cookie_key(config: &WebConfig, kind: SessionKind) -> Key {
    let half = |part: &str| {
        config.handles.mac("session-cookie", format!("{}/{part}", kind.as_str()).as_bytes())
    };
    Key::from(&[half("1"), half("2")].concat())
}

/// Whether the session middleware gave up because its store failed.
pub(crate) fn is_failure(error: &Error) -> bool {
    error.as_error::<InternalError<LoadError>>().is_some()
        || error.as_error::<InternalError<SaveError>>().is_some()
        || error.as_error::<InternalError<UpdateError>>().is_some()
        || error.as_error::<InternalError<anyhow::Error>>().is_some()
}

/// Who is signed in, as the session tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The user's id, as text.
    pub user_id: String,
    /// When they signed in.
    pub auth_time: Timestamp,
    /// The session's id, as text; clients see it as `sid`.
    pub session_id: String,
    /// How they signed in, in the words of [RFC 8176].
    ///
    /// [RFC 8176]: https://www.rfc-editor.org/rfc/rfc8176
    pub amr: Vec<String>,
}

impl SignedIn {
    /// Who is signed in in `session`, if anyone.
    #[must_use]
    pub fn read(session: &Session) -> Option<Self> {
        let text = |key| session.get::<String>(key).ok().flatten();
        Some(Self {
            user_id: text(UID)?,
            auth_time: Timestamp::from_millis(text(AUTH_TIME)?.parse().ok()?),
            session_id: text(SID)?,
            amr: text(AMR)?.split_ascii_whitespace().map(ToOwned::to_owned).collect(),
        })
    }

    /// Who is signed in in the session of `request`, if anyone.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Option<Self> {
        Self::read(&request.get_session())
    }

    /// Signs `user` in, as they were when they proved it: the session gets a new handle, a new id and nothing of what it held.
    ///
    /// # Errors
    ///
    /// When the session cannot hold it.
    pub fn begin(
        request: &HttpRequest,
        config: &WebConfig,
        user: &User,
        amr: &[&str],
    ) -> Result<Self, PageError> {
        let now = config.clock.now();
        let signed_in = Self {
            user_id: user.id.to_string(),
            auth_time: now,
            session_id: Id::<Stored>::new(now, &*config.entropy).to_string(),
            amr: amr.iter().map(|it| (*it).to_owned()).collect(),
        };
        let session = request.get_session();
        session.clear();
        session.renew();
        let state = [
            (UID, signed_in.user_id.clone()),
            (AUTH_TIME, now.as_millis().to_string()),
            (SID, signed_in.session_id.clone()),
            (AMR, amr.join(" ")),
        ];
        let fits = |error| PageError::internal(&error);
        session.insert(ACCOUNT_VERSION, user.version).map_err(fits)?;
        let facts = request_facts(request);
        let address = facts.address.map(|it| it.to_string());
        let seen = [(USER_AGENT, facts.user_agent), (ADDRESS, address)];
        let seen = seen.into_iter().filter_map(|(key, value)| value.map(|it| (key, it)));
        for (key, value) in state.into_iter().chain(seen) {
            session.insert(key, value).map_err(fits)?;
        }
        Ok(signed_in)
    }

    /// Ends the session of `request`.
    pub fn end(request: &HttpRequest) {
        request.get_session().purge();
    }
}

/// The name of a session cookie that outlives the browser window.
pub(crate) struct Remembered(pub(crate) String);

/// Has the user's session of `request` outlive the browser window. After [`SignedIn::begin`].
///
/// # Errors
///
/// When the session cannot hold it.
pub fn remember(request: &HttpRequest, config: &WebConfig) -> Result<(), PageError> {
    let session = request.get_session();
    session.insert(REMEMBER, "1").map_err(|error| PageError::internal(&error))?;
    let name = cookie_name(config, SessionKind::User);
    request.extensions_mut().insert(Remembered(name));
    Ok(())
}

#[cfg(test)]
mod tests;
