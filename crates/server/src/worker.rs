//! What the server does by itself: chain the audit log, send what is queued, clear what expired.

use std::{sync::Arc, time::Duration};

use domain::outbox::Job;
use store::{
    StoreError,
    repo::{audit, outbox, sweep},
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval_at},
};

use crate::{cli::with_sources, core::Core};

/// How often what is noted is written, the audit log chained, and mail sent.
const ROUND: Duration = Duration::from_secs(1);
/// How often what expired is cleared and keys are looked at.
const UPKEEP_ROUND: Duration = Duration::from_mins(1);
/// The most audit events that one transaction chains.
const SEAL_BATCH: u64 = 500;
/// The most rows of a kind that one transaction clears.
const SWEEP_BATCH: u64 = 500;
/// The longest wait before a failed job is tried again.
const MAX_BACKOFF: Duration = Duration::from_hours(1);

/// The background work of one node.
///
/// Each kind has a task of its own, so that none waits for another: a mail server takes
/// its time, and the audit log is chained within a second all the same.
#[derive(Debug)]
pub struct Workers {
    core: Arc<Core>,
    stop: watch::Sender<bool>,
    /// Writes what is only in memory: finished at the end.
    writing: Vec<JoinHandle<()>>,
    /// Goes on from what is in the database: broken off at the end.
    resumable: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts the background work on the current thread's runtime.
    #[must_use]
    pub fn start(core: &Arc<Core>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let writing = vec![
            every(ROUND, core, &stopped, async |core| write_notes(core).await),
            every(ROUND, core, &stopped, async |core| report(seal(core).await)),
        ];
        let resumable = vec![
            every(ROUND, core, &stopped, async |core| report(send_mail(core).await)),
            every(UPKEEP_ROUND, core, &stopped, async |core| upkeep(core).await),
        ];
        Self { core: Arc::clone(core), stop, writing, resumable }
    }

    /// Ends the background work; what was noted to the last is written and chained.
    ///
    /// A mail that was on its way is sent again by whoever finds it in the queue.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        self.resumable.iter().for_each(JoinHandle::abort);
        for task in self.writing.into_iter().chain(self.resumable) {
            let _ = task.await;
        }
        write_notes(&self.core).await;
        report(seal(&self.core).await);
    }
}

/// Does `work` after each `period`, until it is told to stop.
fn every(
    period: Duration,
    core: &Arc<Core>,
    stopped: &watch::Receiver<bool>,
    work: impl AsyncFn(&Core) + 'static,
) -> JoinHandle<()> {
    let (core, mut stopped) = (Arc::clone(core), stopped.clone());
    actix_web::rt::spawn(async move {
        let mut interval = interval_at(Instant::now() + period, period);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stopped.changed() => break,
                _ = interval.tick() => {}
            }
            work(&core).await;
        }
    })
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
    core.engine.flush_refusals().await?;
    seal(core).await?;
    send_mail(core).await
}

/// Writes what was noted in memory; what cannot be written now stays noted.
async fn write_notes(core: &Core) {
    report(core.engine.flush_usage().await);
    report(core.engine.flush_refusals().await);
}

/// Chains the audit events that have no place yet.
async fn seal(core: &Core) -> Result<(), StoreError> {
    if audit::unsealed(&core.store).await? > 0 {
        while core.store.write(async |tx| audit::seal(tx, SEAL_BATCH).await).await? == SEAL_BATCH {}
    }
    Ok(())
}

/// Clears what expired, and moves signing keys along their life whether or not it could.
async fn upkeep(core: &Core) {
    report(clear_expired(core).await);
    if let Err(error) = core.engine.advance_keys().await {
        tracing::error!(error = %with_sources(&error), "signing keys need attention");
    }
}

async fn clear_expired(core: &Core) -> Result<(), StoreError> {
    loop {
        let now = core.world.clock.now();
        let swept = core.store.write(async |tx| sweep::expired(tx, now, SWEEP_BATCH).await).await?;
        if swept < SWEEP_BATCH {
            return Ok(());
        }
    }
}

async fn send_mail(core: &Core) -> Result<(), StoreError> {
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
