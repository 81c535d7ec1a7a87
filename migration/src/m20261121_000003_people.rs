//! Accounts, sessions and one-time links.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// Accounts, sessions and one-time links.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE account (
    id {uuid} PRIMARY KEY,
    username {text} NOT NULL,
    username_canonical {text} NOT NULL UNIQUE,
    email {text} NOT NULL,
    email_canonical {text} NOT NULL UNIQUE,
    email_verified boolean NOT NULL,
    name {text} NOT NULL,
    name_canonical {text} NOT NULL,
    role {text},
    status {text} NOT NULL,
    password_hash {text},
    last_sign_in_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL
)",
    "CREATE INDEX account_by_name ON account (name_canonical, id)",
    "CREATE TABLE browser_session (
    id {uuid} PRIMARY KEY,
    digest {bytes} NOT NULL UNIQUE,
    kind {text} NOT NULL,
    user_id {uuid} REFERENCES account (id) ON DELETE CASCADE,
    state {text} NOT NULL,
    user_agent {text},
    address {text},
    created_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    idle_expires_at bigint NOT NULL,
    expires_at bigint NOT NULL
)",
    "CREATE INDEX browser_session_by_user ON browser_session (user_id)",
    "CREATE INDEX browser_session_by_expiry ON browser_session (idle_expires_at)",
    "CREATE TABLE one_time_link (
    id {uuid} PRIMARY KEY,
    digest {bytes} NOT NULL UNIQUE,
    purpose {text} NOT NULL,
    user_id {uuid} REFERENCES account (id) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    consumed_at bigint
)",
    "CREATE INDEX one_time_link_by_user ON one_time_link (user_id)",
    "CREATE INDEX one_time_link_by_expiry ON one_time_link (expires_at)",
];

const TABLES: &[&str] = &["one_time_link", "browser_session", "account"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::drop_tables(manager, TABLES).await
    }
}
