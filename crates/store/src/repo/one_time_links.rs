//! Links that work once, found by the digest of their handle.

use domain::{Entropy, HandleDigest, Id, Identified, Timestamp, User};
use sea_orm::{ActiveValue::Set, EntityTrait as _, QueryFilter as _, prelude::*, sea_query::Expr};

use crate::{
    StoreError, Tx,
    entity::one_time_link::{ActiveModel, Column, Entity},
    store::{Connected as _, Read},
};

/// What a link is for; one of one purpose does nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Sets the server up.
    SetUp,
    /// Signs a person in.
    SignIn,
    /// Sets a person's password.
    Password,
}

impl LinkPurpose {
    /// The purpose as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "setup",
            Self::SignIn => "sign_in",
            Self::Password => "password",
        }
    }
}

/// A link, all but its handle.
#[derive(Debug, Clone)]
pub struct OneTimeLink {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Whom it is for; nobody when it sets the server up.
    pub user_id: Option<Id<User>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl Identified for OneTimeLink {
    const PREFIX: &'static str = "lnk";
}

/// Keeps a link.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(
    tx: &Tx,
    digest: &HandleDigest,
    link: &OneTimeLink,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(Id::<OneTimeLink>::new(link.created_at, entropy).as_uuid()),
        digest: Set(digest.as_bytes().to_vec()),
        purpose: Set(link.purpose.as_str().to_owned()),
        user_id: Set(link.user_id.map(Id::as_uuid)),
        created_at: Set(link.created_at.as_millis()),
        expires_at: Set(link.expires_at.as_millis()),
        consumed_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// The link behind `digest` while it still works; looking does not spend it.
///
/// # Errors
///
/// When the database fails.
pub async fn find(
    db: &impl Read,
    purpose: LinkPurpose,
    digest: &HandleDigest,
    now: Timestamp,
) -> Result<Option<OneTimeLink>, StoreError> {
    let row = Entity::find()
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .filter(Column::Purpose.eq(purpose.as_str()))
        .filter(Column::ConsumedAt.is_null())
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .one(db.conn())
        .await?;
    Ok(row.map(|row| OneTimeLink {
        purpose,
        user_id: row.user_id.map(Id::from_uuid),
        created_at: Timestamp::from_millis(row.created_at),
        expires_at: Timestamp::from_millis(row.expires_at),
    }))
}

/// Spends the link behind `digest` for `user_id`; says whether this call did.
///
/// One conditional `UPDATE` holds every binding and decides.
///
/// # Errors
///
/// When the database fails.
pub async fn consume(
    tx: &Tx,
    purpose: LinkPurpose,
    digest: &HandleDigest,
    user_id: Option<Id<User>>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let whose = match user_id {
        Some(id) => Column::UserId.eq(id.as_uuid()),
        None => Column::UserId.is_null(),
    };
    let done = Entity::update_many()
        .col_expr(Column::ConsumedAt, Expr::value(now.as_millis()))
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .filter(Column::Purpose.eq(purpose.as_str()))
        .filter(whose)
        .filter(Column::ConsumedAt.is_null())
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends every link of this purpose that `user_id` could still use.
///
/// # Errors
///
/// When the database fails.
pub async fn revoke_all(
    tx: &Tx,
    purpose: LinkPurpose,
    user_id: Option<Id<User>>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let whose = match user_id {
        Some(id) => Column::UserId.eq(id.as_uuid()),
        None => Column::UserId.is_null(),
    };
    Entity::update_many()
        .col_expr(Column::ConsumedAt, Expr::value(now.as_millis()))
        .filter(Column::Purpose.eq(purpose.as_str()))
        .filter(whose)
        .filter(Column::ConsumedAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
