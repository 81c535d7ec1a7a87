//! What a handle is for.

/// What a handle is for; one of one kind is never taken for one of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HandleKind {
    /// An authorization code.
    AuthorizationCode,
    /// An opaque access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
    /// A client secret of a production client.
    ProductionSecret,
    /// A client secret of a sandbox client.
    SandboxSecret,
    /// The session of a user's browser.
    UserSession,
    /// The session of a browser in the control center.
    ConsoleSession,
    /// An authorization request in progress.
    AuthorizationRequest,
    /// An authorization request that its client pushed.
    PushedRequest,
    /// The link that sets up the server.
    SetupLink,
    /// A link that signs in once.
    SignInLink,
    /// A link that resets a password once.
    PasswordResetLink,
    /// A key for the management API.
    ApiKey,
    /// What a device polls with until a person answered.
    DeviceCode,
}

impl HandleKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::AuthorizationCode,
        Self::AccessToken,
        Self::RefreshToken,
        Self::ProductionSecret,
        Self::SandboxSecret,
        Self::UserSession,
        Self::ConsoleSession,
        Self::AuthorizationRequest,
        Self::PushedRequest,
        Self::SetupLink,
        Self::SignInLink,
        Self::PasswordResetLink,
        Self::ApiKey,
        Self::DeviceCode,
    ];

    /// The kind as handles write it.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "ac",
            Self::AccessToken => "at",
            Self::RefreshToken => "rt",
            Self::ProductionSecret => "prd",
            Self::SandboxSecret => "sbx",
            Self::UserSession => "us",
            Self::ConsoleSession => "adm",
            Self::AuthorizationRequest => "tx",
            Self::PushedRequest => "par",
            Self::SetupLink => "setup",
            Self::SignInLink => "link",
            Self::PasswordResetLink => "pw",
            Self::ApiKey => "api",
            Self::DeviceCode => "dc",
        }
    }

    pub(super) fn from_prefix(prefix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.prefix() == prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::HandleKind;

    #[test]
    fn every_prefix_names_one_kind() {
        for kind in HandleKind::ALL {
            assert_eq!(HandleKind::from_prefix(kind.prefix()), Some(kind));
        }
        assert_eq!(HandleKind::from_prefix("AC"), None);
        assert_eq!(HandleKind::from_prefix(""), None);
    }
}
