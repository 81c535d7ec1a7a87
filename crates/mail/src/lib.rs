//! Sends queued e-mail; the only crate that speaks SMTP.

mod mailer;
mod message;

pub use mailer::{InvalidMailConfig, Mailer, SendError};
