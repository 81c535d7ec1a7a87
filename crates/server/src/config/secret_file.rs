//! Files that hold secrets: reading one, and noticing that everyone else can.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::Settings;

/// The files with secrets in them that were met while loading.
#[derive(Debug, Default)]
pub(crate) struct SecretFiles(Vec<PathBuf>);

impl SecretFiles {
    /// Remembers that `path` holds a secret.
    pub(crate) fn note(&mut self, path: &Path) {
        self.0.push(path.to_owned());
    }

    /// Remembers the secret files that the settings name.
    pub(crate) fn note_settings(&mut self, settings: &Settings) {
        if settings.keys.master_key.is_none() {
            self.note(&settings.keys.master_key_file);
        }
        if let Some(tls) = &settings.server.tls {
            self.note(&tls.key_file);
        }
    }

    /// Reads the secret in `path`, without the line break at its end.
    ///
    /// # Errors
    ///
    /// When the file cannot be read as text.
    pub(crate) fn read(&mut self, path: &Path) -> std::io::Result<SecretString> {
        self.note(path);
        let text = Zeroizing::new(std::fs::read_to_string(path)?);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        Ok(SecretString::from(line.strip_suffix('\r').unwrap_or(line)))
    }

    /// A sentence for each file that every user of the machine can read.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.0
            .iter()
            .filter(|path| is_open_to_everyone(path))
            .map(|path| {
                let path = path.display();
                format!("{path} holds a secret and every user can read it; run chmod 600 {path}")
            })
            .collect()
    }
}

fn is_open_to_everyone(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o007 != 0)
}
