//! APIs and their scopes.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// APIs and their scopes.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE resource (
    id {uuid} PRIMARY KEY,
    identifier {text} NOT NULL UNIQUE,
    name {text} NOT NULL,
    name_canonical {text} NOT NULL,
    description {text} NOT NULL,
    token_format {text} NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL
)",
    "CREATE INDEX resource_by_name ON resource (name_canonical, id)",
    "CREATE TABLE scope (
    id {uuid} PRIMARY KEY,
    resource_id {uuid} NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    name {text} NOT NULL UNIQUE,
    display_name {text} NOT NULL,
    description {text} NOT NULL,
    is_default boolean NOT NULL,
    position bigint NOT NULL
)",
    "CREATE INDEX scope_by_resource ON scope (resource_id)",
];

const TABLES: &[&str] = &["scope", "resource"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::drop_tables(manager, TABLES).await
    }
}
