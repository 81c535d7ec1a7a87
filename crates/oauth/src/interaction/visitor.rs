//! Who is in front of the browser, and which browser it is.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use domain::Id;
use engine::authorize::{SignedInPerson, Visitor};
use web::{SignedIn, WebConfig, request_facts};

/// The cookie that ties a request that waits to the browser it came from.
const COOKIE: &str = "cs_txn";
/// 256 random bits in base64url.
const LEN: usize = 43;
/// As long as a request waits, and some more.
const LASTS: Duration = Duration::hours(1);

/// A browser, by a cookie of its own.
pub(crate) struct Browser(String);

impl Browser {
    /// The browser that `request` came from; a new name when it brought none.
    pub(crate) fn of(request: &HttpRequest, config: &WebConfig) -> Self {
        let known = request
            .cookie(&config.cookie_name(COOKIE))
            .map(|it| it.value().to_owned())
            .filter(|it| is_name(it));
        Self(
            known
                .unwrap_or_else(|| Base64UrlUnpadded::encode_string(&config.entropy.bytes::<32>())),
        )
    }

    /// Who is in front of it, for the engine.
    pub(crate) fn visitor(&self, request: &HttpRequest) -> Visitor {
        Visitor {
            signed_in: SignedIn::of(request).as_ref().and_then(signed_in),
            browser: self.0.clone(),
            facts: request_facts(request),
        }
    }

    /// Has the browser keep its name while a request waits.
    pub(crate) fn remember(&self, config: &WebConfig, response: &mut HttpResponse) {
        let cookie = Cookie::build(config.cookie_name(COOKIE), self.0.clone())
            .path("/")
            .http_only(true)
            .secure(config.secure)
            .same_site(SameSite::Lax)
            .max_age(LASTS)
            .finish();
        if response.add_cookie(&cookie).is_err() {
            tracing::error!("the cookie of a waiting request could not be written");
        }
    }
}

fn is_name(text: &str) -> bool {
    text.len() == LEN && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it))
}

/// What a session tells, as the engine takes it.
pub(crate) fn signed_in(session: &SignedIn) -> Option<SignedInPerson> {
    Some(SignedInPerson {
        user_id: Id::parse(&session.user_id).ok()?,
        session_id: Id::parse(&session.session_id).ok()?,
        auth_time: session.auth_time,
        amr: session.amr.clone(),
    })
}
