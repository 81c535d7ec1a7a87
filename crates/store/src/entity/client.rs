//! The OAuth client of an application in one environment.

use sea_orm::entity::prelude::*;

/// A row of `client`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client")]
#[expect(clippy::struct_excessive_bools, reason = "each is a column with a name of its own")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) application_id: Uuid,
    pub(crate) client_id: String,
    pub(crate) environment: String,
    pub(crate) redirect_uris: String,
    pub(crate) post_logout_redirect_uris: String,
    pub(crate) grant_types: String,
    pub(crate) scopes: String,
    pub(crate) default_scopes: String,
    pub(crate) token_endpoint_auth_method: String,
    pub(crate) require_pkce: bool,
    pub(crate) skip_consent: bool,
    pub(crate) dpop_bound_access_tokens: bool,
    pub(crate) access_token_lifetime_seconds: i64,
    pub(crate) id_token_lifetime_seconds: i64,
    pub(crate) refresh_mode: String,
    pub(crate) refresh_token_idle_seconds: i64,
    pub(crate) refresh_token_absolute_seconds: i64,
    pub(crate) id_token_signed_response_alg: String,
    pub(crate) response_modes: String,
    pub(crate) authorization_signed_response_alg: Option<String>,
    pub(crate) require_pushed_authorization_requests: bool,
    pub(crate) request_object_signing_alg: Option<String>,
    pub(crate) require_signed_request_object: bool,
    pub(crate) jwks: Option<String>,
    pub(crate) jwks_uri: Option<String>,
    pub(crate) token_endpoint_auth_signing_alg: Option<String>,
    pub(crate) accept_endpoint_audience: bool,
    pub(crate) last_used_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) version: i64,
}

/// No relation is followed through the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
