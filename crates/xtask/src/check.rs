//! `cargo xtask check` and `cargo xtask test`: every stage, the cheap ones first.

use std::path::Path;

use anyhow::Result;

use crate::command::{cargo, succeeds};
use crate::stage::{Outcome, Stages, passed};
use crate::{openapi, tests_stage, tidy, tools};

/// Everything that needs no browser and no foreign client.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut stages = Stages::default();
    look(&mut stages, root);
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
    look(&mut stages, root);
    if build(&mut stages, root) {
        tests_stage::run(&mut stages, root, installed.as_ref());
    }
    stages.finish()
}

/// What can be said without running the product.
fn look(stages: &mut Stages, root: &Path) {
    stages.run("fmt", || passed(&mut cargo(root, &["fmt", "--all", "--", "--check"])));
    stages.run("tidy", || tidy::run(root).map(|()| Outcome::Passed));
    stages.run("deny", || {
        if !succeeds(&mut cargo(root, &["deny", "--version"])) {
            let reason = "cargo-deny is not installed (`cargo install cargo-deny --locked`)";
            return Ok(Outcome::Skipped(reason.to_owned()));
        }
        // Warnings are duplicates, which deny.toml explains. The advisory database is a download; the rest needs none.
        let quiet = ["deny", "--log-level", "error", "check", "licenses", "bans", "sources"];
        passed(&mut cargo(root, &quiet))
    });
    stages.run("clippy", || {
        let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        passed(&mut cargo(root, &arguments))
    });
    stages.run("docs", || {
        let arguments = ["doc", "--workspace", "--no-deps", "--document-private-items"];
        passed(cargo(root, &arguments).env("RUSTDOCFLAGS", "-D warnings"))
    });
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
