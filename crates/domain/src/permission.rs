//! What may be done, and the roles that bundle it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal,)*) => {
        /// One right, written `area:verb`; the same text is an API scope.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Permission {
            $($(#[doc = $doc])* #[serde(rename = $text)] $name,)*
        }

        impl Permission {
            /// Every permission, in the order pages list them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The permission as it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

permissions! {
    /// See applications and their clients.
    AppsRead = "apps:read",
    /// Register, change, disable and delete applications.
    AppsWrite = "apps:write",
    /// Generate, rotate and revoke client secrets.
    SecretsWrite = "secrets:write",
    /// See APIs and scopes.
    ResourcesRead = "resources:read",
    /// Register, change and delete APIs and scopes.
    ResourcesWrite = "resources:write",
    /// See people.
    UsersRead = "users:read",
    /// Add, change, lock and remove people, and reset their passwords.
    UsersWrite = "users:write",
    /// See what people approved.
    ConsentsRead = "consents:read",
    /// Withdraw what people approved.
    ConsentsWrite = "consents:write",
    /// See what tokens are live.
    TokensRead = "tokens:read",
    /// Revoke tokens.
    TokensRevoke = "tokens:revoke",
    /// See who is signed in.
    SessionsRead = "sessions:read",
    /// Sign people out.
    SessionsWrite = "sessions:write",
    /// See platform settings.
    SettingsRead = "settings:read",
    /// Change platform settings.
    SettingsWrite = "settings:write",
    /// See signing keys.
    KeysRead = "keys:read",
    /// Rotate signing keys.
    KeysWrite = "keys:write",
    /// See the audit log.
    AuditRead = "audit:read",
    /// See administrators and API keys.
    AdminsRead = "admins:read",
    /// Make administrators and API keys.
    AdminsWrite = "admins:write",
}

/// The text names no permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no permission of this name exists")]
pub struct UnknownPermission;

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|it| it.as_str() == text).ok_or(UnknownPermission)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A bundle of permissions that a person holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything; the last one cannot be removed.
    Owner,
    /// May do everything but make administrators.
    Administrator,
    /// Looks after the applications they own.
    Developer,
    /// Reads everything, changes nothing.
    Auditor,
    /// Looks after keys and settings.
    Operator,
    /// Looks after people.
    Support,
}

/// The text names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no role of this name exists")]
pub struct UnknownRole;

impl Role {
    /// Every role, the strongest first.
    pub const ALL: [Self; 6] = [
        Self::Owner,
        Self::Administrator,
        Self::Developer,
        Self::Auditor,
        Self::Operator,
        Self::Support,
    ];

    /// The role as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Administrator => "administrator",
            Self::Developer => "developer",
            Self::Auditor => "auditor",
            Self::Operator => "operator",
            Self::Support => "support",
        }
    }

    /// Whether the role holds `permission`.
    #[must_use]
    pub fn holds(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Owner => true,
            Self::Administrator => permission != P::AdminsWrite,
            Self::Developer => matches!(
                permission,
                P::AppsRead
                    | P::AppsWrite
                    | P::SecretsWrite
                    | P::ResourcesRead
                    | P::TokensRead
                    | P::TokensRevoke
            ),
            Self::Auditor => permission.as_str().ends_with(":read"),
            Self::Operator => matches!(
                permission,
                P::SettingsRead | P::SettingsWrite | P::KeysRead | P::KeysWrite
            ),
            Self::Support => matches!(
                permission,
                P::UsersRead
                    | P::UsersWrite
                    | P::SessionsRead
                    | P::SessionsWrite
                    | P::ConsentsRead
                    | P::ConsentsWrite
            ),
        }
    }

    /// Whether the role sees and changes only applications that its holder owns.
    #[must_use]
    pub const fn is_limited_to_own_applications(self) -> bool {
        matches!(self, Self::Developer)
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.as_str() == text).ok_or(UnknownRole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(*permission));
        }
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
    }

    #[test]
    fn an_auditor_changes_nothing() {
        for permission in Permission::ALL {
            assert_eq!(
                Role::Auditor.holds(*permission),
                permission.as_str().ends_with(":read"),
                "{permission}"
            );
        }
    }

    #[test]
    fn only_an_owner_makes_administrators() {
        let makers: Vec<Role> =
            Role::ALL.into_iter().filter(|role| role.holds(Permission::AdminsWrite)).collect();

        assert_eq!(makers, [Role::Owner]);
    }
}
