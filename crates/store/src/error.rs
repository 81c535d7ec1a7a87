//! What can go wrong below a repository.

use sea_orm::{DbErr, SqlErr};

/// The database failed; nothing the caller asked for has happened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A statement failed.
    #[error("the database did not answer as it should")]
    Database(#[from] DbErr),
    /// The commit that this write shared with others failed.
    #[error("the shared commit failed")]
    Commit,
    /// A row holds something that no version of this server wrote.
    #[error("the column {0} holds a value that cannot be read")]
    Corrupt(&'static str),
}

impl StoreError {
    /// Whether a statement failed because a unique value was taken.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        match self {
            Self::Database(error) => {
                matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
            }
            Self::Commit | Self::Corrupt(_) => false,
        }
    }
}
