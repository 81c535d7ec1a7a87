//! JWTs revoked one by one, until they expire.

use sea_orm::entity::prelude::*;

/// A row of `revoked_token`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revoked_token")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) jti: String,
    pub(crate) client_id: Uuid,
    pub(crate) expires_at: i64,
    pub(crate) revoked_at: i64,
}

/// No relation is followed through the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
