//! What happened, written for those who ask later.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{Id, Identified, Timestamp};

/// One event of the audit log.
///
/// It has no field that a secret fits in; `details` hold names, never values, and
/// of an address no query.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    /// Identifies the event.
    pub id: Id<AuditEvent>,
    /// When it happened.
    pub at: Timestamp,
    /// `noun.verb`, never renamed.
    pub action: Action,
    /// Whether it succeeded or was refused.
    pub outcome: Outcome,
    /// Who did it.
    pub actor: Actor,
    /// Through what it came.
    pub surface: Surface,
    /// What it was done to, such as `app_…`.
    pub target: Option<String>,
    /// What people call the target.
    pub target_name: Option<String>,
    /// Why it was refused, in words for administrators.
    pub reason: Option<String>,
    /// Names of what changed, scopes, grant types.
    pub details: serde_json::Map<String, serde_json::Value>,
    /// The address the request came from.
    pub address: Option<String>,
    /// The request it belongs to; shown to people as trace id.
    pub request_id: Option<String>,
    /// The place in the hash chain, once it has one.
    pub sequence: Option<i64>,
}

impl Identified for AuditEvent {
    const PREFIX: &'static str = "evt";
}

/// Whether an act succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did.
    Success,
    /// It was refused.
    Refused,
}

impl Outcome {
    /// The outcome as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
        }
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// What kind of actor: `user`, `client`, `api_key`, `operator`, `system`, `anonymous`.
    pub kind: ActorKind,
    /// Its identifier, where it has one.
    pub id: Option<String>,
    /// What people call it.
    pub name: String,
}

/// The kinds of actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person who is signed in.
    User,
    /// An OAuth client.
    Client,
    /// A holder of an API key.
    ApiKey,
    /// Whoever runs the command line on the server's machine.
    Operator,
    /// The server itself.
    System,
    /// Nobody known.
    Anonymous,
}

impl ActorKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::User, Self::Client, Self::ApiKey, Self::Operator, Self::System, Self::Anonymous];

    /// The kind as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Client => "client",
            Self::ApiKey => "api_key",
            Self::Operator => "operator",
            Self::System => "system",
            Self::Anonymous => "anonymous",
        }
    }
}

impl Actor {
    /// The server itself.
    #[must_use]
    pub fn system() -> Self {
        Self { kind: ActorKind::System, id: None, name: "Countersign".to_owned() }
    }

    /// Whoever runs the command line on the server's machine.
    #[must_use]
    pub fn operator() -> Self {
        Self { kind: ActorKind::Operator, id: None, name: "Command line".to_owned() }
    }

    /// Nobody known.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { kind: ActorKind::Anonymous, id: None, name: "Anonymous".to_owned() }
    }
}

/// Through what an act came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// The control center.
    Console,
    /// The management API.
    Api,
    /// The command line.
    Cli,
    /// The protocol endpoints and people's pages.
    Oauth,
    /// A background job.
    Worker,
}

impl Surface {
    /// Every surface.
    pub const ALL: [Self; 5] = [Self::Console, Self::Api, Self::Cli, Self::Oauth, Self::Worker];

    /// The surface as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Api => "api",
            Self::Cli => "cli",
            Self::Oauth => "oauth",
            Self::Worker => "worker",
        }
    }
}

macro_rules! actions {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal, $chained:literal;)*) => {
        /// What happened, `noun.verb`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Action {
            $($(#[doc = $doc])* #[serde(rename = $text)] $name,)*
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The action as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Whether the event takes its place in the hash chain within its own
            /// transaction. Events that come with traffic are chained by a job instead,
            /// within seconds, so that token requests do not wait for one another.
            #[must_use]
            pub const fn is_chained_at_once(self) -> bool {
                match self { $(Self::$name => $chained,)* }
            }
        }
    };
}

actions! {
    /// An application was registered.
    ApplicationRegistered = "application.registered", true;
    /// An application was changed.
    ApplicationUpdated = "application.updated", true;
    /// An application was deleted.
    ApplicationRemoved = "application.removed", true;
    /// A client was made for an environment.
    ClientRegistered = "client.registered", true;
    /// A client was changed.
    ClientUpdated = "client.updated", true;
    /// A client secret was generated.
    SecretGenerated = "secret.generated", true;
    /// A client secret was replaced.
    SecretRotated = "secret.rotated", true;
    /// A client secret was revoked.
    SecretRevoked = "secret.revoked", true;
    /// An API was registered.
    ResourceRegistered = "resource.registered", true;
    /// An API was changed.
    ResourceUpdated = "resource.updated", true;
    /// An API was deleted.
    ResourceRemoved = "resource.removed", true;
    /// A person was added.
    UserRegistered = "user.registered", true;
    /// A person was changed.
    UserUpdated = "user.updated", true;
    /// A person was removed.
    UserRemoved = "user.removed", true;
    /// A one-time link to set a password was made.
    PasswordResetStarted = "password.reset_started", true;
    /// A password was set.
    PasswordChanged = "password.changed", true;
    /// A setting was changed.
    SettingsUpdated = "settings.updated", true;
    /// An API key was made.
    ApiKeyCreated = "api_key.created", true;
    /// An API key was revoked.
    ApiKeyRevoked = "api_key.revoked", true;
    /// A signing key was made, promoted or retired.
    SigningKeyRotated = "signing_key.rotated", true;
    /// The first administrator was made.
    ServerBootstrapped = "server.bootstrapped", true;
    /// A person signed in.
    LoginSucceeded = "login.succeeded", false;
    /// A sign-in was refused.
    LoginRefused = "login.refused", false;
    /// A person signed out or was signed out.
    SessionEnded = "session.ended", false;
    /// A person approved a client.
    ConsentGranted = "consent.granted", false;
    /// A person said no to a client.
    ConsentDenied = "consent.denied", false;
    /// A remembered decision was withdrawn.
    ConsentRevoked = "consent.revoked", true;
    /// An authorization request was refused.
    AuthorizationRefused = "authorization.refused", false;
    /// A code was redeemed.
    CodeRedeemed = "code.redeemed", false;
    /// A code came a second time; what it bought was revoked.
    CodeReplayed = "code.replayed", false;
    /// Tokens were refreshed.
    TokenRefreshed = "token.refreshed", false;
    /// A refresh token came again too late; its family was revoked.
    RefreshReplayed = "refresh_token.replayed", false;
    /// A token was revoked.
    TokenRevoked = "token.revoked", false;
    /// A token request was refused.
    TokenRefused = "token.refused", false;
}

impl std::str::FromStr for Action {
    type Err = crate::UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|it| it.as_str() == text).ok_or(crate::UnknownName)
    }
}

/// What is known of the request behind an act.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestFacts {
    /// The address of the caller.
    pub address: Option<IpAddr>,
    /// The browser or program, as it calls itself; at most 256 characters.
    pub user_agent: Option<String>,
    /// The request's identifier; shown to people as trace id.
    pub request_id: Option<String>,
}
