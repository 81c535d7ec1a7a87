//! How a command ends.

use std::{fmt, io::Write, process};

use crate::{
    config::{ConfigError, MasterKeyError},
    telemetry::TelemetryError,
};

/// What the exit code of a command that failed says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// Anything else.
    Failure,
    /// Wrong use or invalid input.
    Invalid,
    /// Something is in the way.
    Conflict,
    /// The caller may not.
    Forbidden,
}

impl ExitCode {
    /// The number the process ends with.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Failure => 1,
            Self::Invalid => 2,
            Self::Conflict => 3,
            Self::Forbidden => 4,
        }
    }
}

/// Why a command failed: one sentence with what to do, and the exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// What the exit code says.
    pub code: ExitCode,
    /// What standard error says.
    pub message: String,
}

impl CliError {
    /// Anything that has no code of its own.
    #[must_use]
    pub fn failure(message: impl Into<String>) -> Self {
        Self { code: ExitCode::Failure, message: message.into() }
    }

    /// Wrong use or invalid input.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { code: ExitCode::Invalid, message: message.into() }
    }

    /// Something is in the way.
    #[must_use]
    pub fn conflict(message: impl Into<String>) -> Self {
        Self { code: ExitCode::Conflict, message: message.into() }
    }

    /// The caller may not.
    #[must_use]
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self { code: ExitCode::Forbidden, message: message.into() }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CliError {}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<MasterKeyError> for CliError {
    fn from(error: MasterKeyError) -> Self {
        let message = error.to_string();
        match error {
            MasterKeyError::Exists(_) => Self::conflict(message),
            MasterKeyError::Unreadable { .. } | MasterKeyError::NotWritten { .. } => {
                Self::failure(message)
            }
            MasterKeyError::Missing(_)
            | MasterKeyError::Lost { .. }
            | MasterKeyError::Invalid { .. } => Self::invalid(message),
        }
    }
}

impl From<TelemetryError> for CliError {
    fn from(error: TelemetryError) -> Self {
        match error {
            TelemetryError::InvalidFilter => Self::invalid(error.to_string()),
            TelemetryError::AlreadyStarted => Self::failure(error.to_string()),
        }
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::failure(error.to_string())
    }
}

/// Says on standard error what failed, and gives the process's exit code.
#[must_use]
pub fn finish(result: Result<(), CliError>) -> process::ExitCode {
    match result {
        Ok(()) => process::ExitCode::SUCCESS,
        Err(error) => {
            // There is nobody left to tell when standard error is gone.
            let _gone = writeln!(std::io::stderr(), "{error}");
            process::ExitCode::from(error.code.number())
        }
    }
}
