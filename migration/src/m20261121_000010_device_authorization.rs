//! What devices asked for and people answer elsewhere.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// What devices asked for and people answer elsewhere.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE device_authorization (
    id {uuid} PRIMARY KEY,
    digest {bytes} NOT NULL UNIQUE,
    user_code {bytes} NOT NULL UNIQUE,
    client_id {uuid} NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    user_id {uuid} REFERENCES account (id) ON DELETE CASCADE,
    session_id {uuid},
    scope {text} NOT NULL,
    resources {text} NOT NULL,
    auth_time bigint,
    amr {text},
    address {text},
    interval_seconds bigint NOT NULL,
    polled_at bigint,
    outcome {text},
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    answered_at bigint,
    redeemed_at bigint
)",
    "CREATE INDEX device_authorization_by_client ON device_authorization (client_id)",
    "CREATE INDEX device_authorization_by_user ON device_authorization (user_id)",
    "CREATE INDEX device_authorization_by_expiry ON device_authorization (expires_at)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::drop_tables(manager, &["device_authorization"]).await
    }
}
