//! What can go wrong with the store.

use crate::migrations::MigrateError;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{path} is in use by another twinline process: stop it first")]
    InUse { path: PathBuf },
    #[error("{path} is not a database or is damaged ({detail}): restore a backup with `twinline restore`")]
    Corrupt { path: PathBuf, detail: String },
    #[error("{path}: {source}")]
    Migrate { path: PathBuf, source: MigrateError },
    #[error("{path}: {source}")]
    Database { path: PathBuf, source: sqlx::Error },
}

/// A journal entry was not made durable. Nothing of it is in the database.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommitError {
    #[error("the store is closed")]
    Closed,
    #[error("the database refused the write: {0}")]
    Database(String),
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the store is closed")]
    Closed,
    #[error("not found")]
    NotFound,
    /// The row has another version than the one named.
    #[error("it was changed by someone else (version {current})")]
    VersionMismatch { current: u64 },
    /// Another row of this kind has the name (or fingerprint).
    #[error("the name is taken")]
    NameTaken,
    #[error("a stored {what} cannot be read: {detail}")]
    Damaged { what: &'static str, detail: String },
    #[error(transparent)]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::NameTaken,
            _ => Self::Database(error),
        }
    }
}

impl StoreError {
    pub(crate) fn damaged(what: &'static str, detail: impl std::fmt::Display) -> Self {
        Self::Damaged { what, detail: detail.to_string() }
    }
}
