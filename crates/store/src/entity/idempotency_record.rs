//! Answers to writes that may be repeated.

use sea_orm::entity::prelude::*;

/// A row of `idempotency_record`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) caller: String,
    pub(crate) idempotency_key: String,
    pub(crate) request_hash: Vec<u8>,
    pub(crate) state: String,
    pub(crate) status: Option<i64>,
    pub(crate) body: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
}

/// No relation is followed through the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
