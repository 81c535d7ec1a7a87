//! The flags that choose the configuration, the same for every command that has one.

use std::{io::Write, path::PathBuf, str::FromStr};

use clap::Args;

use super::CliError;
use crate::config::{Env, Loaded, Overrides, Settings};

/// The flags that choose the configuration.
#[derive(Debug, Clone, Default, Args)]
pub struct SettingsArgs {
    /// The configuration file; without it, countersign.toml if there is one.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Set a key for this run, such as server.listen=127.0.0.1:0; not for secrets.
    #[arg(long, value_name = "KEY=VALUE", global = true)]
    pub set: Vec<Setting>,
}

/// One `KEY=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The dotted name of the key.
    pub key: String,
    /// What it is set to.
    pub value: String,
}

/// The text is no `KEY=VALUE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write it as KEY=VALUE, such as server.listen=127.0.0.1:0")]
pub struct InvalidSetting;

impl FromStr for Setting {
    type Err = InvalidSetting;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = text.split_once('=').ok_or(InvalidSetting)?;
        Ok(Self { key: key.to_owned(), value: value.to_owned() })
    }
}

impl SettingsArgs {
    /// What the flags set.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        let add = |overrides: Overrides, setting: &Setting| {
            overrides.flag("--set", &setting.key, &setting.value)
        };
        self.set.iter().fold(Overrides::none(), add)
    }

    /// Loads the configuration that the flags choose and says its warnings to `log`.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be used.
    pub fn load(&self, env: &dyn Env, log: &mut dyn Write) -> Result<Loaded, CliError> {
        let loaded = Settings::load(self.config.as_deref(), &self.overrides(), env)?;
        for warning in &loaded.warnings {
            writeln!(log, "warning: {warning}")?;
        }
        Ok(loaded)
    }
}
