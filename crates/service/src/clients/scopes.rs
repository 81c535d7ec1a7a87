//! Which scopes a client may be allowed, and by whom.

use domain::{FieldError, Permission, Resource, built_in_scope};
use protocol::{Scope, ScopeToken};
use store::{StoreError, Tx, repo::catalogue};

use crate::{Call, Problem};

/// The most scopes of one client, as of one request.
const MAX_SCOPES: usize = 64;

/// Every API with its scopes, to check and choose scopes by.
pub(crate) struct Catalogue(Vec<Resource>);

impl Catalogue {
    /// Reads it for a client that is written in this transaction: nobody takes a scope away
    /// between the look and the write.
    pub(crate) async fn hold(tx: &Tx) -> Result<Self, StoreError> {
        Ok(Self(catalogue::hold(tx).await?))
    }

    fn knows(&self, token: &str) -> bool {
        self.resource_of(token).is_some()
    }

    fn resource_of(&self, token: &str) -> Option<&Resource> {
        self.0
            .iter()
            .find(|resource| resource.scopes.iter().any(|scope| scope.name.as_str() == token))
    }

    /// The scopes that new clients get without asking.
    pub(crate) fn defaults(&self) -> Scope {
        let scopes = self.0.iter().flat_map(|resource| &resource.scopes);
        scopes.filter(|scope| scope.default).map(|scope| scope.name.clone()).collect()
    }

    /// Those of `scopes` that open the first API that any of them opens: one
    /// token is for one API.
    pub(crate) fn of_one_api(&self, scopes: &Scope) -> Scope {
        let first = scopes.iter().find_map(|token| self.resource_of(token.as_str()));
        let Some(first) = first else { return Scope::default() };
        scopes.filtered(|token| first.scopes.iter().any(|scope| scope.name == *token))
    }
}

/// Reads the scopes that a client may ask for; what it has already may stay.
///
/// A permission can be given only by whoever holds it.
pub(crate) fn check_scopes(
    call: &Call,
    catalogue: &Catalogue,
    texts: &[String],
    current: &Scope,
) -> Result<Scope, Vec<FieldError>> {
    let mut scopes = Scope::default();
    let mut errors = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        match check_scope(call, catalogue, text, current) {
            Ok(token) => scopes.insert(token),
            Err((code, words)) => {
                let detail = format!("Scope {} {words}.", index + 1);
                errors.push(FieldError::at("scopes", index, code, detail));
            }
        }
    }
    if scopes.len() > MAX_SCOPES {
        let detail = format!("At most {MAX_SCOPES} scopes can be allowed.");
        errors.push(FieldError::of("scopes", "too-many", detail));
    }
    if errors.is_empty() { Ok(scopes) } else { Err(errors) }
}

fn check_scope(
    call: &Call,
    catalogue: &Catalogue,
    text: &str,
    current: &Scope,
) -> Result<ScopeToken, (&'static str, &'static str)> {
    let token = ScopeToken::try_from(text.to_owned()).map_err(|_reason| {
        ("invalid-scope", "holds a character that scopes cannot have, or is too long")
    })?;
    if current.contains(text) || built_in_scope(text).is_some() || catalogue.knows(text) {
        return Ok(token);
    }
    match text.parse::<Permission>() {
        Ok(permission) if call.has(permission) => Ok(token),
        Ok(_) => Err(("not-yours", "is a permission that you do not have yourself")),
        Err(_) => Err(("unknown-scope", "is not known here. Add it to an API first")),
    }
}

/// Refuses whoever would, by changing a client or its secrets, come by tokens
/// with permissions that they lack.
pub(crate) fn require_permissions_of(call: &Call, scopes: &Scope) -> Result<(), Problem> {
    scopes
        .iter()
        .filter_map(|token| token.as_str().parse::<Permission>().ok())
        .try_for_each(|permission| call.require(permission))
}
