//! What the server does by itself: chain the audit log, send what is queued, clear what expired.

use std::{sync::Arc, time::Duration};

use domain::outbox::Job;
use store::{
    StoreError,
    repo::{audit, outbox, sweep},
};
use tokio::{sync::watch, task::JoinHandle, time::MissedTickBehavior};

use crate::{cli::with_sources, core::Core};

/// How often the queues are looked at.
const ROUND: Duration = Duration::from_secs(1);
/// Every how many rounds what expired is cleared and keys are looked at.
const SLOW_ROUNDS: u32 = 60;
/// The most audit events that one transaction chains.
const SEAL_BATCH: u64 = 500;
/// The most rows of a kind that one transaction clears.
const SWEEP_BATCH: u64 = 500;
/// The longest wait before a failed job is tried again.
const MAX_BACKOFF: Duration = Duration::from_hours(1);

/// The background work of one node.
#[derive(Debug)]
pub struct Workers {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Workers {
    /// Starts the background work on the current thread's runtime.
    #[must_use]
    pub fn start(core: &Arc<Core>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = actix_web::rt::spawn(run(Arc::clone(core), stopped));
        Self { stop, task }
    }

    /// Ends the background work after the round it is in, and one last flush.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

async fn run(core: Arc<Core>, mut stopped: watch::Receiver<bool>) {
    let mut interval = tokio::time::interval(ROUND);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut round: u32 = 0;
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            _ = interval.tick() => {}
        }
        round = round.wrapping_add(1);
        report(quick_round(&core).await);
        if round.is_multiple_of(SLOW_ROUNDS) {
            report(slow_round(&core).await);
        }
    }
    report(quick_round(&core).await);
}

fn report(result: Result<(), StoreError>) {
    if let Err(error) = result {
        tracing::warn!(error = %with_sources(&error), "background work failed");
    }
}

/// One look at the queues; tests call it instead of waiting.
///
/// # Errors
///
/// When the database fails; what is queued stays queued.
pub async fn quick_round(core: &Core) -> Result<(), StoreError> {
    core.engine.flush_usage().await?;
    if audit::unsealed(&core.store).await? > 0 {
        while core.store.write(async |tx| audit::seal(tx, SEAL_BATCH).await).await? == SEAL_BATCH {}
    }
    drain_outbox(core).await
}

/// Clears what expired and moves signing keys along their life.
///
/// # Errors
///
/// When the database fails.
pub async fn slow_round(core: &Core) -> Result<(), StoreError> {
    loop {
        let now = core.world.clock.now();
        let swept = core.store.write(async |tx| sweep::expired(tx, now, SWEEP_BATCH).await).await?;
        if swept < SWEEP_BATCH {
            break;
        }
    }
    if let Err(error) = core.engine.advance_keys().await {
        tracing::error!(error = %with_sources(&error), "signing keys need attention");
    }
    Ok(())
}

async fn drain_outbox(core: &Core) -> Result<(), StoreError> {
    while let Some(job) = lease(core).await? {
        let Job::Mail(mail) = &job.job;
        let sent = core.mailer.send(mail).await;
        let now = core.world.clock.now();
        core.store
            .write(async |tx| match &sent {
                Ok(()) => outbox::complete(tx, job.id).await,
                Err(error) => {
                    let wait = backoff(job.attempts);
                    outbox::retry(tx, &job, &error.to_string(), now.plus(wait), now).await
                }
            })
            .await?;
    }
    Ok(())
}

async fn lease(core: &Core) -> Result<Option<outbox::QueuedJob>, StoreError> {
    // Looked at first: an idle server takes no write lock each second.
    if outbox::pending(&core.store).await? == 0 {
        return Ok(None);
    }
    let now = core.world.clock.now();
    core.store.write(async |tx| outbox::lease(tx, now).await).await
}

/// Five seconds, doubled at each failure, an hour at most.
fn backoff(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.clamp(0, 16)).unwrap_or_default();
    Duration::from_secs(5).saturating_mul(2_u32.saturating_pow(doublings)).min(MAX_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_wait_longer_each_time_up_to_an_hour() {
        let waits: Vec<u64> = [0, 1, 2, 9, 10, 40].map(|n| backoff(n).as_secs()).to_vec();

        assert_eq!(waits, [5, 10, 20, 2560, 3600, 3600]);
    }
}
