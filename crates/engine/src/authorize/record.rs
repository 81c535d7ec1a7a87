//! What the audit log tells of authorization requests.

use domain::{
    AuditEvent, RegisteredClient, Timestamp,
    audit::{Action, Actor, ActorKind, Outcome},
};
use protocol::AuthorizationErrorCode;
use url::Url;

use super::{Refusal, SignedInPerson, Visitor};
use crate::Engine;

/// The most of a stranger's address that is kept.
const MAX_KEPT: usize = 256;

/// Why a request was refused.
pub(super) struct Why<'a> {
    /// For administrators.
    pub(super) reason: String,
    /// What the sender is told.
    pub(super) code: AuthorizationErrorCode,
    /// The address that was sent, where it is what was refused.
    pub(super) redirect_uri: Option<&'a str>,
}

impl Why<'_> {
    pub(super) fn of(refusal: Refusal) -> Self {
        Self { reason: refusal.to_string(), code: refusal.code(), redirect_uri: None }
    }
}

/// Notes that a request was refused; anyone can send one.
pub(super) fn refused(
    engine: &Engine,
    client: &RegisteredClient,
    visitor: &Visitor,
    why: &Why<'_>,
    now: Timestamp,
) {
    let action = Action::AuthorizationRefused;
    engine.note_unproven(client, action, now, || {
        let reason = (why.reason.clone(), &visitor.facts);
        let mut event = engine.refused_event(action, client, reason, now);
        event.details.insert("error".to_owned(), why.code.as_str().into());
        if let Some(person) = &visitor.signed_in {
            event.details.insert("user_id".to_owned(), person.user_id.to_string().into());
        }
        if let Some(address) = why.redirect_uri.and_then(address) {
            event.details.insert("redirect_uri".to_owned(), address.into());
        }
        event
    });
}

/// Scheme, host and path of what was sent: a code or token stands in the query or
/// the fragment, a password before the host.
fn address(sent: &str) -> Option<String> {
    let url = Url::parse(sent).ok()?;
    let kept = match url.host_str() {
        Some(host) => {
            let port = url.port().map(|it| format!(":{it}")).unwrap_or_default();
            format!("{}://{host}{port}{}", url.scheme(), url.path())
        }
        None => format!("{}:{}", url.scheme(), url.path()),
    };
    Some(kept.chars().take(MAX_KEPT).collect())
}

/// The event of a person's answer to the consent page.
pub(crate) fn decided(
    engine: &Engine,
    client: &RegisteredClient,
    (visitor, person): (&Visitor, &SignedInPerson),
    (action, scope): (Action, &str),
    now: Timestamp,
) -> AuditEvent {
    let mut event = engine.client_event(action, client, &visitor.facts, now);
    let name = person.user_id.to_string();
    event.actor = Actor { kind: ActorKind::User, id: Some(name.clone()), name };
    event.details.insert("scope".to_owned(), scope.into());
    if action == Action::ConsentDenied {
        event.outcome = Outcome::Refused;
    }
    event
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn nothing_secret_of_an_address_is_kept() {
        for (sent, kept) in [
            ("https://app.test/cb?code=cs_ac_x#token", Some("https://app.test/cb")),
            ("https://u:p@app.test:8443/cb", Some("https://app.test:8443/cb")),
            ("com.example.app:/cb?code=x", Some("com.example.app:/cb")),
            ("not an address", None),
        ] {
            assert_eq!(address(sent).as_deref(), kept);
        }
        assert_eq!(address(&format!("https://app.test/{}", "a".repeat(999))).unwrap().len(), 256);
    }
}
