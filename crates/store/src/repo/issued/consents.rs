//! Remembered decisions.

use domain::{Consent, Id, Timestamp};
use sea_orm::{Condition, EntityTrait as _, QueryFilter as _, prelude::*};

use super::Which;
use crate::{
    StoreError, Tx, column,
    entity::consent::{Column, Entity, Model},
    repo::{
        keyset::{self, Position, SortKey, SortedBy},
        page::{Page, PageRequest},
        text_match::has_word,
    },
    store::{Connected as _, Read},
};

/// Where a decision stands in the list, which has the newest first.
#[must_use]
pub const fn consent_position(consent: &Consent) -> Position<Consent> {
    Position { key: SortKey::IdAlone, id: consent.id }
}

/// The decisions that are meant, the newest first.
///
/// # Errors
///
/// When the database fails.
pub async fn list_consents(
    db: &impl Read,
    which: &Which<'_, Consent>,
    page: &PageRequest<Position<Consent>>,
) -> Result<Page<Consent>, StoreError> {
    let query = Entity::find().filter(condition(which));
    let sorted = SortedBy { key: None, descending: true };
    let rows = keyset::from_position(query, Column::Id, sorted, page).all(db.conn()).await?;
    let consents = rows.into_iter().map(from_row).collect::<Result<_, _>>()?;
    Ok(page.page(consents))
}

/// How many decisions are meant, counted no further than `most`.
///
/// # Errors
///
/// When the database fails.
pub async fn count_consents(
    db: &impl Read,
    which: &Which<'_, Consent>,
    most: u64,
) -> Result<u64, StoreError> {
    keyset::count_up_to(db, Entity::find().filter(condition(which)), Column::Id, most).await
}

/// Every decision that is meant.
///
/// # Errors
///
/// When the database fails.
pub async fn find_consents(
    db: &impl Read,
    which: &Which<'_, Consent>,
) -> Result<Vec<Consent>, StoreError> {
    let rows = Entity::find().filter(condition(which)).all(db.conn()).await?;
    rows.into_iter().map(from_row).collect()
}

/// Forgets the decisions that are meant; says how many.
///
/// # Errors
///
/// When the database fails.
pub async fn remove_consents(tx: &Tx, which: &Which<'_, Consent>) -> Result<u64, StoreError> {
    let done = Entity::delete_many().filter(condition(which)).exec(tx.conn()).await?;
    Ok(done.rows_affected)
}

fn condition(which: &Which<'_, Consent>) -> Condition {
    let filter = which.filter;
    Condition::all()
        .add_option(which.id.map(|it| Column::Id.eq(it.as_uuid())))
        .add_option(filter.user.map(|it| Column::UserId.eq(it.as_uuid())))
        .add_option(filter.scope.as_deref().map(|it| has_word(Column::Scope, it)))
        .add_option(which.clients().map(|it| Column::ClientId.in_subquery(it)))
}

fn from_row(row: Model) -> Result<Consent, StoreError> {
    Ok(Consent {
        id: Id::from_uuid(row.id),
        user_id: Id::from_uuid(row.user_id),
        client_id: Id::from_uuid(row.client_id),
        scope: column::convert("consent.scope", row.scope)?,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
    })
}
