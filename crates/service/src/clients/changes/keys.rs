//! The public keys of a client, and what it signs with.

use domain::{ClientKeys, FieldError, JwsAlg, Permission};
use jose::{ForeignKeys, InvalidForeignKeys, InvalidJwk};
use protocol::ClientAuthMethod;
use serde_json::Value;
use url::Url;

use super::{Changing, ClientChanges};
use crate::Patch;

/// The longest JWK Set that is kept.
const MAX_SET_LEN: usize = 16 * 1024;
/// The longest address of one.
const MAX_URI_LEN: usize = 2000;

/// The JWK Set that a person typed.
///
/// # Errors
///
/// When it is not JSON.
pub fn read_key_set(text: &str) -> Result<Value, FieldError> {
    serde_json::from_str(text).map_err(|_reason| not_a_set())
}

impl Changing<'_> {
    /// Comes after the method was read: the keys have to fit it.
    pub(super) fn keys(&mut self, changes: &ClientChanges) {
        let field = "token_endpoint_auth_signing_alg";
        match &changes.token_endpoint_auth_signing_alg {
            Patch::Keep => {}
            Patch::Clear => self.settings.token_endpoint_auth_signing_alg = None,
            Patch::Set(text) => {
                let alg = self.named(field, Some(text), "Choose ES256, PS256, EdDSA or RS256.");
                self.settings.token_endpoint_auth_signing_alg = alg;
            }
        }
        if let Some(accept) = changes.accept_endpoint_audience {
            self.settings.accept_endpoint_audience = accept;
        }
        match source(changes, self.current.keys.as_ref()) {
            Ok(keys) => self.settings.keys = keys,
            Err(fault) => {
                self.faults.push(fault);
                // What else is wrong is judged as if the keys were right.
                self.settings.keys = Some(ClientKeys::Uri(String::new()));
                return;
            }
        }
        let may = self.subject.call.has(Permission::SecretsWrite);
        if self.settings.keys != self.current.keys && !may {
            let detail = "Changing the keys of a client needs the permission secrets:write.";
            self.faults.push(FieldError::of(changed_member(changes), "not-yours", detail));
        }
        let fault = self.keys_that_do_not_fit();
        self.faults.extend(fault);
    }

    /// The fault of a set in which no key makes signatures that are taken.
    fn keys_that_do_not_fit(&self) -> Option<FieldError> {
        let signs = self.settings.token_endpoint_auth_method == ClientAuthMethod::PrivateKeyJwt;
        let jwks = self.settings.keys.as_ref().and_then(ClientKeys::jwks).filter(|_| signs)?;
        let registered = self.settings.token_endpoint_auth_signing_alg;
        let allowed = registered.as_ref().map_or(JwsAlg::SAFE.as_slice(), std::slice::from_ref);
        let keys = ForeignKeys::from_json(jwks).ok()?;
        let fits = keys.iter().any(|(_, alg)| allowed.iter().any(|it| it.as_str() == alg.name()));
        (!fits).then(|| {
            let detail = match registered {
                Some(alg) => format!("None of the keys can sign with {alg}."),
                None => "The keys are for RS256, which is taken only when it is chosen. Choose it as the signature of assertions, or use another key.".to_owned(),
            };
            FieldError::of("jwks", "no-usable-key", detail)
        })
    }
}

/// Where the keys are after `changes`.
fn source(
    changes: &ClientChanges,
    current: Option<&ClientKeys>,
) -> Result<Option<ClientKeys>, FieldError> {
    match (changes.jwks.value(), changes.jwks_uri.value()) {
        (Some(_), Some(_)) => {
            let detail = "Give jwks or jwks_uri, not both.";
            Err(FieldError::of("jwks_uri", "one-key-source", detail))
        }
        (Some(set), None) => check_set(set).map(|json| Some(ClientKeys::Set(json))),
        (None, Some(uri)) => check_uri(uri.trim()).map(|uri| Some(ClientKeys::Uri(uri))),
        (None, None) => Ok(current
            .filter(|it| match it {
                ClientKeys::Set(_) => changes.jwks.is_keep(),
                ClientKeys::Uri(_) => changes.jwks_uri.is_keep(),
            })
            .cloned()),
    }
}

fn changed_member(changes: &ClientChanges) -> &'static str {
    if changes.jwks_uri.value().is_some() { "jwks_uri" } else { "jwks" }
}

fn check_set(set: &Value) -> Result<String, FieldError> {
    let json = set.to_string();
    if json.len() > MAX_SET_LEN {
        let detail = format!("A JWK Set can have at most {MAX_SET_LEN} bytes.");
        return Err(FieldError::of("jwks", "too-long", detail));
    }
    match ForeignKeys::from_json(&json) {
        Ok(_keys) => Ok(json),
        Err(reason) => Err(set_fault(reason)),
    }
}

fn set_fault(reason: InvalidForeignKeys) -> FieldError {
    let of_key = |index: usize, code, detail: String| FieldError {
        pointer: format!("#/jwks/keys/{index}"),
        code,
        detail: format!("Key {}: {detail}.", index + 1),
    };
    match reason {
        InvalidForeignKeys::NotASet => not_a_set(),
        InvalidForeignKeys::TooMany => {
            FieldError::of("jwks", "too-many", "A JWK Set can have at most 32 keys.")
        }
        InvalidForeignKeys::NoneUsable => {
            let detail =
                "The set has no key for signatures that is EC with curve P-256, Ed25519 or RSA.";
            FieldError::of("jwks", "no-usable-key", detail)
        }
        InvalidForeignKeys::RepeatedKid(index) => {
            of_key(index, "duplicate", "its kid is that of a key before it".to_owned())
        }
        InvalidForeignKeys::Key { index, reason } => {
            let code = match reason {
                InvalidJwk::Private => "private-key",
                InvalidJwk::WeakRsa => "weak-key",
                InvalidJwk::Malformed
                | InvalidJwk::UnsupportedType
                | InvalidJwk::UnsupportedAlgorithm
                | InvalidJwk::OtherUse
                | InvalidJwk::Number
                | InvalidJwk::NotAKey
                | InvalidJwk::Kid => "not-a-key",
            };
            of_key(index, code, reason.to_string())
        }
    }
}

fn not_a_set() -> FieldError {
    let detail = "This is not a JWK Set. Example: {\"keys\": [{\"kty\": \"EC\", …}]}";
    FieldError::of("jwks", "not-a-key-set", detail)
}

fn check_uri(text: &str) -> Result<String, FieldError> {
    let fault = |code, detail: &str| Err(FieldError::of("jwks_uri", code, detail));
    if text.len() > MAX_URI_LEN {
        return fault("too-long", "An address can have at most 2000 bytes.");
    }
    let Ok(url) = Url::parse(text) else {
        return fault(
            "not-a-url",
            "This is not a full address. Example: https://app.example.com/jwks.json",
        );
    };
    if url.scheme() != "https" {
        return fault("https-required", "The address must start with https://.");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return fault("no-userinfo", "The address cannot contain a user name or password.");
    }
    if url.fragment().is_some() {
        return fault("no-fragment", "The address cannot contain #.");
    }
    Ok(text.to_owned())
}
