//! A closed loop: every connection asks again as soon as it was answered.

use std::{cell::Cell, net::SocketAddr, rc::Rc, time::Duration};

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;

use crate::{
    http::Connection,
    plan::{Process, Sample},
    process::{self, processor_time},
    workload::Workload,
};

/// How long a loop runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// Before it is measured.
    pub(crate) warm_up: Duration,
    /// While it is measured.
    pub(crate) window: Duration,
}

#[derive(Default)]
struct Progress {
    is_over: Cell<bool>,
    answers: Cell<u32>,
}

/// Runs `workload` on so many connections and measures it. Must run on one thread.
pub(crate) async fn measure(
    target: Process,
    connections: usize,
    workload: &Rc<Workload>,
    timing: Timing,
) -> Result<Sample> {
    process::rest(target.pid).await?;
    let progress = Rc::new(Progress::default());
    let mut tasks = JoinSet::new();
    for slot in 0..connections {
        let (workload, progress) = (Rc::clone(workload), Rc::clone(&progress));
        tasks.spawn_local(keep_asking(target.address, slot, workload, progress));
    }
    wait(timing.warm_up).await;
    let before = Mark::now(target.pid, &progress)?;
    wait(timing.window).await;
    let after = Mark::now(target.pid, &progress)?;

    // What is under way ends: a refresh token that was sent is worth its answer.
    progress.is_over.set(true);
    while let Some(ended) = tasks.join_next().await {
        ended.context("a connection was lost")??;
    }
    Ok(after.since(&before))
}

async fn keep_asking(
    address: SocketAddr,
    slot: usize,
    workload: Rc<Workload>,
    progress: Rc<Progress>,
) -> Result<()> {
    let mut connection = Connection::open(address).await?;
    while !progress.is_over.get() {
        workload.once(slot, &mut connection).await?;
        progress.answers.set(progress.answers.get().saturating_add(1));
    }
    Ok(())
}

async fn wait(duration: Duration) {
    let mut interval = tokio::time::interval(duration);
    interval.tick().await;
    interval.tick().await;
}

/// A moment, and what had been done until then.
struct Mark {
    at: tokio::time::Instant,
    answers: u32,
    server: Duration,
    generator: Duration,
}

impl Mark {
    fn now(pid: u32, progress: &Progress) -> Result<Self> {
        Ok(Self {
            at: tokio::time::Instant::now(),
            answers: progress.answers.get(),
            server: processor_time(pid)?,
            generator: processor_time(std::process::id())?,
        })
    }

    fn since(&self, before: &Self) -> Sample {
        let seconds = self.at.duration_since(before.at).as_secs_f64();
        let answers = f64::from(self.answers.saturating_sub(before.answers));
        let server = self.server.saturating_sub(before.server).as_secs_f64();
        let generator = self.generator.saturating_sub(before.generator).as_secs_f64();
        Sample {
            per_second: answers / seconds,
            cpu_us: server * 1e6 / answers.max(1.0),
            generator_busy: generator / seconds,
        }
    }
}
