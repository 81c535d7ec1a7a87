//! What people granted, and what was issued from it.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// What people granted, and what was issued from it.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE authorization_request (
    id {uuid} PRIMARY KEY,
    digest {bytes} NOT NULL UNIQUE,
    client_id {uuid} NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    request {text} NOT NULL,
    session_id {uuid},
    outcome {text},
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    answered_at bigint
)",
    "CREATE INDEX authorization_request_by_client ON authorization_request (client_id)",
    "CREATE INDEX authorization_request_by_expiry ON authorization_request (expires_at)",
    "CREATE TABLE pushed_request (
    id {uuid} PRIMARY KEY,
    digest {bytes} NOT NULL UNIQUE,
    client_id {uuid} NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    parameters {text} NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    spent_at bigint
)",
    "CREATE INDEX pushed_request_by_client ON pushed_request (client_id)",
    "CREATE INDEX pushed_request_by_expiry ON pushed_request (expires_at)",
    "CREATE TABLE consent (
    id {uuid} PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    client_id {uuid} NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    scope {text} NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
)",
    "CREATE UNIQUE INDEX consent_by_pair ON consent (user_id, client_id)",
    "CREATE INDEX consent_by_client ON consent (client_id)",
    "CREATE TABLE token_grant (
    id {uuid} PRIMARY KEY,
    client_id {uuid} NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    session_id {uuid},
    scope {text} NOT NULL,
    resources {text} NOT NULL,
    auth_time bigint NOT NULL,
    amr {text} NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint NOT NULL,
    revoked_at bigint
)",
    "CREATE INDEX token_grant_by_client ON token_grant (client_id, id)",
    "CREATE INDEX token_grant_by_user ON token_grant (user_id, id)",
    "CREATE TABLE authorization_code (
    id {uuid} PRIMARY KEY,
    digest {bytes} NOT NULL UNIQUE,
    grant_id {uuid} NOT NULL,
    client_id {uuid} NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    session_id {uuid},
    scope {text} NOT NULL,
    resources {text} NOT NULL,
    auth_time bigint NOT NULL,
    amr {text} NOT NULL,
    redirect_uri {text} NOT NULL,
    redirect_uri_was_sent boolean NOT NULL,
    code_challenge {text},
    dpop_jkt {text},
    nonce {text},
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    redeemed_at bigint
)",
    "CREATE INDEX authorization_code_by_client ON authorization_code (client_id)",
    "CREATE INDEX authorization_code_by_user ON authorization_code (user_id)",
    "CREATE INDEX authorization_code_by_expiry ON authorization_code (expires_at)",
    "CREATE TABLE token_family (
    id {uuid} PRIMARY KEY,
    grant_id {uuid} NOT NULL REFERENCES token_grant (id) ON DELETE CASCADE,
    client_id {uuid} NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    generation bigint NOT NULL,
    dpop_jkt {text},
    leaf {bytes} NOT NULL UNIQUE,
    previous {bytes},
    previous_box {bytes},
    rotated_at bigint,
    leaf_used_at bigint,
    idle_expires_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint,
    created_at bigint NOT NULL
)",
    "CREATE UNIQUE INDEX token_family_by_previous ON token_family (previous)",
    "CREATE INDEX token_family_by_grant ON token_family (grant_id)",
    "CREATE INDEX token_family_by_client ON token_family (client_id)",
    "CREATE INDEX token_family_by_expiry ON token_family (idle_expires_at)",
    "CREATE TABLE spent_refresh_token (
    digest {bytes} PRIMARY KEY,
    family_id {uuid} NOT NULL REFERENCES token_family (id) ON DELETE CASCADE
)",
    "CREATE INDEX spent_refresh_token_by_family ON spent_refresh_token (family_id)",
    "CREATE TABLE opaque_token (
    id {uuid} PRIMARY KEY,
    digest {bytes} NOT NULL UNIQUE,
    grant_id {uuid} REFERENCES token_grant (id) ON DELETE CASCADE,
    client_id {uuid} NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    user_id {uuid} REFERENCES account (id) ON DELETE CASCADE,
    scope {text} NOT NULL,
    audience {text} NOT NULL,
    dpop_jkt {text},
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint
)",
    "CREATE INDEX opaque_token_by_grant ON opaque_token (grant_id)",
    "CREATE INDEX opaque_token_by_client ON opaque_token (client_id, id)",
    "CREATE INDEX opaque_token_by_user ON opaque_token (user_id)",
    "CREATE INDEX opaque_token_by_expiry ON opaque_token (expires_at)",
    "CREATE TABLE revoked_token (
    id {uuid} PRIMARY KEY,
    jti {text} NOT NULL UNIQUE,
    client_id {uuid} NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint NOT NULL
)",
    "CREATE INDEX revoked_token_by_expiry ON revoked_token (expires_at)",
    "CREATE TABLE spent_jwt (
    id {bytes} PRIMARY KEY,
    expires_at bigint NOT NULL
)",
    "CREATE INDEX spent_jwt_by_expiry ON spent_jwt (expires_at)",
];

const TABLES: &[&str] = &[
    "spent_jwt",
    "revoked_token",
    "opaque_token",
    "spent_refresh_token",
    "token_family",
    "authorization_code",
    "token_grant",
    "consent",
    "pushed_request",
    "authorization_request",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::drop_tables(manager, TABLES).await
    }
}
