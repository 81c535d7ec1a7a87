//! Applications, their clients and secrets.

use sea_orm_migration::prelude::*;

use crate::ddl;

/// Applications, their clients and secrets.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE application (
    id {uuid} PRIMARY KEY,
    name {text} NOT NULL,
    name_canonical {text} NOT NULL,
    description {text} NOT NULL,
    application_type {text} NOT NULL,
    status {text} NOT NULL,
    owner_id {uuid},
    client_uri {text},
    policy_uri {text},
    tos_uri {text},
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    deleted_at bigint,
    version bigint NOT NULL
)",
    "CREATE INDEX application_by_name ON application (name_canonical, id)",
    "CREATE INDEX application_by_owner ON application (owner_id)",
    "CREATE TABLE client (
    id {uuid} PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    client_id {text} NOT NULL UNIQUE,
    environment {text} NOT NULL,
    redirect_uris {text} NOT NULL,
    post_logout_redirect_uris {text} NOT NULL,
    grant_types {text} NOT NULL,
    scopes {text} NOT NULL,
    default_scopes {text} NOT NULL,
    token_endpoint_auth_method {text} NOT NULL,
    require_pkce boolean NOT NULL,
    skip_consent boolean NOT NULL,
    dpop_bound_access_tokens boolean NOT NULL,
    access_token_lifetime_seconds bigint NOT NULL,
    id_token_lifetime_seconds bigint NOT NULL,
    refresh_mode {text} NOT NULL,
    refresh_token_idle_seconds bigint NOT NULL,
    refresh_token_absolute_seconds bigint NOT NULL,
    id_token_signed_response_alg {text} NOT NULL,
    response_modes {text} NOT NULL,
    authorization_signed_response_alg {text},
    require_pushed_authorization_requests boolean NOT NULL,
    request_object_signing_alg {text},
    require_signed_request_object boolean NOT NULL,
    jwks {text},
    jwks_uri {text},
    token_endpoint_auth_signing_alg {text},
    accept_endpoint_audience boolean NOT NULL,
    last_used_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL
)",
    "CREATE UNIQUE INDEX client_by_environment ON client (application_id, environment)",
    "CREATE TABLE client_origin (
    client_id {uuid} NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    origin {text} NOT NULL,
    PRIMARY KEY (client_id, origin)
)",
    "CREATE INDEX client_origin_by_origin ON client_origin (origin)",
    "CREATE TABLE client_secret (
    id {uuid} PRIMARY KEY,
    client_id {uuid} NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    label {text} NOT NULL,
    hint {text} NOT NULL,
    digest {bytes} NOT NULL UNIQUE,
    created_by {text} NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    last_used_at bigint,
    last_used_from {text},
    revoked_at bigint,
    version bigint NOT NULL
)",
    "CREATE INDEX client_secret_by_client ON client_secret (client_id)",
];

const TABLES: &[&str] = &["client_secret", "client_origin", "client", "application"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::drop_tables(manager, TABLES).await
    }
}
