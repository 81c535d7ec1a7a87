//! The audit log and the head of its chain.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// The audit log and the head of its chain.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE audit_event (
    id {uuid} PRIMARY KEY,
    at bigint NOT NULL,
    action {text} NOT NULL,
    outcome {text} NOT NULL,
    actor_kind {text} NOT NULL,
    actor_id {text},
    actor_name {text} NOT NULL,
    surface {text} NOT NULL,
    target {text},
    target_name {text},
    reason {text},
    details {text} NOT NULL,
    address {text},
    request_id {text},
    sequence bigint,
    hash {bytes}
)",
    "CREATE UNIQUE INDEX audit_event_by_sequence ON audit_event (sequence)",
    "CREATE INDEX audit_event_by_action ON audit_event (action, id)",
    "CREATE INDEX audit_event_by_target ON audit_event (target, id)",
    "CREATE INDEX audit_event_by_actor ON audit_event (actor_id, id)",
    "CREATE INDEX audit_event_by_request ON audit_event (request_id)",
    "CREATE TABLE audit_head (
    name {text} PRIMARY KEY,
    sequence bigint NOT NULL,
    hash {bytes} NOT NULL
)",
    "INSERT INTO audit_head (name, sequence, hash) VALUES ('main', 0, {zero})",
];

const TABLES: &[&str] = &["audit_head", "audit_event"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::drop_tables(manager, TABLES).await
    }
}
