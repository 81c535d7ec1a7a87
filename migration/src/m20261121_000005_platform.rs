//! Keys, settings and what makes requests repeatable.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// Keys, settings and what makes requests repeatable.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE signing_key (
    id {uuid} PRIMARY KEY,
    kid {text} NOT NULL UNIQUE,
    algorithm {text} NOT NULL,
    state {text} NOT NULL,
    sealed_private {bytes},
    sealed_public {bytes},
    created_at bigint NOT NULL,
    activated_at bigint,
    retired_at bigint
)",
    "CREATE INDEX signing_key_by_state ON signing_key (state)",
    "CREATE TABLE setting (
    name {text} PRIMARY KEY,
    value {text} NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL
)",
    "CREATE TABLE api_key (
    id {uuid} PRIMARY KEY,
    digest {bytes} NOT NULL UNIQUE,
    name {text} NOT NULL,
    permissions {text} NOT NULL,
    created_by {text} NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    last_used_at bigint,
    revoked_at bigint
)",
    "CREATE TABLE idempotency_record (
    id {uuid} PRIMARY KEY,
    caller {text} NOT NULL,
    idempotency_key {text} NOT NULL,
    request_hash {bytes} NOT NULL,
    state {text} NOT NULL,
    status bigint,
    body {text},
    location {text},
    target {text},
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
)",
    "CREATE UNIQUE INDEX idempotency_record_by_key ON idempotency_record (caller, idempotency_key)",
    "CREATE INDEX idempotency_record_by_expiry ON idempotency_record (expires_at)",
];

const TABLES: &[&str] = &["idempotency_record", "api_key", "setting", "signing_key"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::drop_tables(manager, TABLES).await
    }
}
