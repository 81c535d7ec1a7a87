//! What is measured besides endpoints: starting, resting, the disk, the size of the program.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::bench::machine;
use crate::bench::server::{Database, Server};

/// How often the server is started to see how long it takes.
const STARTS: u32 = 5;
/// How long it has nothing to do before its memory is read.
const IDLE: Duration = Duration::from_secs(2);
/// How often the disk is asked to keep something.
const SYNCS: u32 = 50;
/// No more than this is needed at rest.
const IDLE_TARGET_MIB: f64 = 40.0;
/// No more than this under load.
const LOAD_TARGET_MIB: f64 = 120.0;

/// What is known of one server.
#[derive(Debug, Default)]
struct Known {
    ready: Vec<Duration>,
    idle_kib: u32,
    loaded_kib: u32,
}

/// What was measured besides endpoints.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    servers: BTreeMap<String, Known>,
    sync: Duration,
    binary_bytes: u64,
}

impl Facts {
    /// Starts the server some times on a database that exists; its memory at rest after the last.
    pub(crate) fn starts(&mut self, database: &Database) -> Result<()> {
        // The first start makes the signing keys, which is not what is measured.
        drop(Server::start(database)?);
        let known = self.servers.entry(database.name.to_owned()).or_default();
        for start in 1..=STARTS {
            let began = now();
            let server = Server::start(database)?;
            known.ready.push(now().saturating_duration_since(began));
            if start == STARTS {
                sleep(IDLE);
                known.idle_kib = server.process.resident_kib()?;
            }
        }
        known.ready.sort_unstable();
        Ok(())
    }

    /// The memory of a server after the load.
    pub(crate) fn after_load(&mut self, database: &str, resident_kib: u32) {
        self.servers.entry(database.to_owned()).or_default().loaded_kib = resident_kib;
    }

    /// How long the disk takes to keep four kilobytes, written over others as in a journal.
    pub(crate) fn sync(&mut self, folder: &Path) -> Result<()> {
        let path = folder.join("sync");
        let mut file = File::create(&path)?;
        for _write in 0..SYNCS {
            file.write_all(&[0; 4096])?;
        }
        file.sync_all()?;
        file.rewind()?;
        let began = now();
        for _write in 0..SYNCS {
            file.write_all(&[1; 4096])?;
            file.sync_data()?;
        }
        let took = now().saturating_duration_since(began);
        self.sync = took.checked_div(SYNCS).unwrap_or_default();
        Ok(fs::remove_file(path)?)
    }

    /// The size of the program.
    pub(crate) fn binary(&mut self, program: &Path) -> Result<()> {
        self.binary_bytes = fs::metadata(program)?.len();
        Ok(())
    }

    /// As lines.
    pub(crate) fn print(&self) -> String {
        let mut text = format!(
            "machine: {}; one sync of its disk takes {:.2} ms; the program is {:.1} MB\n",
            machine(),
            self.sync.as_secs_f64() * 1e3,
            f64::from(u32::try_from(self.binary_bytes / 1000).unwrap_or(u32::MAX)) / 1e3,
        );
        for (database, known) in &self.servers {
            let limit_ms = if database == "SQLite" { 300.0 } else { 600.0 };
            let ready = known.ready.get(known.ready.len() / 2).copied().unwrap_or_default();
            let slowest = known.ready.last().copied().unwrap_or_default();
            let ready_ms = ready.as_secs_f64() * 1e3;
            let (idle, loaded) = (mebibytes(known.idle_kib), mebibytes(known.loaded_kib));
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{database}: ready {ready_ms:.0} ms after exec, {:.0} at most (< {limit_ms:.0}: {}); \
                 at rest {idle:.1} MiB (< {IDLE_TARGET_MIB:.0}: {}); after the load {loaded:.1} MiB \
                 (< {LOAD_TARGET_MIB:.0}: {})",
                slowest.as_secs_f64() * 1e3,
                verdict(ready_ms < limit_ms),
                verdict(idle < IDLE_TARGET_MIB),
                verdict(loaded < LOAD_TARGET_MIB),
            );
        }
        text
    }
}

fn mebibytes(kib: u32) -> f64 {
    f64::from(kib) / 1024.0
}

/// Whether a target was reached, in a word.
pub(crate) const fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "missed" }
}

#[expect(clippy::disallowed_methods, reason = "the wall time of a start is what is measured")]
fn now() -> Instant {
    Instant::now()
}
