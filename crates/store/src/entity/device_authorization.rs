//! Requests of devices.

use sea_orm::entity::prelude::*;

/// A row of `device_authorization`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device_authorization")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) digest: Vec<u8>,
    pub(crate) user_code: Vec<u8>,
    pub(crate) client_id: Uuid,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) session_id: Option<Uuid>,
    /// What is asked for; once it is approved, what was granted of it.
    pub(crate) scope: String,
    pub(crate) resources: String,
    pub(crate) auth_time: Option<i64>,
    pub(crate) amr: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) interval_seconds: i64,
    pub(crate) polled_at: Option<i64>,
    pub(crate) outcome: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) answered_at: Option<i64>,
    pub(crate) redeemed_at: Option<i64>,
}

/// No relation is followed through the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
