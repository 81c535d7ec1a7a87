//! Lines of refresh tokens.

use sea_orm::entity::prelude::*;

/// A row of `token_family`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token_family")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) grant_id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) generation: i64,
    pub(crate) dpop_jkt: Option<String>,
    pub(crate) leaf: Vec<u8>,
    pub(crate) previous: Option<Vec<u8>>,
    pub(crate) previous_box: Option<Vec<u8>>,
    pub(crate) rotated_at: Option<i64>,
    pub(crate) leaf_used_at: Option<i64>,
    pub(crate) idle_expires_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) revoked_at: Option<i64>,
    pub(crate) created_at: i64,
}

/// No relation is followed through the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
