//! Authorization requests that clients pushed.

use sea_orm::entity::prelude::*;

/// A row of `pushed_request`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pushed_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) digest: Vec<u8>,
    pub(crate) client_id: Uuid,
    pub(crate) parameters: String,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) spent_at: Option<i64>,
}

/// No relation is followed through the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
