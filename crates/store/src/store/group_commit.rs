//! One commit for all writes that queued: SQLite's only writer, shared.
//!
//! A commit costs a flush of the disk, and SQLite has one writer. So callers take
//! the writer in turn; each works inside a savepoint of one open transaction and
//! hands it on. Whoever finds nobody waiting commits for all, and only then does
//! any of them answer.
//!
//! SQLite ends a transaction by itself when the disk is full or fails. So savepoints
//! are named here instead of counted by the driver, and the end of a batch is always
//! a plain `COMMIT`, which SQLite refuses when nothing is left to commit.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMutexGuard, oneshot},
};

use super::Tx;
use crate::StoreError;

/// The most writes that share a commit.
const MAX_BATCH: usize = 256;

const BEGIN_TURN: &str = "SAVEPOINT turn";
const KEEP_TURN: &str = "RELEASE turn";
const UNDO_TURN: &str = "ROLLBACK TO turn; RELEASE turn";

/// Whether `sql` only begins or ends a turn.
pub(super) fn is_of_a_turn(sql: &str) -> bool {
    [BEGIN_TURN, KEEP_TURN, UNDO_TURN].contains(&sql)
}

#[derive(Debug)]
pub(super) struct GroupCommit {
    writer: DatabaseConnection,
    epoch: Arc<AtomicU64>,
    batch: Arc<Mutex<Batch>>,
    /// Callers that have asked for their turn and not had it.
    waiting: AtomicUsize,
}

/// The open transaction and those who wait for its commit. To drop it rolls back and
/// tells all of them that their commit failed.
#[derive(Debug, Default)]
struct Batch {
    tx: Option<Tx>,
    /// Whether somebody's savepoint is open.
    in_turn: bool,
    waiters: Vec<oneshot::Sender<()>>,
}

impl GroupCommit {
    pub(super) fn new(writer: DatabaseConnection, epoch: Arc<AtomicU64>) -> Arc<Self> {
        Arc::new(Self { writer, epoch, batch: Arc::default(), waiting: AtomicUsize::new(0) })
    }

    /// The writer itself, for migrations before anyone writes.
    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Runs `work` in its turn; answers after the commit.
    pub(super) async fn write<T>(
        self: &Arc<Self>,
        work: impl AsyncFnOnce(&Tx) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut turn = Turn::wait(self).await;
        let done = work(turn.open().await?).await?;
        turn.keep().await.map_err(|_dropped| StoreError::Commit)?;
        Ok(done)
    }

    async fn lock(&self) -> OwnedMutexGuard<Batch> {
        let mut batch = Arc::clone(&self.batch).lock_owned().await;
        if batch.in_turn {
            // The runtime that was to end the turn before is gone, and nobody knows how far it got.
            *batch = Batch::default();
        }
        batch
    }

    /// SQLite takes its write lock here rather than at the first write, where
    /// another process would make it fail instead of wait.
    async fn begin(&self) -> Result<Tx, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Tx::new(self.writer.begin_with_options(options).await?))
    }

    /// Keeps what was done in a turn for `waiter`, or undoes it when there is none.
    async fn end_turn(
        &self,
        mut batch: OwnedMutexGuard<Batch>,
        waiter: Option<oneshot::Sender<()>>,
    ) {
        if let Some(tx) = &batch.tx {
            let end = if waiter.is_some() { KEEP_TURN } else { UNDO_TURN };
            if let Err(error) = tx.conn.execute_unprepared(end).await {
                tracing::warn!(%error, "a shared transaction broke off");
                *batch = Batch::default();
                return;
            }
        }
        batch.in_turn = false;
        batch.waiters.extend(waiter);
        self.commit_if_last(batch).await;
    }

    /// Commits for everyone in the batch, unless somebody waits who will.
    async fn commit_if_last(&self, mut batch: OwnedMutexGuard<Batch>) {
        if self.waiting.load(Ordering::Acquire) > 0 && batch.waiters.len() < MAX_BATCH {
            return;
        }
        let Batch { tx, waiters, .. } = mem::take(&mut *batch);
        if let Some(tx) = tx
            && let Err(error) = tx.commit(&self.epoch).await
        {
            tracing::warn!(%error, "a shared commit failed");
            return;
        }
        for waiter in waiters {
            // A caller that went away does not need the answer.
            let _ = waiter.send(());
        }
    }
}

/// A caller's place in the queue, then its turn. What has to follow runs in a task of
/// its own, so that a caller who goes away interrupts nothing but its own work, which
/// is undone.
struct Turn {
    group: Arc<GroupCommit>,
    state: TurnState,
}

enum TurnState {
    Waiting,
    Working(OwnedMutexGuard<Batch>),
    Over,
}

impl Turn {
    async fn wait(group: &Arc<GroupCommit>) -> Self {
        group.waiting.fetch_add(1, Ordering::AcqRel);
        let mut turn = Self { group: Arc::clone(group), state: TurnState::Waiting };
        let batch = group.lock().await;
        group.waiting.fetch_sub(1, Ordering::AcqRel);
        turn.state = TurnState::Working(batch);
        turn
    }

    async fn open(&mut self) -> Result<&Tx, StoreError> {
        let TurnState::Working(batch) = &mut self.state else { return Err(StoreError::Commit) };
        if batch.tx.is_none() {
            batch.tx = Some(self.group.begin().await?);
        }
        batch.in_turn = true;
        let tx = batch.tx.as_ref().ok_or(StoreError::Commit)?;
        tx.conn.execute_unprepared(BEGIN_TURN).await?;
        Ok(tx)
    }

    /// What tells of the commit.
    fn keep(mut self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.end(Some(sender));
        receiver
    }

    fn end(&mut self, waiter: Option<oneshot::Sender<()>>) {
        let group = Arc::clone(&self.group);
        let Ok(runtime) = Handle::try_current() else { return };
        match mem::replace(&mut self.state, TurnState::Over) {
            TurnState::Waiting => {
                // Whoever was before may have left the commit to this caller.
                drop(runtime.spawn(async move { group.commit_if_last(group.lock().await).await }));
            }
            TurnState::Working(batch) => {
                drop(runtime.spawn(async move { group.end_turn(batch, waiter).await }));
            }
            TurnState::Over => {}
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if matches!(self.state, TurnState::Waiting) {
            self.group.waiting.fetch_sub(1, Ordering::AcqRel);
        }
        self.end(None);
    }
}
