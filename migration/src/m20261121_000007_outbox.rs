//! Work that leaves transactions by itself.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// Work that leaves transactions by itself.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE outbox_job (
    id {uuid} PRIMARY KEY,
    job {text} NOT NULL,
    dedupe_key {text} NOT NULL UNIQUE,
    not_before bigint NOT NULL,
    attempts bigint NOT NULL,
    leased_until bigint,
    last_error {text},
    dead_at bigint,
    created_at bigint NOT NULL
)",
    "CREATE INDEX outbox_job_by_due ON outbox_job (dead_at, not_before)",
];

const TABLES: &[&str] = &["outbox_job"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::drop_tables(manager, TABLES).await
    }
}
