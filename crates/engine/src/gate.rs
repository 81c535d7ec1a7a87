//! The one issuance gate: whether anything may be issued, asked anew for every grant.
//!
//! It is the only maker of an [`Issuance`], and nothing else can mint a token.

mod mint;

use std::sync::Arc;

use domain::{
    Grant, GrantSwitches, RegisteredClient, UserStatus, built_in_scope, ends_with_session,
};
use protocol::{GrantType, JwkThumbprint, Scope, TokenErrorCode};
use store::repo::grants::Holder;

pub(crate) use mint::{Draft, Extras};

use crate::{
    DpopRefusal,
    catalogue::{Catalogue, Target, TargetRefusal},
    keys::KeyRing,
};

/// What the gate goes by, besides what it is asked.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) switches: Arc<GrantSwitches>,
    pub(crate) keys: Arc<KeyRing>,
}

/// What is asked to be issued.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask<'a> {
    /// Who asks.
    pub(crate) client: &'a Arc<RegisteredClient>,
    /// By which grant.
    pub(crate) grant_type: GrantType,
    /// The most that can be issued.
    pub(crate) granted: &'a Scope,
    /// What is asked for of it; all of it when nothing is said.
    pub(crate) requested: Option<&'a Scope>,
    /// Which APIs are named.
    pub(crate) resources: &'a [&'a str],
    /// The key that the client proved to hold.
    pub(crate) key: Option<&'a JwkThumbprint>,
    /// Whose access it is; none when the client acts for itself.
    pub(crate) person: Option<Person<'a>>,
}

/// Whose access is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person<'a> {
    /// What they granted.
    pub(crate) grant: &'a Grant,
    /// What is known of them now; none when the account is gone.
    pub(crate) holder: Option<&'a Holder>,
}

/// Leave to issue tokens.
#[derive(Debug)]
pub(crate) struct Issuance {
    client: Arc<RegisteredClient>,
    grant: Option<Grant>,
    key: Option<JwkThumbprint>,
    target: Target,
    audience: Vec<String>,
}

/// Why nothing may be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GateRefusal {
    /// The grant type is switched off for the whole server.
    #[error("the grant type is switched off")]
    GrantOff,
    /// The client is not registered for the grant type.
    #[error("the client is not registered for the grant type")]
    GrantNotAllowed,
    /// The client keeps no secret, and the grant needs one that does.
    #[error("the client is public and acts for itself")]
    PublicClient,
    /// The application is disabled or deleted.
    #[error("the application is disabled or deleted")]
    ApplicationInactive,
    /// The person is locked or their account is gone.
    #[error("the user is locked or deleted")]
    UserInactive,
    /// The grant was revoked.
    #[error("the grant was revoked")]
    GrantRevoked,
    /// The person signed out, or their session expired.
    #[error("the user's session has ended")]
    SessionEnded,
    /// The scope goes beyond what was granted or registered.
    #[error("the scope exceeds what was granted")]
    ScopeExceeded,
    /// Nothing is left of what was granted.
    #[error("the client may no longer ask for any of the granted scopes")]
    NothingLeft,
    /// The client's tokens are bound to a key, and it proved none.
    #[error("the client's tokens are bound to a key, and it proved none")]
    Unbound,
    /// It cannot be told which API the token is for.
    #[error(transparent)]
    Target(#[from] TargetRefusal),
}

impl GateRefusal {
    /// The code the client is told.
    #[must_use]
    pub const fn code(self) -> TokenErrorCode {
        match self {
            Self::GrantOff => TokenErrorCode::UnsupportedGrantType,
            Self::GrantNotAllowed | Self::PublicClient | Self::ApplicationInactive => {
                TokenErrorCode::UnauthorizedClient
            }
            Self::UserInactive | Self::GrantRevoked | Self::SessionEnded => {
                TokenErrorCode::InvalidGrant
            }
            Self::ScopeExceeded | Self::NothingLeft => TokenErrorCode::InvalidScope,
            Self::Unbound => TokenErrorCode::InvalidDpopProof,
            Self::Target(_) => TokenErrorCode::InvalidTarget,
        }
    }

    /// What to change.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::GrantOff => "This grant type is switched off on this server.",
            Self::GrantNotAllowed => "Switch this grant type on for the client, or use another.",
            Self::PublicClient => {
                "Use a client that authenticates with a secret; this grant is not for public \
                 clients."
            }
            Self::ApplicationInactive => "The application is disabled. Ask its owner to enable it.",
            Self::UserInactive | Self::GrantRevoked | Self::SessionEnded => {
                "The grant is no longer valid. Send the person to sign in and approve again."
            }
            Self::ScopeExceeded | Self::NothingLeft => {
                "Ask only for scopes that exist and that the client was granted."
            }
            Self::Unbound => DpopRefusal::Missing.description(),
            Self::Target(TargetRefusal::Ambiguous) => {
                "The scopes open more than one API. Send `resource` with the identifier of the \
                 one the token is for."
            }
            Self::Target(TargetRefusal::Several) => {
                "Send one `resource`; a token is for one API. Ask again for the others."
            }
            Self::Target(TargetRefusal::Unknown | TargetRefusal::NotGranted) => {
                "Send as `resource` the identifier of an API of which a scope was granted."
            }
        }
    }
}

impl Policy {
    /// Whether `client` may use `grant_type` at all.
    pub(crate) fn allows(
        &self,
        client: &RegisteredClient,
        grant_type: GrantType,
    ) -> Result<(), GateRefusal> {
        if !client.is_active {
            return Err(GateRefusal::ApplicationInactive);
        }
        if !self.switches.is_on(grant_type) {
            return Err(GateRefusal::GrantOff);
        }
        if !client.client.allows(grant_type) {
            return Err(GateRefusal::GrantNotAllowed);
        }
        if grant_type == GrantType::ClientCredentials && !client.client.is_confidential() {
            return Err(GateRefusal::PublicClient);
        }
        Ok(())
    }

    /// Decides whether, and what, may be issued.
    pub(crate) fn authorize_issuance(&self, ask: &Ask<'_>) -> Result<Issuance, GateRefusal> {
        self.allows(ask.client, ask.grant_type)?;
        if ask.client.client.settings.dpop_bound_access_tokens && ask.key.is_none() {
            return Err(GateRefusal::Unbound);
        }
        if let Some(person) = &ask.person {
            check_person(person)?;
        }
        let scope = self.scope(ask)?;
        let named = ask.person.map_or(&[][..], |it| it.grant.resources.as_slice());
        let target = self.catalogue.target(&scope, ask.resources, named)?;
        Ok(Issuance {
            client: Arc::clone(ask.client),
            grant: ask.person.map(|it| it.grant.clone()),
            key: ask.key.cloned(),
            audience: self.catalogue.audience(&target.identifier, &target.scope),
            target,
        })
    }

    /// What is asked for, as far as it was granted, is registered and still exists.
    fn scope(&self, ask: &Ask<'_>) -> Result<Scope, GateRefusal> {
        let registered = &ask.client.client.settings.scopes;
        let acts_for_itself = ask.person.is_none();
        let may_have = ask.granted.filtered(|token| {
            registered.contains(token.as_str())
                && self.catalogue.has_scope(token)
                && !(acts_for_itself && built_in_scope(token.as_str()).is_some())
        });
        let Some(requested) = ask.requested else {
            let lost_all = may_have.is_empty() && !ask.granted.is_empty();
            return if lost_all { Err(GateRefusal::NothingLeft) } else { Ok(may_have) };
        };
        let within = if acts_for_itself { &may_have } else { ask.granted };
        if !requested.is_subset_of(within) {
            return Err(GateRefusal::ScopeExceeded);
        }
        let scope = requested.filtered(|token| may_have.contains(token.as_str()));
        let lost_all = scope.is_empty() && !requested.is_empty();
        if lost_all { Err(GateRefusal::NothingLeft) } else { Ok(scope) }
    }
}

fn check_person(person: &Person<'_>) -> Result<(), GateRefusal> {
    let active = person.holder.filter(|it| it.status == UserStatus::Active);
    let holder = active.ok_or(GateRefusal::UserInactive)?;
    if person.grant.revoked_at.is_some() {
        return Err(GateRefusal::GrantRevoked);
    }
    let needs_session = ends_with_session(person.grant.session_id, &person.grant.scope);
    if needs_session && !holder.session_lives {
        return Err(GateRefusal::SessionEnded);
    }
    Ok(())
}

impl Issuance {
    /// What the access token opens.
    pub(crate) const fn scope(&self) -> &Scope {
        &self.target.scope
    }
}
