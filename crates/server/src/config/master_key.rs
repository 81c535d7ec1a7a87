//! The master key file.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use domain::{Entropy, InvalidMasterKeys, MasterKeys};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::Settings;

/// Why there are no master keys, or why none could be made.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// There is no file.
    #[error(
        "there is no master key file at {0}; make one with countersign init, or set \
         keys.master_key_file to the one that belongs to this database"
    )]
    Missing(PathBuf),
    /// There is no file, but a database that needs one.
    #[error(
        "there is no master key file at {key}, and the database {database} cannot be opened \
         without the one it was written with; restore that from where you keep the copy"
    )]
    Lost {
        /// Where the key file should be.
        key: PathBuf,
        /// The database that is there.
        database: PathBuf,
    },
    /// The file is there and cannot be read.
    #[error("the master key file {path} cannot be read ({reason}); check its owner and mode")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// The file holds something else.
    #[error("{path} is not a master key file: {reason}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: InvalidMasterKeys,
    },
    /// A file is there already.
    #[error(
        "there is a master key file at {0} already, and without it the database cannot be read; \
         move it away if you mean to start over"
    )]
    Exists(PathBuf),
    /// The new file could not be written.
    #[error("the master key file {path} cannot be written ({reason}); check the folder")]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
}

/// Reads the master keys.
///
/// # Errors
///
/// When the file is missing, cannot be read or holds something else.
pub fn load_master_keys(settings: &Settings) -> Result<MasterKeys, MasterKeyError> {
    let path = &settings.keys.master_key_file;
    let invalid = |reason| MasterKeyError::Invalid { path: path.clone(), reason };
    if let Some(text) = &settings.keys.master_key {
        let variable = PathBuf::from("keys.master_key");
        return MasterKeys::parse(text.expose_secret())
            .map_err(|reason| MasterKeyError::Invalid { path: variable, reason });
    }
    match fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) => MasterKeys::parse(&text).map_err(invalid),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(missing(settings)),
        Err(reason) => Err(MasterKeyError::Unreadable { path: path.clone(), reason }),
    }
}

/// Reads the master keys; makes them on the first start in an empty folder.
///
/// That is: database and key file are where they are by default and neither is
/// there. The second value says whether the keys are new.
///
/// # Errors
///
/// As [`load_master_keys`], and when a new file cannot be written.
pub fn load_or_make_master_keys(
    settings: &Settings,
    entropy: &dyn Entropy,
) -> Result<(MasterKeys, bool), MasterKeyError> {
    match load_master_keys(settings) {
        Err(MasterKeyError::Missing(path)) if settings.makes_its_own_master_key() => {
            match make_master_keys(&path, entropy) {
                // Another process was a moment faster; its keys are the ones.
                Ok(()) | Err(MasterKeyError::Exists(_)) => {}
                Err(error) => return Err(error),
            }
            load_master_keys(settings).map(|keys| (keys, true))
        }
        loaded => loaded.map(|keys| (keys, false)),
    }
}

/// Writes a new master key file that only its owner can read.
///
/// The file appears whole or not at all, and never in place of another.
///
/// # Errors
///
/// When there is a file already, or it cannot be written.
pub fn make_master_keys(path: &Path, entropy: &dyn Entropy) -> Result<(), MasterKeyError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let written = folder
        .map_or(Ok(()), |folder| DirBuilder::new().recursive(true).mode(0o700).create(folder))
        .and_then(|()| write_new(path, MasterKeys::generate(entropy).as_bytes()));
    written.map_err(|reason| {
        if reason.kind() == io::ErrorKind::AlreadyExists {
            MasterKeyError::Exists(path.to_owned())
        } else {
            MasterKeyError::NotWritten { path: path.to_owned(), reason }
        }
    })
}

/// Writes beside `path` and links the whole file into place, which fails if one is there.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    written.and(removed)
}

fn missing(settings: &Settings) -> MasterKeyError {
    let key = settings.keys.master_key_file.clone();
    match settings.database.sqlite_file() {
        Some(database) if database.exists() => {
            MasterKeyError::Lost { key, database: database.to_owned() }
        }
        _other => MasterKeyError::Missing(key),
    }
}
