//! `cargo xtask check` and `cargo xtask test`: every stage, the cheap ones first.

use std::path::Path;

use anyhow::Result;

use crate::command::{cargo, program, succeeds};
use crate::stage::{Outcome, Stages, passed};
use crate::tools::{self, Installed};
use crate::{openapi, tests_stage, tidy};

/// Everything that needs no browser and no foreign client.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut stages = Stages::default();
    look(&mut stages, root, None);
    if build(&mut stages, root) {
        tests_stage::run(&mut stages, root, None);
    }
    stages.finish()
}

/// Installs what the tests need, then everything of [`run`], the browser journey and the real clients.
pub(crate) fn run_with_outside_clients(root: &Path) -> Result<()> {
    let mut stages = Stages::default();
    let mut installed = None;
    stages.run("setup", || {
        installed = Some(tools::install(root)?);
        Ok(Outcome::Passed)
    });
    look(&mut stages, root, installed.as_ref());
    if build(&mut stages, root) {
        tests_stage::run(&mut stages, root, installed.as_ref());
    }
    stages.finish()
}

/// What can be said without running the product.
fn look(stages: &mut Stages, root: &Path, installed: Option<&Installed>) {
    stages.run("fmt", || passed(&mut cargo(root, &["fmt", "--all", "--", "--check"])));
    stages.run("tidy", || tidy::run(root).map(|()| Outcome::Passed));
    stages.run("deny", || deny(root, installed));
    stages.run("clippy", || {
        let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        passed(&mut cargo(root, &arguments))
    });
    stages.run("docs", || {
        let arguments = ["doc", "--workspace", "--no-deps", "--document-private-items"];
        passed(cargo(root, &arguments).env("RUSTDOCFLAGS", "-D warnings"))
    });
}

/// Licences, duplicates and sources. The advisory database is a download, so it is not asked here.
fn deny(root: &Path, installed: Option<&Installed>) -> Result<Outcome> {
    let mut command = match installed {
        Some(tools) => program(&tools.deny.to_string_lossy(), root, &[]),
        None if succeeds(&mut cargo(root, &["deny", "--version"])) => cargo(root, &["deny"]),
        None => {
            let reason = "cargo-deny is not installed; `cargo xtask setup` does it";
            return Ok(Outcome::Skipped(reason.to_owned()));
        }
    };
    // Warnings are duplicates, which deny.toml explains.
    passed(command.args(["--log-level", "error", "check", "licenses", "bans", "sources"]))
}

/// Builds the server and the tests, so that no later stage runs a stale one.
fn build(stages: &mut Stages, root: &Path) -> bool {
    let built = stages
        .run("build", || passed(&mut cargo(root, &["build", "--workspace", "--all-targets"])));
    if built {
        stages.run("openapi", || openapi::check_built(root).map(|()| Outcome::Passed));
    }
    built
}
