//! What stands behind a browser cookie.

use sea_orm::entity::prelude::*;

/// A row of `browser_session`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "browser_session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) digest: Vec<u8>,
    pub(crate) kind: String,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) state: String,
    pub(crate) user_agent: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) last_seen_at: i64,
    pub(crate) idle_expires_at: i64,
    pub(crate) expires_at: i64,
}

/// No relation is followed through the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
