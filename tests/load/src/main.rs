//! The load generator of `cargo xtask bench`: reads a plan from standard input and prints what it measured as JSON.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "standard output is the answer, standard error tells how far it is"
)]

mod browser;
mod closed_loop;
mod form;
mod http;
mod plan;
mod process;
mod provision;
mod workload;

use std::rc::Rc;

use anyhow::{Context as _, Result};
use tokio::task::LocalSet;

use crate::{
    closed_loop::Timing,
    plan::{Plan, Process, Report, Row},
    provision::Provisioned,
    workload::Workload,
};

/// A workload, where it is sent, and what came of it so far.
struct Station {
    target: Process,
    connections: usize,
    workload: Rc<Workload>,
    row: Row,
}

fn main() -> Result<()> {
    let plan = serde_json::from_reader(std::io::stdin()).context("the plan was not understood")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(LocalSet::new().run_until(run(plan)))?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

async fn run(plan: Plan) -> Result<Report> {
    let mut stations = limits(&plan);
    for server in &plan.servers {
        eprintln!("preparing the server on {}", server.database);
        let provisioned = Provisioned::make(server, plan.connections).await;
        let provisioned = provisioned.with_context(|| server.database.clone())?;
        let only = plan.only.as_deref().unwrap_or_default();
        for (endpoint, is_alone, workload) in Workload::all(&Rc::new(provisioned)) {
            if !endpoint.contains(only) {
                continue;
            }
            stations.push(Station {
                target: server.process,
                connections: if is_alone { 1 } else { plan.connections },
                workload: Rc::new(workload),
                row: Row { endpoint, database: server.database.clone(), samples: Vec::new() },
            });
        }
    }
    let timing = Timing { warm_up: plan.warm_up(), window: plan.window() };
    for round in 1..=plan.rounds {
        eprintln!("round {round} of {}", plan.rounds);
        for station in &mut stations {
            let Station { target, connections, workload, row } = station;
            let sample = closed_loop::measure(*target, *connections, workload, timing).await;
            let name = || format!("{} ({})", row.endpoint, row.database);
            row.samples.push(sample.with_context(name)?);
        }
    }
    Ok(Report { rows: stations.into_iter().map(|station| station.row).collect() })
}

fn limits(plan: &Plan) -> Vec<Station> {
    let limits = [
        ("L0", Workload::bare_get("/l0")),
        ("L1", Workload::bare_post("/l1")),
        ("L2", Workload::bare_post("/l2")),
    ];
    let station = |(endpoint, workload)| Station {
        target: plan.limit,
        connections: plan.connections,
        workload: Rc::new(workload),
        row: Row { endpoint, database: String::new(), samples: Vec::new() },
    };
    limits.into_iter().map(station).collect()
}
