//! Configuration: file, then environment, then flags; the only place that reads either of the first two.
//!
//! [`KEYS`] is the one list of what can be set. Reading, refusing unknown keys,
//! printing, the file that `init` writes and `docs/configuration.md` all hang on it.

mod annotated;
mod effective;
mod env;
mod error;
mod keys;
mod layers;
mod master_key;
mod overrides;
mod public_url;
mod secret_file;
mod settings;
mod source;
mod table;
mod tls;
mod validate;
mod value;

use std::path::{Path, PathBuf};

pub use self::{
    annotated::annotated_file,
    effective::Effective,
    env::{Env, FixedEnv, ProcessEnv},
    error::{ConfigError, Fault},
    keys::{Fallback, Key, Kind, Support},
    master_key::{MasterKeyError, load_master_keys, load_or_make_master_keys, make_master_keys},
    overrides::Overrides,
    public_url::{InvalidPublicUrl, PublicUrl},
    settings::{
        Compat, Database, DatabaseEngine, Grants, Keys, Limits, Mail, Outbound, SampleResource,
        Server, Settings, TlsFiles,
    },
    source::Source,
    table::KEYS,
    tls::{read_authorities, tls_server_config},
};
use self::{layers::Layers, secret_file::SecretFiles};

/// The file that is read from the working folder when none is named.
pub const DEFAULT_FILE: &str = "countersign.toml";

/// Settings that passed every check, and how they came about.
#[derive(Debug)]
pub struct Loaded {
    /// What the rest of the server is built from.
    pub settings: Settings,
    /// What is allowed but should not stay as it is, one sentence each.
    pub warnings: Vec<String>,
    /// Every value with its source, secrets masked.
    pub effective: Effective,
}

impl Settings {
    /// Reads and checks the whole configuration.
    ///
    /// `config_file` must exist when it is given; otherwise [`DEFAULT_FILE`] is
    /// read from the working folder if it is there. The environment wins over the
    /// file and `overrides` win over both.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, a key is unknown or a value is not usable.
    pub fn load(
        config_file: Option<&Path>,
        overrides: &Overrides,
        env: &dyn Env,
    ) -> Result<Loaded, ConfigError> {
        let mut layers = Layers::default();
        let mut secret_files = SecretFiles::default();

        if let Some((path, text)) = read_config_file(config_file, env)? {
            layers.add_file(&path, &text);
            if layers.hold_a_secret() {
                secret_files.note(&env.folder().join(path));
            }
        }
        layers.add_environment(&env.variables());
        layers.add_overrides(overrides);
        layers.read_secret_files(env.folder(), &mut secret_files);
        let (values, faults) = layers.finish();

        let settings = validate::settings(&values, faults, env.folder())?;
        secret_files.note_settings(&settings);
        let mut warnings = secret_files.warnings();
        warnings.extend(validate::warnings(&settings, &values));
        Ok(Loaded { settings, warnings, effective: Effective::of(values) })
    }
}

fn read_config_file(
    named: Option<&Path>,
    env: &dyn Env,
) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let path = named.unwrap_or_else(|| Path::new(DEFAULT_FILE));
    match std::fs::read_to_string(env.folder().join(path)) {
        Ok(text) => Ok(Some((path.to_owned(), text))),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError::from(Fault::new(format!(
            "the configuration file {} cannot be read ({error}); name one that exists with --config",
            path.display()
        )))),
    }
}

/// The text of the log filter variable, `RUST_LOG`, if it is set.
#[must_use]
pub fn log_filter(env: &dyn Env) -> Option<String> {
    env.variables()
        .into_iter()
        .find(|(name, _value)| name == "RUST_LOG")
        .and_then(|(_name, value)| value.into_string().ok())
}

#[cfg(test)]
mod tests;
