//! Opening a database, and reading and writing it.

mod group_commit;
mod open;
#[cfg(test)]
mod tests;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait as _};

pub use open::{OpenError, StoreOptions};

use crate::StoreError;
use group_commit::GroupCommit;

/// One database, SQLite or PostgreSQL.
#[derive(Debug, Clone)]
pub struct Store {
    readers: DatabaseConnection,
    writer: Writer,
    epoch: Arc<AtomicU64>,
    statements: Arc<AtomicU64>,
    /// Holds the lock file of a SQLite database for as long as the store lives.
    _lock: Option<Arc<std::fs::File>>,
}

#[derive(Debug, Clone)]
enum Writer {
    /// SQLite: one connection, whose commits callers share.
    Grouped(Arc<GroupCommit>),
    /// PostgreSQL: a transaction each, on the pool that also reads.
    Pooled,
}

/// An open transaction; the proof that a write will not stand alone.
#[derive(Debug)]
pub struct Tx {
    conn: DatabaseTransaction,
    changes_what_caches_hold: AtomicBool,
}

impl Tx {
    fn new(conn: DatabaseTransaction) -> Self {
        Self { conn, changes_what_caches_hold: AtomicBool::new(false) }
    }

    /// Says that this transaction changes something that caches hold, so that
    /// they are not believed after its commit.
    pub fn invalidate_caches(&self) {
        self.changes_what_caches_hold.store(true, Ordering::Relaxed);
    }

    /// Commits; from then on caches do not believe what they read before, if that was
    /// asked for. A commit that failed may have happened, so it counts too.
    async fn commit(self, epoch: &AtomicU64) -> Result<(), StoreError> {
        let changed = self.changes_what_caches_hold.load(Ordering::Relaxed);
        let done = self.conn.commit().await;
        if changed {
            epoch.fetch_add(1, Ordering::AcqRel);
        }
        Ok(done?)
    }
}

/// Something to read through: the [`Store`], or a [`Tx`] to see its own writes.
pub trait Read: Connected {}

impl<T: Connected> Read for T {}

mod sealed {
    use sea_orm::ConnectionTrait;

    /// What has a connection; sealed, as connections stay in this crate.
    pub trait Connected {
        /// The kind of connection.
        type Conn: ConnectionTrait;
        /// The connection.
        fn conn(&self) -> &Self::Conn;
    }
}

pub(crate) use sealed::Connected;

impl Connected for Store {
    type Conn = DatabaseConnection;

    fn conn(&self) -> &DatabaseConnection {
        &self.readers
    }
}

impl Connected for Tx {
    type Conn = DatabaseTransaction;

    fn conn(&self) -> &DatabaseTransaction {
        &self.conn
    }
}

impl Store {
    /// Runs `work` in one transaction and commits what it did.
    ///
    /// A refusal is a value, not an error: `work` returns it inside `T` and it
    /// is committed, so a replayed code can be denied *and* its tokens revoked.
    /// Only a [`StoreError`] rolls back. The answer is given after the commit.
    ///
    /// On SQLite callers share commits: each runs in turn inside a savepoint of
    /// one transaction, and whoever finds nobody waiting commits for all. When that
    /// transaction breaks off, all who share it get an error.
    ///
    /// # Errors
    ///
    /// Whatever `work` failed with, or a failure to begin or commit.
    pub async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Tx) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match &self.writer {
            Writer::Grouped(group) => group.write(work).await,
            Writer::Pooled => {
                let tx = Tx::new(self.readers.begin().await?);
                let done = work(&tx).await?;
                let epoch = Arc::clone(&self.epoch);
                // A task of its own: a caller who goes away now does not keep the epoch from rising.
                let committed = tokio::spawn(async move { tx.commit(&epoch).await });
                committed.await.map_err(|_gone| StoreError::Commit)??;
                Ok(done)
            }
        }
    }

    /// Counts the commits of this node that changed what caches hold.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// How many statements were run since the store was opened; what only begins
    /// and ends transactions is not counted.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.readers.execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// The kind of database, for the log and the system page.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.writer {
            Writer::Grouped(_) => "SQLite",
            Writer::Pooled => "PostgreSQL",
        }
    }
}
