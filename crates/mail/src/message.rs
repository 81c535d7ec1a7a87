//! The messages people get, as text.

mod password_changed;

use domain::outbox::MailMessage;

/// A message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// The subject line.
    pub(crate) subject: String,
    /// The plain text body.
    pub(crate) body: String,
}

/// Writes `message` for people of the server at `public_url`.
pub(crate) fn write(message: &MailMessage, public_url: &str) -> Text {
    match message {
        MailMessage::PasswordChanged { name } => password_changed::write(name, public_url),
    }
}
