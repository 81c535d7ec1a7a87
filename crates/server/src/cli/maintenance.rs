//! `countersign migrate`, `keys` and `audit verify`.

use std::io::Write;

use domain::audit::{Actor, Surface};
use engine::{Rotate, Rotated};
use store::repo::audit::ChainFault;

use super::{
    AuditArgs, AuditCommand, CliError, KeysArgs, KeysCommand, MigrateArgs, MigrateCommand, open,
};
use crate::{
    config::Env,
    core::{Core, World, open_store},
};

/// Applies or lists migrations.
///
/// # Errors
///
/// When the database cannot be used.
pub async fn migrate(
    args: &MigrateArgs,
    env: &dyn Env,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let settings = args.settings.load(env, &mut std::io::stderr())?.settings;
    let store = open_store(&settings, false)
        .await
        .map_err(|error| CliError::failure(open::with_sources(&error)))?;
    if args.command == MigrateCommand::Up {
        let applied =
            store.migrate().await.map_err(|error| CliError::failure(open::with_sources(&error)))?;
        writeln!(out, "applied {applied} migrations")?;
        return Ok(());
    }
    let migrations =
        store.migrations().await.map_err(|error| CliError::failure(open::with_sources(&error)))?;
    for (name, applied) in migrations {
        writeln!(out, "{} {name}", if applied { "applied" } else { "missing" })?;
    }
    Ok(())
}

/// Lists or rotates signing keys.
///
/// # Errors
///
/// When the database cannot be used.
pub async fn keys(
    args: &KeysArgs,
    env: &dyn Env,
    world: &World,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let core = open::present(&args.settings, env, world).await?;
    match args.command {
        KeysCommand::Rotate { now } => rotate(&core, now, out).await?,
        KeysCommand::Reseal => {
            let report = core.engine.reseal_keys().await?;
            writeln!(
                out,
                "sealed {} signing keys again; {} already were",
                report.resealed, report.unchanged
            )?;
        }
        KeysCommand::List => {}
    }
    let keys = core.engine.list_keys().await.map_err(engine::KeysError::from)?;
    for key in keys {
        let state = key.state.as_str();
        writeln!(out, "{} {state:<8} {} {}", key.algorithm, key.created_at.to_rfc3339(), key.kid)?;
    }
    Ok(())
}

async fn rotate(core: &Core, now: bool, out: &mut dyn Write) -> Result<(), CliError> {
    let rotate = if now { Rotate::Now } else { Rotate::WhenPublished };
    match core.engine.rotate_keys(rotate, Actor::operator(), Surface::Cli).await? {
        Rotated::Done(kids) => writeln!(out, "these keys sign now: {}", kids.join(", "))?,
        Rotated::NotBefore(moment) => {
            return Err(CliError::conflict(format!(
                "the next keys have to be published until {}; wait, or add --now",
                moment.to_rfc3339()
            )));
        }
    }
    Ok(())
}

/// Walks the audit chain and prints its head, to be kept elsewhere.
///
/// # Errors
///
/// When an entry was changed, removed or moved, or the chain is not the one whose head was kept.
pub async fn audit(
    args: &AuditArgs,
    env: &dyn Env,
    world: &World,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let AuditCommand::Verify { head } = args.command;
    let core = open::present(&args.settings, env, world).await?;
    let report = core.verify_audit(head).await?;
    writeln!(
        out,
        "{} entries hold their place, {} wait for theirs",
        report.verified, report.unsealed
    )?;
    match report.fault {
        None => Ok(writeln!(out, "head {}", report.head)?),
        Some((place, ChainFault::Altered)) => Err(CliError::failure(format!(
            "the entry at place {place} is not what was written; compare with a backup"
        ))),
        Some((place, ChainFault::Missing)) => Err(CliError::failure(format!(
            "the entry at place {place} is missing; compare with a backup"
        ))),
        Some((place, ChainFault::Rewritten)) => Err(CliError::failure(format!(
            "the entries up to place {place} are not those whose head was kept; compare with a backup"
        ))),
    }
}

impl From<engine::KeysError> for CliError {
    fn from(error: engine::KeysError) -> Self {
        Self::failure(open::with_sources(&error))
    }
}
