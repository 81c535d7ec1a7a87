//! The stages that run the product: the Rust tests, the browser journey, the real clients.

use std::path::Path;

use anyhow::Result;

use crate::command::{cargo, program, succeeds, target};
use crate::postgres::{Durability, Postgres};
use crate::stage::{Outcome, Stages, passed};
use crate::tools::Installed;

/// Where a test finds a `PostgreSQL` in which it may make databases.
const POSTGRES: &str = "COUNTERSIGN_TEST_POSTGRES";
/// The Python that has the packages of the real clients.
const PYTHON: &str = "COUNTERSIGN_TEST_PYTHON";

/// Starts a private `PostgreSQL`, runs every test against it, and stops it.
///
/// Without `installed` the outside clients are left out.
pub(crate) fn run(stages: &mut Stages, root: &Path, installed: Option<&Installed>) {
    let mut postgres = None;
    stages.run("postgres", || {
        postgres = Some(Postgres::start(Durability::GivenUp)?);
        Ok(Outcome::Passed)
    });
    let Some(postgres) = postgres else { return };
    stages.run("tests", || suite(root, &postgres));
    stages.run("doctests", || passed(&mut cargo(root, &["test", "--workspace", "--doc"])));
    let Some(installed) = installed else { return };
    for (stage, script) in
        [("browser", "tests/browser/run.mjs"), ("clients", "tests/clients/run.mjs")]
    {
        stages.run(stage, || outside(root, script, &postgres, installed));
    }
}

fn suite(root: &Path, postgres: &Postgres) -> Result<Outcome> {
    let mut tests = if succeeds(&mut cargo(root, &["nextest", "--version"])) {
        cargo(root, &["nextest", "run", "--workspace", "--no-fail-fast"])
    } else {
        cargo(root, &["test", "--workspace", "--all-targets", "--no-fail-fast"])
    };
    passed(tests.env(POSTGRES, postgres.url()))
}

/// Runs the script at `path` of the tree with what it needs in its environment.
fn outside(root: &Path, path: &str, postgres: &Postgres, tools: &Installed) -> Result<Outcome> {
    // Node fails on a script that is not there, and so does the stage.
    let mut script = program("node", root, &[path]);
    // A configuration may have moved the folder, and the script only sees its environment.
    script.env("CARGO_TARGET_DIR", target(root)?).env(POSTGRES, postgres.url());
    if let Some(python) = &tools.python {
        script.env(PYTHON, python);
    }
    passed(&mut script)
}
