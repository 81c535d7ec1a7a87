//! What was granted in one authorization.

use sea_orm::entity::prelude::*;

/// A row of `token_grant`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token_grant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) session_id: Option<Uuid>,
    pub(crate) scope: String,
    pub(crate) resources: String,
    pub(crate) auth_time: i64,
    pub(crate) amr: String,
    pub(crate) created_at: i64,
    pub(crate) last_used_at: i64,
    pub(crate) revoked_at: Option<i64>,
}

/// No relation is followed through the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
