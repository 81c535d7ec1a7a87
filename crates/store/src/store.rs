//! Opening a database, and reading and writing it.

mod group_commit;
mod open;
#[cfg(test)]
mod tests;

use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
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
    changes_what_caches_hold: Cell<bool>,
}

impl Tx {
    fn new(conn: DatabaseTransaction) -> Self {
        Self { conn, changes_what_caches_hold: Cell::new(false) }
    }

    /// Says that this transaction changes something that caches hold, so that
    /// they are not believed after its commit.
    pub fn invalidate_caches(&self) {
        self.changes_what_caches_hold.set(true);
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
    /// one transaction, and whoever finds nobody waiting commits for all.
    ///
    /// # Errors
    ///
    /// Whatever `work` failed with, or a failure to begin or commit.
    pub async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Tx) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (done, changed) = match &self.writer {
            Writer::Grouped(group) => group.write(work).await?,
            Writer::Pooled => {
                let tx = Tx::new(self.readers.begin().await?);
                let done = work(&tx).await?;
                let changed = tx.changes_what_caches_hold.get();
                tx.conn.commit().await?;
                (done, changed)
            }
        };
        if changed {
            self.epoch.fetch_add(1, Ordering::AcqRel);
        }
        Ok(done)
    }

    /// Counts the commits of this node that changed what caches hold.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// How many statements were run since the store was opened, transactions'
    /// own `BEGIN` and `COMMIT` not counted.
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
