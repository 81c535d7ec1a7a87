//! The schema that the migrations leave.

use harness::{Db, TestServer, on_each_database};

on_each_database! {
    async fn every_migration_is_applied_and_known(db: Db) {
        let server = TestServer::spawn(db).await;

        let migrations = server.core.store.migrations().await.unwrap();

        assert!(migrations.len() >= 6, "{migrations:?}");
        assert!(migrations.iter().all(|(_, applied)| *applied), "{migrations:?}");
        assert_eq!(server.core.store.migrate().await.unwrap(), 0, "nothing is left to do");
        server.finish().await;
    }

    async fn both_databases_have_the_same_tables_and_columns(db: Db) {
        let server = TestServer::spawn(db).await;
        let here = server.columns().await;
        let other = if db == Db::Sqlite { Db::Postgres } else { Db::Sqlite };
        let there = TestServer::spawn(other).await;

        assert_eq!(here, there.columns().await);
        assert!(here.len() > 100, "{here:?}");
        there.finish().await;
        server.finish().await;
    }
}
