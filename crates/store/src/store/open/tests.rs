//! Each migration goes up, down and up again, on both databases.

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

use super::{MIGRATING, Store, StoreOptions, Writer, show};
use crate::testing::new_postgres;

async fn open(url: String) -> Store {
    Store::open(&StoreOptions { url, max_connections: 2, exclusive: true }).await.unwrap()
}

async fn assert_reversible(store: &Store) {
    let db = match &store.writer {
        Writer::Grouped(group) => group.connection(),
        Writer::Pooled => &store.readers,
    };
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
async fn a_sqlite_database_is_its_users_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let store = open(format!("sqlite://{}/test.db", folder.path().display())).await;
    store.migrate().await.unwrap();

    for name in ["test.db", "test.db-wal", "test.db-shm"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn migrations_go_up_down_and_up_on_postgres() {
    assert_reversible(&open(new_postgres("migrations").await).await).await;
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    let url = new_postgres("together").await;
    let (first, second) = (open(url.clone()).await, open(url).await);

    let (by_first, by_second) = tokio::join!(first.migrate(), second.migrate());

    assert_eq!(by_first.unwrap() + by_second.unwrap(), Migrator::migrations().len());
}

#[tokio::test]
async fn no_statement_on_postgres_waits_long_except_while_migrating() {
    let store = open(new_postgres("timeouts").await).await;

    assert_eq!(show(&store.readers, "statement_timeout").await.unwrap(), "3s");
    assert_eq!(show(&store.readers, "lock_timeout").await.unwrap(), "1s");
    let slow = "SELECT pg_sleep(4)";
    assert!(store.readers.execute_unprepared(slow).await.is_err());
    let tx = store.readers.begin().await.unwrap();
    tx.execute_unprepared(MIGRATING).await.unwrap();
    assert!(tx.execute_unprepared(slow).await.is_ok());
}
