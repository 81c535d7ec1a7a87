//! Jobs and their leases.

use sea_orm::entity::prelude::*;

/// A row of `outbox_job`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox_job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) job: String,
    pub(crate) dedupe_key: String,
    pub(crate) not_before: i64,
    pub(crate) attempts: i64,
    pub(crate) leased_until: Option<i64>,
    pub(crate) last_error: Option<String>,
    pub(crate) dead_at: Option<i64>,
    pub(crate) created_at: i64,
}

/// No relation is followed through the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
