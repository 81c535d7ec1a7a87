//! `cargo xtask bench`: what the endpoints cost, against a bare actix-web server in the same run.
//!
//! The server under test has one worker and one core, the load generator another one;
//! `docs/performance.md` says how to read the table.

mod facts;
mod server;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::bench::facts::Facts;
use crate::bench::server::{Account, Database, Pinned, Server, USERNAME};
use crate::bench::table::Row;
use crate::command::{cargo, is_installed, output, run as run_command, target};
use crate::postgres::{Durability, Postgres};

/// The core of the server under test.
const SERVER_CORE: &str = "0";
/// The core of the load generator and of `PostgreSQL`.
const GENERATOR_CORE: &str = "1";

/// How much is measured.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// One short round: shows that the bench works, and measures little.
    #[arg(long)]
    quick: bool,
    /// Measures the programs of this folder instead of building them.
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    /// Measures only the workloads whose name contains this, against the same limits.
    #[arg(long, value_name = "WORKLOAD")]
    only: Option<String>,
}

impl Options {
    /// Rounds, warm-up and window in milliseconds, connections.
    const fn amounts(&self) -> (u32, u32, u32, u32) {
        if self.quick { (1, 100, 400, 16) } else { (5, 300, 1500, 64) }
    }
}

/// Builds, measures and prints one table.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    if !is_installed("taskset") {
        bail!("`taskset` is missing; it is part of util-linux");
    }
    let programs = match &options.programs {
        Some(folder) => folder.clone(),
        None => build(root)?,
    };
    let folder = Folder::make(target(root)?.join("bench"))?;
    let postgres = Postgres::start(Durability::Kept)?;
    run_command(Command::new("taskset").args([
        "--all-tasks",
        "--cpu-list",
        "--pid",
        GENERATOR_CORE,
        &postgres.pid().to_string(),
    ]))?;
    let databases = [
        Database::sqlite(&programs, &folder.0.join("sqlite"))?,
        Database::postgres(&programs, &folder.0.join("postgres"), postgres.url())?,
    ];
    measure(&programs, &databases, options, &folder.0)
}

fn measure(
    programs: &Path,
    databases: &[Database],
    options: &Options,
    folder: &Path,
) -> Result<()> {
    let limit = Pinned::limit_server(programs)?;
    let mut facts = Facts::default();
    facts.sync(folder)?;
    let mut servers = Vec::new();
    for database in databases {
        println!("starting on {}", database.name);
        let account = database.provision()?;
        facts.starts(database)?;
        servers.push((Server::start(database)?, account));
    }
    let plan = plan(options, &limit, &servers);
    let rows = load(programs, &plan)?;
    println!("\n{}", table::print(&rows));
    for (server, _) in &servers {
        facts.after_load(&server.database, server.process.resident_kib()?);
    }
    facts.binary(&programs.join("countersign"))?;
    println!("{}", facts.print());
    Ok(())
}

/// Builds what is measured, and the generator with it; the folder of the programs.
fn build(root: &Path) -> Result<PathBuf> {
    let packages = ["-p", "countersign-server", "-p", "countersign-load"];
    run_command(cargo(root, &["build", "--release"]).args(packages))?;
    Ok(target(root)?.join("release"))
}

fn plan(options: &Options, limit: &Pinned, servers: &[(Server, Account)]) -> Value {
    let (rounds, warm_up_ms, window_ms, connections) = options.amounts();
    let servers: Vec<Value> = servers
        .iter()
        .map(|(server, account)| {
            json!({
                "database": server.database,
                "address": server.process.address,
                "pid": server.process.pid(),
                "host": server::HOST,
                "api_key": account.api_key,
                "username": USERNAME,
                "password": account.password,
            })
        })
        .collect();
    json!({
        "rounds": rounds,
        "warm_up_ms": warm_up_ms,
        "window_ms": window_ms,
        "connections": connections,
        "only": options.only,
        "limit": { "address": limit.address, "pid": limit.pid() },
        "servers": servers,
    })
}

/// Runs the generator with `plan`.
fn load(programs: &Path, plan: &Value) -> Result<Vec<Row>> {
    let mut generator = Command::new("taskset")
        .args(["--cpu-list", GENERATOR_CORE])
        .arg(programs.join("load"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("the load generator could not be started")?;
    if let Some(input) = generator.stdin.take() {
        serde_json::to_writer(input, plan)?;
    }
    let ended = generator.wait_with_output()?;
    if !ended.status.success() {
        bail!("the load generator failed ({})", ended.status);
    }
    table::rows(&ended.stdout)
}

/// A folder that is made anew, and deleted in the end.
struct Folder(PathBuf);

impl Folder {
    fn make(path: PathBuf) -> Result<Self> {
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)
            .with_context(|| format!("{} could not be made", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("{} could not be deleted: {error}", self.0.display());
        }
    }
}

/// The processor as the system calls it, and how many cores there are.
fn machine() -> String {
    let said = output(&mut Command::new("lscpu")).unwrap_or_default();
    let field = |name: &str| {
        let value = said.lines().find_map(|line| line.trim_start().strip_prefix(name));
        value.unwrap_or(" unknown").trim().to_owned()
    };
    format!("{}, {} cores", field("Model name:"), field("CPU(s):"))
}
