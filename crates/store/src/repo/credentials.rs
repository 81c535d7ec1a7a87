//! What people sign in with, and who they are when it was right.

use domain::{Id, Timestamp, User, UserStatus};
use sea_orm::{
    ActiveValue::Set,
    Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    prelude::*,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use crate::{
    StoreError, Tx, column,
    entity::{
        account::{Column, Entity, Model},
        setting,
    },
    store::{Connected as _, Read},
};

/// The setting whose row says that the server was set up.
const SET_UP: &str = "set-up";

/// An account and what proves that someone is its owner.
#[derive(Clone)]
pub struct Credential {
    /// The account.
    pub user: User,
    /// The hash of its password, if it has one.
    pub password_hash: Option<String>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("user", &self.user.id).finish_non_exhaustive()
    }
}

/// The account whose user name or address has the canonical form `identifier`.
///
/// A user name holds no `@` and an address does, so at most one account answers.
///
/// # Errors
///
/// When the database fails.
pub async fn find_by_identifier(
    db: &impl Read,
    identifier: &str,
) -> Result<Option<Credential>, StoreError> {
    let named = Condition::any()
        .add(Column::UsernameCanonical.eq(identifier))
        .add(Column::EmailCanonical.eq(identifier));
    let row = Entity::find().filter(named).one(db.conn()).await?;
    row.map(credential).transpose()
}

/// The account `id`.
///
/// # Errors
///
/// When the database fails.
pub async fn find(db: &impl Read, id: Id<User>) -> Result<Option<Credential>, StoreError> {
    let row = Entity::find_by_id(id.as_uuid()).one(db.conn()).await?;
    row.map(credential).transpose()
}

/// Gives the account a password; says whether it exists.
///
/// # Errors
///
/// When the database fails.
pub async fn set_password_hash(
    tx: &Tx,
    id: Id<User>,
    hash: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::PasswordHash, Expr::value(hash.to_owned()))
        .col_expr(Column::UpdatedAt, Expr::value(now.as_millis()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id.as_uuid()))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Replaces the hash of an unchanged password, unless the password changed meanwhile.
///
/// # Errors
///
/// When the database fails.
pub async fn upgrade_password_hash(
    tx: &Tx,
    id: Id<User>,
    old: &str,
    new: &str,
) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::PasswordHash, Expr::value(new.to_owned()))
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::PasswordHash.eq(old))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// Notes that the person signed in, unless the account was locked or changed since it
/// was read as `user`; says whether it did.
///
/// A password is compared outside of any transaction, so what it proved may be over.
///
/// # Errors
///
/// When the database fails.
pub async fn record_sign_in(tx: &Tx, user: &User, now: Timestamp) -> Result<bool, StoreError> {
    let done = Entity::update_many()
        .col_expr(Column::LastSignInAt, Expr::value(now.as_millis()))
        .filter(Column::Id.eq(user.id.as_uuid()))
        .filter(Column::Version.eq(user.version))
        .filter(Column::Status.eq(UserStatus::Active.as_str()))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Whether anyone owns the server.
///
/// # Errors
///
/// When the database fails.
pub async fn has_owner(db: &impl Read) -> Result<bool, StoreError> {
    let owner = Entity::find().select_only().column(Column::Id).filter(Column::Role.eq("owner"));
    Ok(owner.into_tuple::<Uuid>().one(db.conn()).await?.is_some())
}

/// Takes the right to set the server up; one transaction ever gets it.
///
/// The unique name of the row decides, so two nodes with a link each cannot
/// both make a first owner: the second waits for the first and then has lost.
///
/// # Errors
///
/// When the database fails.
pub async fn claim_set_up(tx: &Tx, now: Timestamp) -> Result<bool, StoreError> {
    let row = setting::ActiveModel {
        name: Set(SET_UP.to_owned()),
        value: Set("{}".to_owned()),
        updated_at: Set(now.as_millis()),
        version: Set(1),
    };
    let on_conflict = OnConflict::column(setting::Column::Name).do_nothing().to_owned();
    let inserted = setting::Entity::insert(row)
        .on_conflict(on_conflict)
        .exec_without_returning(tx.conn())
        .await?;
    Ok(inserted == 1)
}

fn credential(row: Model) -> Result<Credential, StoreError> {
    let password_hash = row.password_hash.clone();
    Ok(Credential { user: user(row)?, password_hash })
}

/// Reads a row of `account`.
pub(crate) fn user(row: Model) -> Result<User, StoreError> {
    Ok(User {
        id: Id::from_uuid(row.id),
        username: row.username,
        email: row.email,
        email_verified: row.email_verified,
        name: row.name,
        role: row.role.map(|role| column::parse("account.role", &role)).transpose()?,
        status: column::parse("account.status", &row.status)?,
        has_password: row.password_hash.is_some(),
        last_sign_in_at: row.last_sign_in_at.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
        version: row.version,
    })
}

#[cfg(test)]
mod tests;
