//! What leaves a transaction by itself, later.

use serde::{Deserialize, Serialize};

/// Work that a transaction queues and a worker does after the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Send a message.
    Mail(MailJob),
}

/// A message to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailJob {
    /// The address.
    pub to: String,
    /// Which message.
    pub message: MailMessage,
}

/// The messages there are, with what each needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "snake_case")]
pub enum MailMessage {
    /// The person's password was changed.
    PasswordChanged {
        /// What the person is called.
        name: String,
    },
}
