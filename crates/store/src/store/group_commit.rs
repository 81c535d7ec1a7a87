//! One commit for all writes that queued: SQLite's only writer, shared.
//!
//! A commit costs a flush of the disk, and SQLite has one writer. So callers take
//! the writer in turn; each works inside a savepoint of one open transaction and
//! hands it on. Whoever finds nobody waiting commits for all, and only then does
//! any of them answer.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};
use tokio::sync::{Mutex, oneshot};

use super::Tx;
use crate::StoreError;

/// The most writes that share a commit.
const MAX_BATCH: usize = 256;

#[derive(Debug)]
pub(super) struct GroupCommit {
    writer: DatabaseConnection,
    batch: Mutex<Batch>,
    /// Callers that have asked for their turn and not had it.
    waiting: AtomicUsize,
}

/// The open transaction and those who wait for its commit.
#[derive(Debug, Default)]
struct Batch {
    tx: Option<DatabaseTransaction>,
    waiters: Vec<oneshot::Sender<()>>,
}

impl GroupCommit {
    pub(super) fn new(writer: DatabaseConnection) -> Arc<Self> {
        Arc::new(Self { writer, batch: Mutex::new(Batch::default()), waiting: AtomicUsize::new(0) })
    }

    /// The writer itself, for migrations before anyone writes.
    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Runs `work` in its turn; answers after the commit, and tells whether the
    /// work changed what caches hold.
    pub(super) async fn write<T>(
        self: &Arc<Self>,
        work: impl AsyncFnOnce(&Tx) -> Result<T, StoreError>,
    ) -> Result<(T, bool), StoreError> {
        let mut turn = Turn::ask(self);
        let mut batch = self.batch.lock().await;
        turn.begin();

        let worked = self.work_in_savepoint(&mut batch, work).await;
        let committed = if self.is_last(&batch) {
            self.commit(&mut batch).await?;
            None
        } else {
            let (sender, receiver) = oneshot::channel();
            batch.waiters.push(sender);
            Some(receiver)
        };
        turn.end();
        drop(batch);

        let done = worked?;
        if let Some(receiver) = committed {
            receiver.await.map_err(|_dropped| StoreError::Commit)?;
        }
        Ok(done)
    }

    async fn work_in_savepoint<T>(
        &self,
        batch: &mut Batch,
        work: impl AsyncFnOnce(&Tx) -> Result<T, StoreError>,
    ) -> Result<(T, bool), StoreError> {
        let outer = match batch.tx.take() {
            Some(tx) => tx,
            None => self.begin().await?,
        };
        let savepoint = batch.tx.insert(outer).begin().await?;
        let tx = Tx::new(savepoint);
        match work(&tx).await {
            Ok(done) => {
                let changed = tx.changes_what_caches_hold.get();
                tx.conn.commit().await?;
                Ok((done, changed))
            }
            Err(error) => {
                tx.conn.rollback().await?;
                Err(error)
            }
        }
    }

    /// SQLite takes its write lock here rather than at the first write, where
    /// another process would make it fail instead of wait.
    async fn begin(&self) -> Result<DatabaseTransaction, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.writer.begin_with_options(options).await?)
    }

    fn is_last(&self, batch: &Batch) -> bool {
        self.waiting.load(Ordering::Acquire) == 0 || batch.waiters.len() >= MAX_BATCH
    }

    /// Commits for everyone in the batch. Dropping the waiters' senders on an
    /// error tells them that their commit failed.
    async fn commit(&self, batch: &mut Batch) -> Result<(), StoreError> {
        let waiters = std::mem::take(&mut batch.waiters);
        if let Some(tx) = batch.tx.take() {
            tx.commit().await?;
        }
        for waiter in waiters {
            // A caller that went away does not need the answer.
            let _ = waiter.send(());
        }
        Ok(())
    }

    /// Commits what callers that were cancelled left open.
    async fn flush(&self) {
        let mut batch = self.batch.lock().await;
        if self.is_last(&batch) {
            // The waiters hear of a failure by their dropped senders.
            let _ = self.commit(&mut batch).await;
        }
    }
}

/// A caller's place in the queue. Dropped early, by a cancelled request, it makes
/// sure that someone still commits for the others.
struct Turn {
    group: Arc<GroupCommit>,
    state: TurnState,
}

#[derive(PartialEq)]
enum TurnState {
    Waiting,
    Working,
    Done,
}

impl Turn {
    fn ask(group: &Arc<GroupCommit>) -> Self {
        group.waiting.fetch_add(1, Ordering::AcqRel);
        Self { group: Arc::clone(group), state: TurnState::Waiting }
    }

    fn begin(&mut self) {
        self.group.waiting.fetch_sub(1, Ordering::AcqRel);
        self.state = TurnState::Working;
    }

    fn end(&mut self) {
        self.state = TurnState::Done;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.state == TurnState::Done {
            return;
        }
        if self.state == TurnState::Waiting {
            self.group.waiting.fetch_sub(1, Ordering::AcqRel);
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let group = Arc::clone(&self.group);
            runtime.spawn(async move { group.flush().await });
        }
    }
}
