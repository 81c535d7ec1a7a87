//! What a request asks for, once its answer may be sent to its redirect URI.

use std::{sync::Arc, time::Duration};

use domain::{
    Timestamp,
    authorization::{AuthorizationRequest, SignIn},
};
use protocol::{
    CodeChallenge, GrantType, JwkThumbprint, Parameters, PromptSet, ResponseMode, Scope,
};

use super::{
    PkceFault, Refusal, ScopeFault, channel::Channel, refusal::NotSupported, source::Origin,
    unverified::Verified,
};
use crate::catalogue::{Catalogue, TargetRefusal};

/// The longest `state` and `nonce`: they are given back whole or not at all.
const MAX_ECHOED: usize = 2048;
/// The longest `login_hint` that is kept for the sign-in page.
const MAX_HINT: usize = 256;
/// The largest `max_age`: longer than any session lasts.
const MAX_AGE: u64 = 100 * 366 * 24 * 3600;

/// The parameters that a refusal can name without repeating what a stranger wrote.
const KNOWN: [&str; 15] = [
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "prompt",
    "max_age",
    "login_hint",
    "request",
    "request_uri",
    "registration",
    "id_token_hint",
];

/// The `state` that an answer repeats; none when it cannot be given back whole.
fn echoed_state(parameters: &Parameters) -> Option<&str> {
    let state = parameters.get("state").filter(|it| it.len() <= MAX_ECHOED)?;
    (!parameters.is_repeated("state")).then_some(state)
}

impl Verified<'_> {
    /// Whether the request came as the client has to send it.
    pub(super) fn check_origin(&self) -> Result<(), Refusal> {
        let settings = &self.client.client.settings;
        match self.origin {
            Origin::Plain if settings.require_signed_request_object => {
                Err(Refusal::SignatureRequired)
            }
            Origin::Plain | Origin::Signed if settings.require_pushed_authorization_requests => {
                Err(Refusal::PushRequired)
            }
            Origin::Plain | Origin::Signed | Origin::Pushed(_) => Ok(()),
        }
    }

    /// How the client is answered, whatever is wrong with its request.
    pub(super) fn channel(&self) -> Channel {
        Channel {
            client: Arc::clone(&self.client),
            redirect_uri: self.redirect_uri.clone(),
            mode: self.response_mode().unwrap_or(ResponseMode::DEFAULT),
            state: echoed_state(self.parameters).map(str::to_owned),
        }
    }

    /// Checks everything but who is asked; `sign_in` is what the browser has now.
    ///
    /// # Errors
    ///
    /// The first fault, in the order the specifications name the parameters.
    pub(super) fn check(
        &self,
        catalogue: &Catalogue,
        is_code_grant_on: bool,
        sign_in: Option<SignIn>,
        now: Timestamp,
    ) -> Result<AuthorizationRequest, Refusal> {
        let parameters = self.parameters;
        self.check_shape()?;
        let response_mode = self.response_mode()?;
        if !self.client.client.allows(GrantType::AuthorizationCode) {
            return Err(Refusal::GrantNotAllowed);
        }
        if !is_code_grant_on {
            return Err(Refusal::GrantSwitchedOff);
        }
        let scope = self.scope(catalogue)?;
        let code_challenge = self.code_challenge(&scope)?;
        let dpop_jkt = parameters.get("dpop_jkt").map(parse_dpop_jkt).transpose()?;
        let prompt = PromptSet::parse(parameters.get("prompt").unwrap_or_default())
            .map_err(Refusal::Prompt)?;
        let max_age = parameters.get("max_age").map(parse_max_age).transpose()?;
        let resources = self.resources(&scope, catalogue)?;
        let login_hint = parameters.get("login_hint").filter(|it| it.len() <= MAX_HINT);
        Ok(AuthorizationRequest {
            client_id: self.client.client.id,
            redirect_uri: self.redirect_uri.as_str().to_owned(),
            redirect_uri_was_sent: self.redirect_uri_was_sent,
            response_mode,
            state: parameters.get("state").map(str::to_owned),
            scope,
            resources,
            code_challenge,
            dpop_jkt,
            nonce: parameters.get("nonce").map(str::to_owned),
            prompt,
            max_age,
            login_hint: login_hint.map(str::to_owned),
            hinted_user: None,
            session_id: sign_in.map(|it| it.session_id),
            pushed: match self.origin {
                Origin::Pushed(digest) => Some(digest),
                Origin::Plain | Origin::Signed => None,
            },
            created_at: now,
        })
    }

    /// What can be told from the parameters alone.
    fn check_shape(&self) -> Result<(), Refusal> {
        let parameters = self.parameters;
        if let Some(name) = parameters.repeated() {
            let known = KNOWN.into_iter().find(|it| *it == name);
            return Err(Refusal::Repeated(known.unwrap_or("of this request")));
        }
        for name in ["state", "nonce"] {
            if parameters.get(name).is_some_and(|it| it.len() > MAX_ECHOED) {
                return Err(Refusal::TooLong(name));
            }
        }
        for it in [NotSupported::Request, NotSupported::RequestUri, NotSupported::Registration] {
            if parameters.get(it.name()).is_some() {
                return Err(Refusal::NotSupported(it));
            }
        }
        match parameters.get("response_type") {
            None => Err(Refusal::MissingResponseType),
            Some("code") => Ok(()),
            Some(_) => Err(Refusal::UnsupportedResponseType),
        }
    }

    /// How the answer travels, as far as the client allows it.
    fn response_mode(&self) -> Result<ResponseMode, Refusal> {
        let name = "response_mode";
        if self.parameters.is_repeated(name) {
            return Err(Refusal::Repeated(name));
        }
        let mode = match self.parameters.get(name) {
            None => ResponseMode::DEFAULT,
            Some(text) => text.parse().map_err(|_reason| Refusal::UnknownResponseMode)?,
        };
        let is_allowed = self.client.client.may_be_answered_by(mode);
        is_allowed.then_some(mode).ok_or(Refusal::ResponseModeNotAllowed)
    }

    /// The APIs that are named, each once, [RFC 8707 section 2.1].
    ///
    /// [RFC 8707 section 2.1]: https://www.rfc-editor.org/rfc/rfc8707#section-2.1
    fn resources(&self, scope: &Scope, catalogue: &Catalogue) -> Result<Vec<String>, Refusal> {
        catalogue.named(scope, self.parameters.all("resource")).map_err(|refusal| match refusal {
            TargetRefusal::Unknown => Refusal::UnknownResource,
            TargetRefusal::Several | TargetRefusal::Ambiguous | TargetRefusal::NotGranted => {
                Refusal::UnopenedResource
            }
        })
    }

    /// The scopes asked for, or the client's default ones; all or nothing.
    fn scope(&self, catalogue: &Catalogue) -> Result<Scope, Refusal> {
        let settings = &self.client.client.settings;
        let asked = Scope::parse(self.parameters.get("scope").unwrap_or_default())
            .map_err(|_reason| Refusal::Scope(ScopeFault::Malformed))?;
        if asked.is_empty() {
            let known = settings.default_scopes.filtered(|it| catalogue.has_scope(it));
            return if known.is_empty() {
                Err(Refusal::Scope(ScopeFault::Missing))
            } else {
                Ok(known)
            };
        }
        let is_allowed = asked.is_subset_of(&settings.scopes)
            && asked.iter().all(|token| catalogue.has_scope(token));
        if is_allowed { Ok(asked) } else { Err(Refusal::Scope(ScopeFault::NotAllowed)) }
    }

    /// PKCE, [RFC 7636 section 4.3]; required but for a confidential client of
    /// OpenID Connect that sends `nonce` and was exempted.
    ///
    /// [RFC 7636 section 4.3]: https://www.rfc-editor.org/rfc/rfc7636#section-4.3
    fn code_challenge(&self, scope: &Scope) -> Result<Option<CodeChallenge>, Refusal> {
        let parameters = self.parameters;
        let method = parameters.get("code_challenge_method");
        match (parameters.get("code_challenge"), method) {
            (Some(challenge), Some("S256")) => CodeChallenge::try_from(challenge.to_owned())
                .map(Some)
                .map_err(|_reason| Refusal::Pkce(PkceFault::Malformed)),
            // Left out, the method is plain.
            (Some(_), _) => Err(Refusal::Pkce(PkceFault::NotS256)),
            (None, Some(_)) => Err(Refusal::Pkce(PkceFault::Missing)),
            (None, None) => {
                let client = &self.client.client;
                let is_exempt = !client.settings.require_pkce
                    && client.is_confidential()
                    && scope.contains("openid")
                    && parameters.get("nonce").is_some();
                if is_exempt { Ok(None) } else { Err(Refusal::Pkce(PkceFault::Missing)) }
            }
        }
    }
}

/// The key to which the code is bound, [RFC 9449 section 10].
///
/// [RFC 9449 section 10]: https://www.rfc-editor.org/rfc/rfc9449#section-10
fn parse_dpop_jkt(text: &str) -> Result<JwkThumbprint, Refusal> {
    JwkThumbprint::try_from(text.to_owned()).map_err(|_reason| Refusal::DpopJkt)
}

fn parse_max_age(text: &str) -> Result<Duration, Refusal> {
    if !text.bytes().all(|it| it.is_ascii_digit()) {
        return Err(Refusal::MaxAge);
    }
    let seconds: u64 = text.parse().map_err(|_reason| Refusal::MaxAge)?;
    Ok(Duration::from_secs(seconds.min(MAX_AGE)))
}
