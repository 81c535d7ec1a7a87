//! What a developer registers.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Client, Id, Identified, Timestamp, User};

/// What a developer registers and the control center lists.
///
/// Its clients, one an environment, are what the RFCs call clients.
#[derive(Debug, Clone)]
pub struct Application {
    /// Identifies the application.
    pub id: Id<Application>,
    /// The name people see on the consent page.
    pub name: String,
    /// A sentence about it; may be empty.
    pub description: String,
    /// What kind of program it is.
    pub application_type: ApplicationType,
    /// Whether it may ask for tokens.
    pub status: ApplicationStatus,
    /// The person who answers for it.
    pub owner: Option<Id<User>>,
    /// Its home page, shown on the consent page.
    pub client_uri: Option<String>,
    /// Its privacy policy, linked from the sign-in page.
    pub policy_uri: Option<String>,
    /// Its terms, linked from the sign-in page.
    pub tos_uri: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts changes, for `ETag` and `If-Match`.
    pub version: i64,
    /// Its clients.
    pub clients: Vec<Client>,
}

impl Identified for Application {
    const PREFIX: &'static str = "app";
}

/// The kinds of program, each with its own safe settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// Runs on a server and can keep a secret.
    Web,
    /// Runs in a browser.
    Spa,
    /// Runs on a phone or a desktop.
    Native,
    /// A service without a person.
    Machine,
    /// A television, a printer, a command line: no browser that could come back.
    Device,
}

/// Whether an application may ask for tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationStatus {
    /// It may.
    Active,
    /// It may not, and its tokens do not count, until it is enabled again.
    Disabled,
}

/// The text names no kind or status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no value of this name exists")]
pub struct UnknownName;

impl ApplicationType {
    /// Every kind, in the order pages list them.
    pub const ALL: [Self; 5] = [Self::Web, Self::Spa, Self::Native, Self::Machine, Self::Device];

    /// The kind as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Spa => "spa",
            Self::Native => "native",
            Self::Machine => "machine",
            Self::Device => "device",
        }
    }

    /// Whether a program of this kind can keep a secret.
    #[must_use]
    pub const fn is_confidential(self) -> bool {
        matches!(self, Self::Web | Self::Machine)
    }

    /// Whether people are sent back to a program of this kind, so that it needs a callback URL.
    #[must_use]
    pub const fn has_callback(self) -> bool {
        matches!(self, Self::Web | Self::Spa | Self::Native)
    }
}

impl ApplicationStatus {
    /// Every status.
    pub const ALL: [Self; 2] = [Self::Active, Self::Disabled];

    /// The status as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

impl FromStr for ApplicationType {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or(UnknownName)
    }
}

impl FromStr for ApplicationStatus {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or(UnknownName)
    }
}

impl fmt::Display for ApplicationType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ApplicationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
