//! People.

use sea_orm::entity::prelude::*;

/// A row of `account`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) username: String,
    pub(crate) username_canonical: String,
    pub(crate) email: String,
    pub(crate) email_canonical: String,
    pub(crate) email_verified: bool,
    pub(crate) name: String,
    pub(crate) name_canonical: String,
    pub(crate) role: Option<String>,
    pub(crate) status: String,
    pub(crate) password_hash: Option<String>,
    pub(crate) last_sign_in_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) version: i64,
}

/// No relation is followed through the ORM.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
