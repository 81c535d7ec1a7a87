//! From what was sent to settings that keep every rule; the same for every surface.

mod answers;
mod keys;

use std::str::FromStr;

use domain::{
    ApplicationType, BUILT_IN_SCOPES, ClientSettings, Environment, FieldError, RefreshMode,
    client::{check_client, check_redirect_uris},
};
use protocol::{GrantType, Scope, ScopeToken};

pub use keys::read_key_set;

use super::{Catalogue, ClientChanges, scopes::check_scopes};
use crate::{ApplicationScope, Call};

/// What the rules depend on besides the settings.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) call: &'a Call,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) application_type: ApplicationType,
    pub(crate) environment: Environment,
}

/// Settings that keep every rule.
#[derive(Debug)]
pub(crate) struct ChangedSettings {
    pub(crate) settings: ClientSettings,
    pub(crate) code_grant_turned_on: bool,
}

/// The settings of a new client.
pub(crate) fn first_settings(
    subject: Subject<'_>,
    changes: &ClientChanges,
) -> Result<ChangedSettings, Vec<FieldError>> {
    let mut first = ClientSettings::defaults(subject.application_type);
    if changes.scopes.is_none() {
        first.scopes = first_scopes(subject);
    }
    if changes.dpop_bound_access_tokens == Some(true) {
        first.refresh_mode = RefreshMode::Reuse;
    }
    let mut changing = Changing::of(subject, &first);
    changing.apply(changes);
    if changes.default_scopes.is_none() {
        changing.settings.default_scopes = first_default_scopes(subject, &changing.settings.scopes);
    }
    changing.finish()
}

/// The settings of a client after a change.
pub(crate) fn change_settings(
    subject: Subject<'_>,
    current: &ClientSettings,
    changes: &ClientChanges,
) -> Result<ChangedSettings, Vec<FieldError>> {
    let mut changing = Changing::of(subject, current);
    changing.apply(changes);
    changing.finish()
}

/// Settings while they are changed, with every fault found on the way.
struct Changing<'a> {
    subject: Subject<'a>,
    current: &'a ClientSettings,
    settings: ClientSettings,
    code_grant_turned_on: bool,
    faults: Vec<FieldError>,
}

impl<'a> Changing<'a> {
    fn of(subject: Subject<'a>, current: &'a ClientSettings) -> Self {
        let settings = current.clone();
        Self { subject, current, settings, code_grant_turned_on: false, faults: Vec::new() }
    }

    fn apply(&mut self, changes: &ClientChanges) {
        self.redirect_uris(changes);
        self.client_authentication(changes);
        self.settings.dpop_bound_access_tokens =
            changes.dpop_bound_access_tokens.unwrap_or(self.current.dpop_bound_access_tokens);
        self.refresh_mode(changes);
        self.grant_types(changes);
        self.response_types(changes);
        self.scopes(changes);
        self.lifetimes(changes);
        self.switches(changes);
        self.answers(changes);
        self.keys(changes);
    }

    fn finish(mut self) -> Result<ChangedSettings, Vec<FieldError>> {
        self.faults.extend(check_client(&self.settings));
        self.faults.extend(self.check_public_client());
        if self.faults.is_empty() {
            let Self { settings, code_grant_turned_on, .. } = self;
            Ok(ChangedSettings { settings, code_grant_turned_on })
        } else {
            Err(self.faults)
        }
    }

    fn redirect_uris(&mut self, changes: &ClientChanges) {
        let Subject { application_type, environment, .. } = self.subject;
        let lists = [
            ("redirect_uris", &changes.redirect_uris, &mut self.settings.redirect_uris),
            (
                "post_logout_redirect_uris",
                &changes.post_logout_redirect_uris,
                &mut self.settings.post_logout_redirect_uris,
            ),
        ];
        for (field, texts, uris) in lists {
            let Some(texts) = texts else { continue };
            match check_redirect_uris(field, texts, application_type, environment) {
                Ok(checked) => *uris = checked,
                Err(faults) => {
                    // What else is wrong is judged by those that are right.
                    let right = without_faulty(field, texts, &faults);
                    *uris = check_redirect_uris(field, &right, application_type, environment)
                        .unwrap_or_default();
                    self.faults.extend(faults);
                }
            }
        }
    }

    /// A first redirect URI turns the code grant on where the person had no say in it.
    fn grant_types(&mut self, changes: &ClientChanges) {
        if let Some(texts) = &changes.grant_types {
            self.settings.grant_types = self.named_grant_types(texts);
            return;
        }
        let for_people = self.subject.application_type != ApplicationType::Machine;
        let is_first = self.current.redirect_uris.is_empty();
        let has_code = self.settings.grant_types.contains(&GrantType::AuthorizationCode);
        if for_people && is_first && !has_code && !self.settings.redirect_uris.is_empty() {
            self.settings.grant_types.insert(0, GrantType::AuthorizationCode);
            let refreshes = self.settings.grant_types.contains(&GrantType::RefreshToken);
            if self.settings.refresh_mode != RefreshMode::None && !refreshes {
                self.settings.grant_types.insert(1, GrantType::RefreshToken);
            }
            self.code_grant_turned_on = true;
        }
    }

    fn named_grant_types(&mut self, texts: &[String]) -> Vec<GrantType> {
        let mut grants: Vec<GrantType> = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            match (text.trim(), GrantType::from_str(text.trim())) {
                ("", _) => {}
                (_, Ok(grant)) if grants.contains(&grant) => {}
                (_, Ok(grant)) => grants.push(grant),
                (name, Err(_)) => self.faults.push(unknown_grant_type(index, name)),
            }
        }
        grants
    }

    fn response_types(&mut self, changes: &ClientChanges) {
        let Some(texts) = &changes.response_types else { return };
        let field = "response_types";
        let has_code = self.settings.grant_types.contains(&GrantType::AuthorizationCode);
        for (index, text) in texts.iter().enumerate() {
            let (rule, detail) = match text.trim() {
                "code" if has_code => continue,
                "code" => (
                    "response-type-mismatch",
                    "It follows from grant_types, which do not hold authorization_code.",
                ),
                _ => ("unknown-response-type", "The only response type is code."),
            };
            self.faults.push(FieldError::at(field, index, rule, detail));
        }
        if has_code && texts.is_empty() {
            let detail = "With the authorization code grant it is [\"code\"]. Leave it out.";
            self.faults.push(FieldError::of(field, "response-type-mismatch", detail));
        }
    }

    fn client_authentication(&mut self, changes: &ClientChanges) {
        let field = "token_endpoint_auth_method";
        let text = changes.token_endpoint_auth_method.as_deref();
        let names = "Choose client_secret_basic, client_secret_post, private_key_jwt or none.";
        if let Some(method) = self.named(field, text, names) {
            self.settings.token_endpoint_auth_method = method;
        }
    }

    fn refresh_mode(&mut self, changes: &ClientChanges) {
        let text = changes.refresh_mode.as_deref();
        if let Some(mode) = self.named("refresh_mode", text, "Choose rotate, reuse or none.") {
            self.settings.refresh_mode = mode;
        } else if text.is_none() && self.has_bearer_refresh_tokens() {
            let mode = self.settings.refresh_mode;
            let reuses = mode == RefreshMode::Reuse;
            self.settings.refresh_mode = if reuses { RefreshMode::Rotate } else { mode };
        }
        let text = changes.id_token_signed_response_alg.as_deref();
        let field = "id_token_signed_response_alg";
        if let Some(alg) = self.named(field, text, "Choose ES256 or RS256.") {
            self.settings.id_token_signed_response_alg = alg;
        }
    }

    fn named<T: FromStr>(
        &mut self,
        field: &str,
        text: Option<&str>,
        names: &'static str,
    ) -> Option<T> {
        let parsed = text?.trim().parse().ok();
        if parsed.is_none() {
            self.faults.push(FieldError::of(field, "unknown-value", names));
        }
        parsed
    }

    fn scopes(&mut self, changes: &ClientChanges) {
        let Subject { call, catalogue, .. } = self.subject;
        if let Some(texts) = &changes.scopes {
            match check_scopes(call, catalogue, texts, &self.current.scopes) {
                Ok(scopes) => self.settings.scopes = scopes,
                Err(faults) => self.faults.extend(faults),
            }
        }
        match &changes.default_scopes {
            None => {
                let scopes = self.settings.scopes.clone();
                let kept = |token: &ScopeToken| scopes.contains(token.as_str());
                self.settings.default_scopes = self.settings.default_scopes.filtered(kept);
            }
            Some(texts) => self.settings.default_scopes = self.default_scopes(texts),
        }
    }

    fn default_scopes(&mut self, texts: &[String]) -> Scope {
        let mut scopes = Scope::default();
        for (index, text) in texts.iter().enumerate() {
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            match ScopeToken::try_from(text.to_owned()) {
                Ok(token) => scopes.insert(token),
                Err(_invalid) => {
                    let detail = format!("Default scope {} is not a scope.", index + 1);
                    let fault = FieldError::at("default_scopes", index, "invalid-scope", detail);
                    self.faults.push(fault);
                }
            }
        }
        scopes
    }

    fn lifetimes(&mut self, changes: &ClientChanges) {
        let settings = &mut self.settings;
        let fields = [
            (changes.access_token_lifetime_seconds, &mut settings.access_token_lifetime_seconds),
            (changes.id_token_lifetime_seconds, &mut settings.id_token_lifetime_seconds),
            (changes.refresh_token_idle_seconds, &mut settings.refresh_token_idle_seconds),
            (changes.refresh_token_absolute_seconds, &mut settings.refresh_token_absolute_seconds),
        ];
        for (new, setting) in fields {
            *setting = new.unwrap_or(*setting);
        }
    }

    fn switches(&mut self, changes: &ClientChanges) {
        if let Some(required) = changes.require_pkce {
            self.settings.require_pkce = required;
        }
        let Some(skip) = changes.skip_consent else { return };
        if skip
            && !self.current.skip_consent
            && self.subject.call.applications != ApplicationScope::All
        {
            let detail = "Only an administrator can say that people need not be asked.";
            self.faults.push(FieldError::of("skip_consent", "not-yours", detail));
        }
        self.settings.skip_consent = skip;
    }

    fn is_confidential(&self) -> bool {
        self.settings.token_endpoint_auth_method.is_confidential()
    }

    /// Whether its refresh tokens work for whoever has them: it proves nothing, and they are
    /// bound to no key.
    fn has_bearer_refresh_tokens(&self) -> bool {
        !self.is_confidential() && !self.settings.dpop_bound_access_tokens
    }

    fn check_public_client(&self) -> Option<FieldError> {
        let is_public_type = !self.subject.application_type.is_confidential();
        if is_public_type && self.is_confidential() {
            let detail =
                "An application that runs with its users cannot keep a secret. Choose none.";
            return Some(FieldError::of("token_endpoint_auth_method", "public-type", detail));
        }
        let reuses =
            self.settings.refresh_mode == RefreshMode::Reuse && self.has_bearer_refresh_tokens();
        reuses.then(|| {
            let detail = "A client without a secret has to rotate its refresh tokens, unless they are bound to a key.";
            FieldError::of("refresh_mode", "public-reuse", detail)
        })
    }
}

fn unknown_grant_type(index: usize, name: &str) -> FieldError {
    let detail = match name {
        "implicit" | "password" => {
            "This grant type is not part of OAuth 2.1. Use authorization_code."
        }
        _ => {
            "Choose authorization_code, refresh_token, client_credentials or \
             urn:ietf:params:oauth:grant-type:device_code."
        }
    };
    FieldError::at("grant_types", index, "unknown-grant-type", detail)
}

/// The entries in which no fault was found.
fn without_faulty(field: &str, texts: &[String], faults: &[FieldError]) -> Vec<String> {
    let is_faulty = |index: usize| {
        let pointer = format!("#/{field}/{index}");
        faults.iter().any(|fault| fault.pointer == pointer)
    };
    let right = texts.iter().enumerate().filter(|(index, _)| !is_faulty(*index));
    right.map(|(_, text)| text.clone()).collect()
}

/// What a new client may ask for when nobody said: to sign people in where there
/// are people, and what APIs give to every client.
fn first_scopes(subject: Subject<'_>) -> Scope {
    let for_people = subject.application_type != ApplicationType::Machine;
    let built_in = BUILT_IN_SCOPES
        .iter()
        .filter(|_| for_people)
        .filter_map(|scope| ScopeToken::try_from(scope.name.to_owned()).ok());
    built_in.chain(subject.catalogue.defaults().iter().cloned()).collect()
}

/// What a new client gets when it asks for nothing: a machine all that one API
/// offers it, other clients the scopes that are default, or else to sign in.
fn first_default_scopes(subject: Subject<'_>, scopes: &Scope) -> Scope {
    if subject.application_type == ApplicationType::Machine {
        return subject.catalogue.of_one_api(scopes);
    }
    let defaults = subject.catalogue.defaults();
    let common = scopes.filtered(|token| defaults.contains(token.as_str()));
    let common = subject.catalogue.of_one_api(&common);
    if common.is_empty() { scopes.filtered(|token| token.as_str() == "openid") } else { common }
}

#[cfg(test)]
mod tests;
