//! A database of its own for each test, copied from a template that is made once.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use ::server::{
    config::{FixedEnv, Overrides, Settings},
    core::{Core, Use, World},
    real::SystemEntropy,
};
use domain::MasterKeys;
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};

use crate::TestClock;

/// Where the address of a PostgreSQL that tests may use stands.
const POSTGRES: &str = "COUNTERSIGN_TEST_POSTGRES";

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Db {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL database.
    Postgres,
}

/// A database that goes with its test.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    pub(crate) folder: tempfile::TempDir,
}

impl TestDatabase {
    pub(crate) async fn make(db: Db) -> Self {
        let folder = tempfile::tempdir_in(scratch()).unwrap();
        let url = match db {
            Db::Sqlite => {
                let file = folder.path().join("test.db");
                fs::copy(sqlite_template().await, &file).unwrap();
                format!("sqlite://{}", file.display())
            }
            Db::Postgres => postgres_copy().await,
        };
        Self { url, folder }
    }

    /// Waits until the last thread of a server that was stopped has let go of the file.
    pub(crate) fn wait_until_free(&self) {
        let Ok(lock) = File::open(self.folder.path().join("test.db.lock")) else { return };
        lock.lock().unwrap();
    }

    /// Runs a statement behind the server's back.
    pub(crate) async fn execute(&self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        if self.url.starts_with("sqlite") {
            SqliteConnection::connect(&self.url).await.unwrap().execute(sql).await.unwrap();
        } else {
            PgConnection::connect(&self.url).await.unwrap().execute(sql).await.unwrap();
        }
    }

    /// Every row of every table as text, binary columns in hexadecimal.
    pub(crate) async fn rows(&self) -> Vec<(String, String)> {
        if self.url.starts_with("sqlite") {
            self.sqlite_rows().await
        } else {
            self.postgres_rows().await
        }
    }

    /// Every column of every table, `table.column`, in order.
    pub(crate) async fn columns(&self) -> Vec<String> {
        let found: Vec<(String, String)> = if self.url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            let sql = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c \
                       WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";
            sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap()
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            let sql = "SELECT table_name::text, column_name::text FROM information_schema.columns \
                       WHERE table_schema = 'public'";
            sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap()
        };
        let mut columns: Vec<String> =
            found.into_iter().map(|(table, column)| format!("{table}.{column}")).collect();
        columns.sort();
        columns
    }

    async fn sqlite_rows(&self) -> Vec<(String, String)> {
        let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
        let tables = "SELECT m.name, group_concat('quote(\"' || c.name || '\")', ' || '','' || ') \
                      FROM sqlite_master m, pragma_table_info(m.name) c \
                      WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' GROUP BY m.name";
        let tables: Vec<(String, String)> =
            sqlx::query_as(tables).fetch_all(&mut connection).await.unwrap();
        let mut rows = Vec::new();
        for (table, columns) in tables {
            let all = sqlx::AssertSqlSafe(format!("SELECT {columns} FROM \"{table}\""));
            let found: Vec<(String,)> =
                sqlx::query_as(all).fetch_all(&mut connection).await.unwrap();
            rows.extend(found.into_iter().map(|(row,)| (table.clone(), row)));
        }
        rows
    }

    async fn postgres_rows(&self) -> Vec<(String, String)> {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        let tables =
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
        let tables: Vec<(String,)> =
            sqlx::query_as(tables).fetch_all(&mut connection).await.unwrap();
        let mut rows = Vec::new();
        for (table,) in tables {
            let all = sqlx::AssertSqlSafe(format!("SELECT t::text FROM \"{table}\" t"));
            let found: Vec<(String,)> =
                sqlx::query_as(all).fetch_all(&mut connection).await.unwrap();
            rows.extend(found.into_iter().map(|(row,)| (table.clone(), row)));
        }
        rows
    }
}

/// A folder below the target folder, so that nothing is left elsewhere.
fn scratch() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp");
    fs::create_dir_all(&path).unwrap();
    path.canonicalize().unwrap()
}

/// The migrated SQLite file that tests copy; one process makes it, the others wait.
async fn sqlite_template() -> PathBuf {
    let folder = scratch();
    let lock = File::create(folder.join("sqlite.lock")).unwrap();
    lock.lock().unwrap();
    let template = folder.join(format!("template-{}.db", template_name()));
    if !template.exists() {
        let draft = tempfile::tempdir_in(&folder).unwrap();
        let url = format!("sqlite://{}/draft.db", draft.path().display());
        prepare(&url).await;
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let half_made = draft.path().join("template.db");
        let copy = format!("VACUUM INTO '{}'", half_made.display());
        connection.execute(sqlx::AssertSqlSafe(copy)).await.unwrap();
        connection.close().await.unwrap();
        fs::rename(half_made, &template).unwrap();
    }
    template
}

/// The address of a PostgreSQL in which databases may be made.
#[expect(
    clippy::disallowed_methods,
    reason = "the server under test gets what is read here as a setting"
)]
fn postgres() -> String {
    std::env::var(POSTGRES).unwrap_or_else(|_missing| {
        panic!(
            "{POSTGRES} is not set: run the tests by `cargo xtask test`, which starts PostgreSQL"
        )
    })
}

/// A new PostgreSQL database, copied from the migrated template.
async fn postgres_copy() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = postgres();
    let (base, _) = server.rsplit_once('/').unwrap();
    let template = format!("template_{}", template_name());
    let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let lock = File::create(scratch().join("postgres.lock")).unwrap();
    lock.lock().unwrap();
    let mut admin = PgConnection::connect(&server).await.unwrap();
    let exists = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1 AND datallowconn")
        .bind(&template)
        .fetch_optional(&mut admin)
        .await
        .unwrap()
        .is_some();
    if !exists {
        let half_made = format!("draft_{}", std::process::id());
        run(&mut admin, &format!("CREATE DATABASE {half_made}")).await;
        prepare(&format!("{base}/{half_made}")).await;
        run(&mut admin, &format!("ALTER DATABASE {half_made} RENAME TO {template}")).await;
    }
    run(&mut admin, &format!("DROP DATABASE IF EXISTS {name}")).await;
    run(&mut admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    admin.close().await.unwrap();
    format!("{base}/{name}")
}

/// Runs a statement; waits while connections that were dropped are still closing.
async fn run(admin: &mut PgConnection, sql: &str) {
    for attempt in 0.. {
        let Err(error) = admin.execute(sqlx::AssertSqlSafe(sql.to_owned())).await else { return };
        let in_use = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .is_some_and(|it| it == "55006");
        assert!(in_use && attempt < 100, "{sql}: {error}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Migrates the database and makes its signing keys, which take seconds to make.
async fn prepare(url: &str) {
    let overrides = Overrides::none().command("test", "database.url", url).command(
        "test",
        "database.migrate_on_start",
        "true",
    );
    let settings = Settings::load(None, &overrides, &FixedEnv::new(scratch())).unwrap().settings;
    let keys = MasterKeys::parse(&master_keys()).unwrap();
    let world =
        World { clock: Arc::new(TestClock::new()), entropy: Arc::new(SystemEntropy::default()) };
    drop(Core::open(settings, &keys, world, Use::Beside).await.unwrap());
}

/// The master key of every test; the templates hold keys sealed under it.
pub(crate) fn master_keys() -> String {
    let lock = File::create(scratch().join("master.lock")).unwrap();
    lock.lock().unwrap();
    let file = scratch().join("master.key");
    if !file.exists() {
        let text = MasterKeys::generate(&SystemEntropy::default());
        fs::write(&file, text.as_bytes()).unwrap();
    }
    fs::read_to_string(file).unwrap()
}

/// Names this build of the tests and the master key: a template holds what the server
/// writes at its first start, and any change of the code may change that.
fn template_name() -> String {
    let program = fs::metadata(std::env::current_exe().unwrap()).unwrap();
    let built = program.modified().unwrap();
    let text = format!("{} {built:?} {}", program.len(), master_keys());
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
