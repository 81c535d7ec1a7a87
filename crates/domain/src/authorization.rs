//! The stages of an authorization request, and what comes next.

use std::time::Duration;

use protocol::{CodeChallenge, JwkThumbprint, Prompt, PromptSet, ResponseMode, Scope};

use crate::{BrowserSession, Client, HandleDigest, Id, Timestamp, User};

/// An authorization request whose client and redirect URI are trusted and whose
/// parameters were checked.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    /// The client that asks.
    pub client_id: Id<Client>,
    /// Where the answer goes; one of the client's own.
    pub redirect_uri: String,
    /// Whether the request named that URI.
    pub redirect_uri_was_sent: bool,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// What the client gets back unchanged.
    pub state: Option<String>,
    /// What the client asks for.
    pub scope: Scope,
    /// The APIs it names, RFC 8707; none stands for all that the scopes open.
    pub resources: Vec<String>,
    /// The PKCE commitment.
    pub code_challenge: Option<CodeChallenge>,
    /// The key that whoever redeems the code must prove to hold.
    pub dpop_jkt: Option<JwkThumbprint>,
    /// The value the ID token repeats.
    pub nonce: Option<String>,
    /// Which pages the client wants shown, or none.
    pub prompt: PromptSet,
    /// How old the person's sign-in may be.
    pub max_age: Option<Duration>,
    /// Who the client thinks the person is.
    pub login_hint: Option<String>,
    /// Who the client knows the person is: the answer is about them or an error.
    pub hinted_user: Option<Id<User>>,
    /// The session the browser was signed in with as the request came. Another one
    /// later on is a sign-in made since, whatever the clocks of the nodes say.
    pub session_id: Option<Id<BrowserSession>>,
    /// The pushed request that it was read from, which its answer spends.
    pub pushed: Option<HandleDigest>,
    /// When the request came.
    pub created_at: Timestamp,
}

/// What is known of the person behind a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignIn {
    /// Who.
    pub user_id: Id<User>,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// The session that began then.
    pub session_id: Id<BrowserSession>,
}

/// What has to happen before a request can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// The person signs in, again if need be.
    LogIn,
    /// The person is asked; these scopes are not yet approved.
    Consent(Scope),
    /// Nothing: a code can be issued.
    Finish,
    /// `prompt=none` and a page would be needed, or somebody else signed in.
    Refuse(PromptRefusal),
}

/// Why a request cannot be answered as its client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptRefusal {
    /// The person would have to sign in, and `prompt=none` forbids it.
    LoginRequired,
    /// The person would have to approve, and `prompt=none` forbids it.
    ConsentRequired,
    /// The person who signed in is not the one of `id_token_hint`.
    AnotherPerson,
}

/// Decides what comes next for `request`; nothing else in the product does.
///
/// `remembered` are the scopes that need no question: those the person approved
/// always, or all of them for a trusted client.
///
/// Follows [OpenID Connect Core section 3.1.2.3].
///
/// [OpenID Connect Core section 3.1.2.3]: https://openid.net/specs/openid-connect-core-1_0.html#Authenticates
#[must_use]
pub fn next_step(
    request: &AuthorizationRequest,
    sign_in: Option<SignIn>,
    remembered: &Scope,
    now: Timestamp,
) -> NextStep {
    let silent = request.prompt.has(Prompt::None);
    if let Some(other) = sign_in.filter(|it| !is_hinted(request, *it)) {
        return if silent || is_since_request(request, other) {
            NextStep::Refuse(PromptRefusal::AnotherPerson)
        } else {
            NextStep::LogIn
        };
    }
    let fresh_enough = sign_in.is_some_and(|it| is_fresh_enough(request, it, now));
    if !fresh_enough {
        return if silent {
            NextStep::Refuse(PromptRefusal::LoginRequired)
        } else {
            NextStep::LogIn
        };
    }
    let asks_again = request.prompt.has(Prompt::Consent);
    let missing = request.scope.filtered(|token| !remembered.contains(token.as_str()));
    if missing.is_empty() && !asks_again {
        NextStep::Finish
    } else if silent {
        NextStep::Refuse(PromptRefusal::ConsentRequired)
    } else if asks_again {
        NextStep::Consent(request.scope.clone())
    } else {
        NextStep::Consent(missing)
    }
}

/// Whether somebody signed in whom `id_token_hint` allows.
fn is_hinted(request: &AuthorizationRequest, sign_in: SignIn) -> bool {
    request.hinted_user.is_none_or(|user| user == sign_in.user_id)
}

/// Whether a sign-in was made after the request came.
fn is_since_request(request: &AuthorizationRequest, sign_in: SignIn) -> bool {
    request.session_id != Some(sign_in.session_id)
}

/// Whether a sign-in is recent enough for `prompt` and `max_age`.
fn is_fresh_enough(request: &AuthorizationRequest, sign_in: SignIn, now: Timestamp) -> bool {
    let again = request.prompt.has(Prompt::Login) || request.prompt.has(Prompt::SelectAccount);
    // A sign-in made since always counts: with max_age=0 it would never end otherwise.
    let since_request = is_since_request(request, sign_in);
    let young = request.max_age.is_none_or(|age| now.since(sign_in.auth_time) <= age);
    since_request || (!again && young)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

    /// Each sign-in begins a session of its own.
    fn session(seconds_ago: u64) -> Id<BrowserSession> {
        Id::from_uuid(uuid::Uuid::from_u128(seconds_ago.into()))
    }

    fn user(number: u128) -> Id<User> {
        Id::from_uuid(uuid::Uuid::from_u128(number))
    }

    /// A request that came as somebody had been signed in for an hour.
    fn request(prompt: &str, max_age: Option<u64>) -> AuthorizationRequest {
        AuthorizationRequest {
            client_id: Id::from_uuid(uuid::Uuid::nil()),
            redirect_uri: "https://app.test/cb".to_owned(),
            redirect_uri_was_sent: true,
            response_mode: ResponseMode::DEFAULT,
            state: None,
            scope: Scope::parse("openid photos.read").unwrap(),
            resources: Vec::new(),
            code_challenge: None,
            dpop_jkt: None,
            nonce: None,
            prompt: PromptSet::parse(prompt).unwrap(),
            max_age: max_age.map(Duration::from_secs),
            login_hint: None,
            hinted_user: None,
            session_id: Some(session(3600)),
            pushed: None,
            created_at: NOW.minus(Duration::from_secs(10)),
        }
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "the table holds people who are not signed in too"
    )]
    fn signed_in(seconds_ago: u64) -> Option<SignIn> {
        let auth_time = NOW.minus(Duration::from_secs(seconds_ago));
        Some(SignIn { user_id: user(1), auth_time, session_id: session(seconds_ago) })
    }

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    #[test]
    fn the_table_of_prompts() {
        use NextStep::{Consent, Finish, LogIn, Refuse};
        use PromptRefusal::{ConsentRequired, LoginRequired};
        let all = "openid photos.read";
        let table = [
            ("", None, None, "", LogIn),
            ("", None, signed_in(3600), "", Consent(scope(all))),
            ("", None, signed_in(3600), "openid", Consent(scope("photos.read"))),
            ("", None, signed_in(3600), all, Finish),
            ("none", None, None, all, Refuse(LoginRequired)),
            ("none", None, signed_in(3600), "openid", Refuse(ConsentRequired)),
            ("none", None, signed_in(3600), all, Finish),
            ("none", Some(60), signed_in(3600), all, Refuse(LoginRequired)),
            ("login", None, signed_in(3600), all, LogIn),
            ("login", None, signed_in(5), all, Finish),
            ("select_account", None, signed_in(3600), all, LogIn),
            ("consent", None, signed_in(3600), all, Consent(scope(all))),
            // A node whose clock is behind has seen the new sign-in.
            ("login", None, signed_in(40), all, Finish),
            ("", Some(3599), signed_in(3600), all, LogIn),
            ("", Some(3600), signed_in(3600), all, Finish),
            ("", Some(0), signed_in(5), all, Finish),
            ("", Some(0), signed_in(40), all, Finish),
            ("", Some(0), signed_in(3600), all, LogIn),
        ];
        for (prompt, max_age, sign_in, remembered, expected) in table {
            let step = next_step(&request(prompt, max_age), sign_in, &scope(remembered), NOW);
            assert_eq!(step, expected, "prompt={prompt:?} max_age={max_age:?} {remembered:?}");
        }
    }

    #[test]
    fn the_answer_is_about_the_person_of_the_hint() {
        use NextStep::{Finish, LogIn, Refuse};
        let all = "openid photos.read";
        let table = [
            ("", 1, signed_in(3600), Finish),
            ("none", 1, signed_in(3600), Finish),
            ("", 2, None, LogIn),
            ("none", 2, None, Refuse(PromptRefusal::LoginRequired)),
            ("none", 2, signed_in(3600), Refuse(PromptRefusal::AnotherPerson)),
            ("", 2, signed_in(3600), LogIn),
            // Signed in since the request came, as somebody else all the same.
            ("", 2, signed_in(5), Refuse(PromptRefusal::AnotherPerson)),
        ];
        for (prompt, hinted, sign_in, expected) in table {
            let request =
                AuthorizationRequest { hinted_user: Some(user(hinted)), ..request(prompt, None) };

            let step = next_step(&request, sign_in, &scope(all), NOW);
            assert_eq!(step, expected, "prompt={prompt:?} hint={hinted} {sign_in:?}");
        }
    }
}
