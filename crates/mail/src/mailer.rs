//! How mail leaves: by SMTP, or into the log where no server is configured.

use std::{fmt, time::Duration};

use domain::outbox::MailJob;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::message;

/// How long an SMTP server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Sends queued messages.
pub struct Mailer {
    transport: Transport,
    from: Mailbox,
    public_url: String,
}

enum Transport {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Log,
}

/// The mail configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidMailConfig {
    /// `mail.url` is not `smtp://` or `smtps://` with a host.
    #[error("mail.url is not an address such as smtps://user:password@mail.example.com")]
    Url(#[source] lettre::transport::smtp::Error),
    /// `mail.from` is not an address.
    #[error("mail.from is not an address such as Countersign <no-reply@example.com>")]
    From(#[source] lettre::address::AddressError),
}

/// A message could not be sent; it may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The recipient is not an address.
    #[error("the recipient is not an e-mail address")]
    Recipient(#[source] lettre::address::AddressError),
    /// The message cannot be written.
    #[error("the message cannot be written")]
    Message(#[source] lettre::error::Error),
    /// The SMTP server refused or did not answer.
    #[error("the SMTP server did not take the message")]
    Smtp(#[source] lettre::transport::smtp::Error),
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailer(..)")
    }
}

impl Mailer {
    /// A mailer for the server at `public_url`; without `url` mail goes into the log.
    ///
    /// # Errors
    ///
    /// When `url` or `from` is not an address.
    pub fn new(
        url: Option<&SecretString>,
        from: &str,
        public_url: &str,
    ) -> Result<Self, InvalidMailConfig> {
        let transport = match url {
            Some(url) => {
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
                    .map_err(InvalidMailConfig::Url)?;
                Transport::Smtp(builder.timeout(Some(TIMEOUT)).build())
            }
            None => Transport::Log,
        };
        let from = from.parse().map_err(InvalidMailConfig::From)?;
        Ok(Self { transport, from, public_url: public_url.to_owned() })
    }

    /// Sends one message.
    ///
    /// # Errors
    ///
    /// When the message cannot be written or the SMTP server does not take it.
    pub async fn send(&self, job: &MailJob) -> Result<(), SendError> {
        let text = message::write(&job.message, &self.public_url);
        let to: Mailbox = job.to.parse().map_err(SendError::Recipient)?;
        match &self.transport {
            Transport::Log => {
                tracing::info!(to = %to.email, subject = text.subject, body = text.body, "mail");
                Ok(())
            }
            Transport::Smtp(smtp) => {
                let message = Message::builder()
                    .from(self.from.clone())
                    .to(to)
                    .subject(text.subject)
                    .header(ContentType::TEXT_PLAIN)
                    .body(text.body)
                    .map_err(SendError::Message)?;
                smtp.send(message).await.map(|_accepted| ()).map_err(SendError::Smtp)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailer(url: Option<&str>, from: &str) -> Result<Mailer, InvalidMailConfig> {
        Mailer::new(url.map(SecretString::from).as_ref(), from, "http://localhost:8080")
    }

    #[test]
    fn bad_configuration_is_named() {
        assert!(matches!(mailer(Some("http://x"), "a@b.example"), Err(InvalidMailConfig::Url(_))));
        assert!(matches!(mailer(None, "nobody"), Err(InvalidMailConfig::From(_))));
        assert!(mailer(None, "Countersign <no-reply@localhost>").is_ok());
    }
}
