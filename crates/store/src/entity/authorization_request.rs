//! Requests that wait for a person.

use sea_orm::entity::prelude::*;

/// A row of `authorization_request`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authorization_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) digest: Vec<u8>,
    pub(crate) client_id: Uuid,
    pub(crate) request: String,
    pub(crate) session_id: Option<Uuid>,
    pub(crate) outcome: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) answered_at: Option<i64>,
}

/// No relation is followed through the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
