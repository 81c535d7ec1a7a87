//! Opening a database with the settings that safety rests on, and refusing others.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    str::FromStr as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement,
    TransactionTrait as _,
};
use sqlx::{
    Connection as _,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous},
};

use super::{GroupCommit, Store, Writer, group_commit};
use crate::StoreError;

/// What a transaction that migrates begins with on PostgreSQL: it may take its time, as building
/// an index can, and waits for the node that migrates already.
const MIGRATING: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; \
                         SELECT pg_advisory_xact_lock(x'c0417e51'::bigint)";

/// What a store is opened with.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// The most connections that read (SQLite) or that read and write (PostgreSQL).
    pub max_connections: u32,
    /// Whether this process serves: of a SQLite file only one may. Commands that
    /// work beside a running server leave it out.
    pub exclusive: bool,
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither SQLite nor PostgreSQL.
    #[error("database.url must begin with sqlite:// or postgres://")]
    UnknownKind,
    /// Another process has the file open.
    #[error(
        "another Countersign process uses {0}; stop it first, or use PostgreSQL for several nodes"
    )]
    InUse(PathBuf),
    /// The lock file cannot be made.
    #[error("the folder of {0} cannot be written to")]
    Folder(PathBuf, #[source] std::io::Error),
    /// A setting that safety rests on is off.
    #[error("the database setting {setting} is {found}; it must be {needed}")]
    Unsafe {
        /// The name the database gives it.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it must be.
        needed: &'static str,
    },
    /// The database does not answer.
    #[error("the database cannot be reached")]
    Unreachable(#[from] DbErr),
}

impl Store {
    /// Opens the database and checks the settings that safety rests on.
    ///
    /// # Errors
    ///
    /// When it cannot be reached, is in use by another process (SQLite), or has
    /// an unsafe setting.
    pub async fn open(options: &StoreOptions) -> Result<Self, OpenError> {
        if let Some(path) = options.url.strip_prefix("sqlite://") {
            open_sqlite(Path::new(path), options).await
        } else if options.url.starts_with("postgres://") || options.url.starts_with("postgresql://")
        {
            open_postgres(options).await
        } else {
            Err(OpenError::UnknownKind)
        }
    }

    /// Applies every migration that is missing; says how many there were.
    ///
    /// Nodes that start together wait for one another.
    ///
    /// # Errors
    ///
    /// When a migration fails; on PostgreSQL none was applied then.
    pub async fn migrate(&self) -> Result<usize, OpenError> {
        let missing = Migrator::get_pending_migrations_read_only(&self.readers).await?.len();
        if missing == 0 {
            return Ok(0);
        }
        match &self.writer {
            Writer::Grouped(group) => {
                Migrator::up(group.connection(), None).await?;
                Ok(missing)
            }
            Writer::Pooled => {
                let tx = self.readers.begin().await?;
                tx.execute_unprepared(MIGRATING).await?;
                // Another node may have been faster.
                let missing = Migrator::get_pending_migrations_read_only(&tx).await?.len();
                Migrator::up(&tx, None).await?;
                tx.commit().await?;
                Ok(missing)
            }
        }
    }

    /// How many migrations the database lacks.
    ///
    /// One that is ahead of this program lacks none: nodes are replaced one after another.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached, or was never migrated.
    pub async fn missing_migrations(&self) -> Result<usize, StoreError> {
        let versions = Statement::from_string(
            self.readers.get_database_backend(),
            "SELECT version FROM seaql_migrations",
        );
        let rows = self.readers.query_all_raw(versions).await?;
        let applied = rows
            .iter()
            .map(|row| row.try_get_by_index(0))
            .collect::<Result<Vec<String>, DbErr>>()?;
        let is_missing = |name: &str| !applied.iter().any(|it| it == name);
        Ok(Migrator::migrations().iter().filter(|it| is_missing(it.name())).count())
    }

    /// Each migration's name and whether it was applied.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached.
    pub async fn migrations(&self) -> Result<Vec<(String, bool)>, OpenError> {
        let pending: Vec<String> = Migrator::get_pending_migrations_read_only(&self.readers)
            .await?
            .iter()
            .map(|migration| migration.name().to_owned())
            .collect();
        let all = Migrator::migrations();
        Ok(all
            .iter()
            .map(|it| (it.name().to_owned(), !pending.iter().any(|name| name == it.name())))
            .collect())
    }
}

async fn open_sqlite(path: &Path, options: &StoreOptions) -> Result<Store, OpenError> {
    let lock = lock_file(path, options.exclusive)?;
    make_private(path).map_err(|error| OpenError::Folder(path.to_owned(), error))?;
    let statements = Arc::new(AtomicU64::new(0));
    let writer = connect_sqlite(options, path, 1, false, &statements).await?;
    check_sqlite(&writer).await?;
    let readers = connect_sqlite(options, path, options.max_connections, true, &statements).await?;
    let epoch = Arc::default();
    Ok(Store {
        readers,
        writer: Writer::Grouped(GroupCommit::new(writer, Arc::clone(&epoch))),
        epoch,
        statements,
        _lock: lock.map(Arc::new),
    })
}

/// Takes the file beside the database that says a process serves it.
fn lock_file(path: &Path, exclusive: bool) -> Result<Option<File>, OpenError> {
    let folder = |error| OpenError::Folder(path.to_owned(), error);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(folder)?;
    }
    if !exclusive {
        return Ok(None);
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(name).map_err(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(folder(error)),
    }
}

/// Makes the database, if there is none, for this user alone. SQLite gives the files that
/// it makes beside it the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

async fn connect_sqlite(
    options: &StoreOptions,
    path: &Path,
    connections: u32,
    read_only: bool,
    statements: &Arc<AtomicU64>,
) -> Result<DatabaseConnection, OpenError> {
    let file = path.to_owned();
    let mut connect = ConnectOptions::new(options.url.clone());
    connect
        .max_connections(connections)
        .min_connections(1)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .sqlx_logging(false)
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_release(|connection, _age| Box::pin(ended_well(connection)))
        })
        .map_sqlx_sqlite_opts(move |_from_url| {
            let opts = SqliteConnectOptions::new()
                .filename(&file)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5))
                .foreign_keys(true)
                .pragma("trusted_schema", "off")
                .pragma("secure_delete", "on");
            if read_only { opts.pragma("query_only", "on") } else { opts }
        });
    Ok(counted(Database::connect(connect).await?, statements))
}

/// Whether a connection can be used again. SQLite can end a transaction by itself, which
/// the driver does not notice: it counts on and mistakes the next `COMMIT` for another's.
async fn ended_well(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // Waits for the rollback that dropping the transaction asked for.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

async fn check_sqlite(db: &DatabaseConnection) -> Result<(), OpenError> {
    let checks: [(&'static str, &'static str); 4] = [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
        ("trusted_schema", "0"),
    ];
    for (setting, needed) in checks {
        let statement =
            Statement::from_string(db.get_database_backend(), format!("PRAGMA {setting}"));
        let row = db.query_one_raw(statement).await?;
        let found = row.map_or_else(String::new, |row| {
            row.try_get_by_index::<String>(0)
                .or_else(|_number| row.try_get_by_index::<i64>(0).map(|n| n.to_string()))
                .unwrap_or_default()
        });
        if found != needed {
            return Err(OpenError::Unsafe { setting, found, needed });
        }
    }
    Ok(())
}

async fn open_postgres(options: &StoreOptions) -> Result<Store, OpenError> {
    sqlx::postgres::PgConnectOptions::from_str(&options.url)
        .map_err(|_reason| OpenError::UnknownKind)?;
    let statements = Arc::new(AtomicU64::new(0));
    let mut connect = ConnectOptions::new(options.url.clone());
    connect
        .max_connections(options.max_connections)
        .acquire_timeout(Duration::from_secs(5))
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|opts| {
            opts.application_name("countersign").options([
                ("statement_timeout", "3000"),
                ("lock_timeout", "1000"),
                ("idle_in_transaction_session_timeout", "10000"),
                ("default_transaction_isolation", "read committed"),
            ])
        });
    let readers = counted(Database::connect(connect).await?, &statements);
    check_postgres(&readers).await?;
    Ok(Store { readers, writer: Writer::Pooled, epoch: Arc::default(), statements, _lock: None })
}

async fn check_postgres(db: &DatabaseConnection) -> Result<(), OpenError> {
    let checks: [(&'static str, &'static [&'static str], &'static str); 3] = [
        ("synchronous_commit", &["on", "remote_apply", "remote_write", "local"], "on"),
        ("server_encoding", &["UTF8"], "UTF8"),
        ("transaction_isolation", &["read committed"], "read committed"),
    ];
    for (setting, allowed, needed) in checks {
        let found = show(db, setting).await?;
        if !allowed.contains(&found.as_str()) {
            return Err(OpenError::Unsafe { setting, found, needed });
        }
    }
    // Only the database server can change it, and some run on disks that need none.
    if show(db, "fsync").await? != "on" {
        tracing::warn!(
            "the database server runs with fsync=off; what was answered is lost when its machine fails"
        );
    }
    Ok(())
}

/// The value of one of PostgreSQL's settings.
async fn show(db: &DatabaseConnection, setting: &str) -> Result<String, DbErr> {
    let statement = Statement::from_string(db.get_database_backend(), format!("SHOW {setting}"));
    let row = db.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}

/// Counts what is asked of the database, for the tests that bound it.
fn counted(mut db: DatabaseConnection, statements: &Arc<AtomicU64>) -> DatabaseConnection {
    let statements = Arc::clone(statements);
    db.set_metric_callback(move |info| {
        if !group_commit::is_of_a_turn(&info.statement.sql) {
            statements.fetch_add(1, Ordering::Relaxed);
        }
    });
    db
}

#[cfg(test)]
mod tests;
