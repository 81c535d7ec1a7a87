//! What happened, in words.

use domain::audit::Action;

/// What happened, as one would say it after a name: "Ana Ruiz registered Photo Printer".
pub(super) const fn words(action: Action) -> &'static str {
    match action {
        Action::ApplicationRegistered | Action::ResourceRegistered => "registered",
        Action::ApplicationUpdated
        | Action::ResourceUpdated
        | Action::UserUpdated
        | Action::SettingsUpdated => "changed",
        Action::ApplicationRemoved | Action::ResourceRemoved | Action::UserRemoved => "deleted",
        Action::ClientRegistered => "made keys for",
        Action::ClientUpdated => "changed the settings of",
        Action::SecretGenerated => "generated a secret for",
        Action::SecretRotated => "rotated a secret of",
        Action::SecretRevoked => "revoked a secret of",
        Action::UserRegistered => "added",
        Action::PasswordResetStarted => "made a password link for",
        Action::PasswordChanged => "set the password of",
        Action::ApiKeyCreated => "made the API key",
        Action::ApiKeyRevoked => "revoked the API key",
        Action::SigningKeyRotated => "rotated the signing keys",
        Action::ServerBootstrapped => "set this server up",
        Action::LoginSucceeded => "signed in",
        Action::LoginRefused => "was not signed in",
        Action::SessionEnded => "ended a session of",
        Action::ConsentGranted => "approved",
        Action::ConsentDenied => "said no to",
        Action::ConsentRevoked => "withdrew an approval of",
        Action::AuthorizationRefused => "was refused an authorization",
        Action::CodeRedeemed => "redeemed a code",
        Action::CodeReplayed => "sent a used code",
        Action::TokenRefreshed => "refreshed a token",
        Action::RefreshReplayed => "sent a replaced refresh token",
        Action::TokenRevoked => "revoked a token of",
        Action::TokenRefused => "was refused a token",
    }
}

/// Whether nothing is left to look at.
pub(super) const fn leaves_nothing(action: Action) -> bool {
    matches!(action, Action::ApplicationRemoved | Action::ResourceRemoved | Action::UserRemoved)
}
