//! Each migration goes up, down and up again, on both databases.

use migration::{Migrator, MigratorTrait as _};
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::{Store, StoreOptions};

/// Where the address of a PostgreSQL that tests may use stands.
const POSTGRES: &str = "COUNTERSIGN_TEST_POSTGRES";

async fn open(url: String) -> Store {
    Store::open(&StoreOptions { url, max_connections: 2, exclusive: true }).await.unwrap()
}

async fn assert_reversible(store: &Store) {
    let db = store.migration_connection();
    let pending = async || Migrator::get_pending_migrations(db).await.unwrap().len();
    for left in (0..Migrator::migrations().len()).rev() {
        Migrator::up(db, Some(1)).await.unwrap();
        assert_eq!(pending().await, left);
        Migrator::down(db, Some(1)).await.unwrap();
        assert_eq!(pending().await, left + 1);
        Migrator::up(db, Some(1)).await.unwrap();
    }
    Migrator::down(db, None).await.unwrap();
    assert_eq!(store.migrate().await.unwrap(), Migrator::migrations().len());
    assert!(store.migrations().await.unwrap().iter().all(|(_, applied)| *applied));
}

#[tokio::test]
async fn migrations_go_up_down_and_up_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();

    assert_reversible(&open(format!("sqlite://{}/test.db", folder.path().display())).await).await;
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the address is the test's own, not a setting")]
async fn migrations_go_up_down_and_up_on_postgres() {
    let server = std::env::var(POSTGRES).unwrap_or_else(|_missing| {
        panic!(
            "{POSTGRES} is not set: run the tests by `cargo xtask test`, which starts PostgreSQL"
        )
    });
    let name = format!("migrations_{}", std::process::id());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();

    assert_reversible(&open(format!("{base}/{name}")).await).await;
}
