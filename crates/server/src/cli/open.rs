//! Opening the server for a command that works beside a running one.

use super::{CliError, SettingsArgs};
use crate::{
    config::{Env, load_master_keys, load_or_make_master_keys},
    core::{Core, OpenError, Use, World},
};

/// Opens what `args` configure, without becoming the one that serves.
pub(super) async fn beside(
    args: &SettingsArgs,
    env: &dyn Env,
    world: &World,
) -> Result<Core, CliError> {
    let settings = args.load(env, &mut std::io::stderr())?.settings;
    let (keys, _is_new) = load_or_make_master_keys(&settings, &*world.entropy)?;
    Ok(Core::open(settings, &keys, world.clone(), Use::Beside).await?)
}

/// As [`beside`], for commands that must not make anything.
pub(super) async fn present(
    args: &SettingsArgs,
    env: &dyn Env,
    world: &World,
) -> Result<Core, CliError> {
    let settings = args.load(env, &mut std::io::stderr())?.settings;
    let keys = load_master_keys(&settings)?;
    Ok(Core::open(settings, &keys, world.clone(), Use::Beside).await?)
}

impl From<OpenError> for CliError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Migrations(_) | OpenError::MasterKey | OpenError::Mail(_) => {
                Self::invalid(error.to_string())
            }
            OpenError::CaFile(_) | OpenError::Authorities(_) => Self::invalid(with_sources(&error)),
            OpenError::Database(_) | OpenError::Store(_) | OpenError::Keys(_) => {
                Self::failure(with_sources(&error))
            }
        }
    }
}

/// The error with what caused it, for whoever runs the command.
pub fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
