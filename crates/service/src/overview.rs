//! The figures of the control center's first page.

mod activity;
mod findings;
mod impact;
mod show;

use domain::{AuditEvent, ClientSecret, Id, Timestamp};

use crate::named::{ApplicationName, ClientName};

pub use impact::{people_of_client, tokens_of_grant};
pub use show::{last_week, show};

/// The figures of the control center's first page; a part is missing where the
/// caller lacks the permission to see it.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// How many applications there are.
    pub applications: Option<u64>,
    /// How many people there are.
    pub users: Option<u64>,
    /// How many grants are live.
    pub live_grants: Option<u64>,
    /// How many APIs there are.
    pub resources: Option<u64>,
    /// What happened in the last 24 hours.
    pub activity: Option<Activity>,
    /// What needs attention, the most urgent first.
    pub findings: Option<Vec<Finding>>,
    /// The last changes that administrators made, the newest first.
    pub recent_changes: Vec<AuditEvent>,
    /// The first steps, with those that are done.
    pub checklist: Option<Checklist>,
}

/// What happened in a day or a week.
#[derive(Debug, Clone, Default)]
pub struct Activity {
    /// How many people signed in.
    pub sign_ins: u64,
    /// How many times tokens were issued: codes redeemed and refreshes.
    pub issued: u64,
    /// How many requests and sign-ins were refused.
    pub refused: u64,
    /// The same by the hour, the oldest first.
    pub hours: Vec<ActivityHour>,
}

/// What happened in one hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ActivityHour {
    /// When the hour begins.
    pub starts_at: Timestamp,
    /// Codes redeemed.
    pub codes_redeemed: u64,
    /// Tokens refreshed.
    pub tokens_refreshed: u64,
    /// Requests and sign-ins refused.
    pub refused: u64,
}

/// Something that needs attention.
#[derive(Debug, Clone)]
pub enum Finding {
    /// A secret that ends in the next 30 days and that no newer one replaces.
    SecretExpires {
        /// Whose.
        client: ClientName,
        /// Which.
        secret_id: Id<ClientSecret>,
        /// What its maker called it.
        label: String,
        /// When.
        expires_at: Timestamp,
    },
    /// A client that has to prove itself with a secret and has none that works.
    SecretMissing(ClientName),
    /// A client that may use no grant, so it cannot get a token.
    NoGrant(ClientName),
    /// An application that is disabled.
    Disabled(ApplicationName),
    /// An application that nobody answers for.
    NoOwner(ApplicationName),
}

/// The first steps.
#[derive(Debug, Clone, Default)]
pub struct Checklist {
    /// The first application by name, once one is registered.
    pub application: Option<ApplicationName>,
    /// A token was issued.
    pub token: bool,
    /// An API is registered.
    pub resource: bool,
    /// A person besides the first was added.
    pub user: bool,
}

impl Checklist {
    /// Whether every step is done.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.application.is_some() && self.token && self.resource && self.user
    }
}

#[cfg(test)]
mod tests;
