//! What the generator is asked to do, and what it answers; `cargo xtask bench` writes the one and reads the other.

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};

/// What to load, and for how long.
#[derive(Debug, Deserialize)]
pub(crate) struct Plan {
    /// How often every workload has its turn.
    pub(crate) rounds: u32,
    /// How long a workload runs before it is measured.
    pub(crate) warm_up_ms: u64,
    /// How long it is measured.
    pub(crate) window_ms: u64,
    /// How many connections keep asking.
    pub(crate) connections: usize,
    /// Only workloads whose name contains this, and the limits.
    pub(crate) only: Option<String>,
    /// The bare server.
    pub(crate) limit: Process,
    /// The servers under load.
    pub(crate) servers: Vec<ServerPlan>,
}

impl Plan {
    pub(crate) const fn warm_up(&self) -> Duration {
        Duration::from_millis(self.warm_up_ms)
    }

    pub(crate) const fn window(&self) -> Duration {
        Duration::from_millis(self.window_ms)
    }
}

/// A process that listens.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Process {
    /// Where.
    pub(crate) address: SocketAddr,
    /// Its number, to read its processor time.
    pub(crate) pid: u32,
}

/// A server under load.
#[derive(Debug, Deserialize)]
pub(crate) struct ServerPlan {
    /// Its database, as the table calls it.
    pub(crate) database: String,
    /// Where it listens.
    #[serde(flatten)]
    pub(crate) process: Process,
    /// Host and port of its public URL.
    pub(crate) host: String,
    /// A key of the management API with every permission.
    pub(crate) api_key: String,
    /// What `user` signs in with.
    pub(crate) username: String,
    /// Their password.
    pub(crate) password: String,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// One a workload and database.
    pub(crate) rows: Vec<Row>,
}

/// What was measured of one workload on one database.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// What was asked for.
    pub(crate) endpoint: &'static str,
    /// Of which server; the limits have no database.
    pub(crate) database: String,
    /// One a round.
    pub(crate) samples: Vec<Sample>,
}

/// What one round measured.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Sample {
    /// Answers in a second; for a flow of several requests, flows.
    pub(crate) per_second: f64,
    /// Processor time of the server for each, in microseconds.
    pub(crate) cpu_us: f64,
    /// The part of its own core that the generator used.
    pub(crate) generator_busy: f64,
}
