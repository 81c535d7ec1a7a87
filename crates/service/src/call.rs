//! Who calls an operation, through what, and with which permissions.

use std::collections::BTreeSet;

use domain::{
    AuditEvent, Entropy, Id, Permission, RequestFacts, Role, Timestamp, User,
    audit::{Action, Actor, ActorKind, Outcome, Surface},
};

use crate::{Problem, idempotency::Claim};

/// Who calls an operation, through what, and with which permissions.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls.
    pub actor: Actor,
    /// Through what.
    pub surface: Surface,
    /// What the caller may do.
    pub permissions: BTreeSet<Permission>,
    /// Which applications the caller may see and change.
    pub applications: ApplicationScope,
    /// What is known of the request.
    pub facts: RequestFacts,
    /// What keeps the request from being carried out twice, if it asked for that.
    pub claim: Option<Claim>,
}

/// Which applications a caller may see and change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationScope {
    /// All of them.
    All,
    /// Those that this person owns.
    OwnedBy(Id<User>),
}

impl Call {
    /// A call of the command line on the server's own machine, which may do everything.
    #[must_use]
    pub fn operator() -> Self {
        Self {
            actor: Actor::operator(),
            surface: Surface::Cli,
            permissions: Permission::ALL.iter().copied().collect(),
            applications: ApplicationScope::All,
            facts: RequestFacts::default(),
            claim: None,
        }
    }

    /// A call of a person, with what their role lets them do.
    #[must_use]
    pub fn of_user(user: &User, surface: Surface, facts: RequestFacts) -> Self {
        let holds = |permission: &Permission| user.role.is_some_and(|it| it.holds(*permission));
        let limited = user.role.is_none_or(Role::is_limited_to_own_applications);
        Self {
            actor: Actor {
                kind: ActorKind::User,
                id: Some(user.id.to_string()),
                name: user.shown_name().to_owned(),
            },
            surface,
            permissions: Permission::ALL.iter().copied().filter(holds).collect(),
            applications: if limited {
                ApplicationScope::OwnedBy(user.id)
            } else {
                ApplicationScope::All
            },
            facts,
            claim: None,
        }
    }

    /// Whether the caller holds `permission`.
    #[must_use]
    pub fn has(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// Demands `permission`.
    ///
    /// # Errors
    ///
    /// [`Problem::Forbidden`] with its name when the caller lacks it.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.has(permission) { Ok(()) } else { Err(Problem::Forbidden(permission)) }
    }

    /// The only person whose applications the caller may see; `None` where they may see all.
    #[must_use]
    pub const fn owner_seen(&self) -> Option<Id<User>> {
        match self.applications {
            ApplicationScope::All => None,
            ApplicationScope::OwnedBy(user) => Some(user),
        }
    }

    /// The person who calls, if a person does.
    #[must_use]
    pub fn user_id(&self) -> Option<Id<User>> {
        self.actor.id.as_deref().and_then(|id| Id::parse(id).ok())
    }

    /// The start of an audit event of this call.
    #[must_use]
    pub fn event(&self, action: Action, now: Timestamp, entropy: &dyn Entropy) -> AuditEvent {
        AuditEvent {
            id: Id::new(now, entropy),
            at: now,
            action,
            outcome: Outcome::Success,
            actor: self.actor.clone(),
            surface: self.surface,
            target: None,
            target_name: None,
            reason: None,
            details: serde_json::Map::new(),
            address: self.facts.address.map(|it| it.to_string()),
            request_id: self.facts.request_id.clone(),
            sequence: None,
        }
    }
}
