//! Developer tasks: check, test, tidy, openapi, setup, bench.
//!
//! `cargo xtask --help` lists them. Continuous integration runs `cargo xtask test` and nothing else.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer tool talks on the terminal"
)]

mod bench;
mod check;
mod command;
mod openapi;
mod postgres;
mod stage;
mod tests_stage;
mod tidy;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Developer tasks of Countersign.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that needs no browser and no foreign client: fmt, tidy, deny, clippy, docs, openapi, Rust tests.
    Check,
    /// Installs what the tests need, then `check`, the browser journey and the real clients.
    Test,
    /// The rules about the code base that neither rustc nor clippy can see.
    Tidy,
    /// Writes `openapi/openapi.json` from the built server.
    Openapi {
        /// Writes nothing; fails when the committed document is not what the server says.
        #[arg(long)]
        check: bool,
    },
    /// Installs what the tests need: `PostgreSQL`, Chromium, node, npm and `PyPI` packages, cargo-deny.
    Setup,
    /// Measures the release build on SQLite and `PostgreSQL` against a bare actix-web server.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let root = root();
    let outcome = match Arguments::parse().task {
        Task::Check => check::run(&root),
        Task::Test => check::run_with_outside_clients(&root),
        Task::Tidy => tidy::run(&root),
        Task::Openapi { check: false } => openapi::write(&root),
        Task::Openapi { check: true } => openapi::check(&root),
        Task::Setup => tools::install(&root).map(drop),
        Task::Bench(options) => bench::run(&root, &options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace: this crate stands two below it.
fn root() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root.pop();
    root
}
