//! What a device asked for and a person answers elsewhere.

use std::net::IpAddr;

use protocol::Scope;

use crate::{Client, Grant, Id, Timestamp};

/// A request of a device that waits for a person, [RFC 8628 section 3.1].
///
/// [RFC 8628 section 3.1]: https://www.rfc-editor.org/rfc/rfc8628#section-3.1
#[derive(Debug, Clone)]
pub struct DeviceAuthorization {
    /// The grant that redeeming its code makes.
    pub grant_id: Id<Grant>,
    /// Who asks.
    pub client_id: Id<Client>,
    /// What is asked for.
    pub scope: Scope,
    /// The only APIs its tokens may be for, RFC 8707; none stands for all that the scopes open.
    pub resources: Vec<String>,
    /// Where the request came from, which the person who approves is told.
    pub address: Option<IpAddr>,
    /// When the device asked.
    pub created_at: Timestamp,
    /// When it can no longer be answered or redeemed.
    pub expires_at: Timestamp,
}
