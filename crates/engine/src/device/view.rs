//! What the page shows on which a person answers a device.

use std::net::IpAddr;

use domain::{Environment, Id, Timestamp, User, UserCode};

use crate::authorize::ScopeView;

/// What the page shows on which a person answers a device.
#[derive(Debug, Clone)]
pub struct ConfirmView {
    /// The code that the person typed, to compare with what the device shows.
    pub user_code: UserCode,
    /// Who is asked.
    pub user_id: Id<User>,
    /// What the application is called.
    pub client_name: String,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub tos_uri: Option<String>,
    /// Where its tokens count.
    pub environment: Environment,
    /// Where the device asked from.
    pub address: Option<IpAddr>,
    /// When it asked.
    pub asked_at: Timestamp,
    /// What is asked now.
    pub asked: Vec<ScopeView>,
    /// What was approved before and is not asked again.
    pub remembered: Vec<ScopeView>,
    /// Whether an approval can stand for the next time as well.
    pub may_be_remembered: bool,
    /// Whether an answer came with nothing ticked, and nothing was done.
    pub nothing_ticked: bool,
}
