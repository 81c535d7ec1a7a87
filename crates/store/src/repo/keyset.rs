//! Lists that go on from an item, whatever they are sorted by, and counts that end.

use std::fmt;

use domain::{Id, Identified};
use sea_orm::{
    ConnectionTrait as _, EntityTrait, Order, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, Select, Value,
    prelude::*,
    sea_query::{Alias, Expr, ExprTrait as _, Query},
};

use super::page::PageRequest;
use crate::{StoreError, store::Read};

/// Where an item stands in a list: what the list is sorted by, then its identifier.
pub struct Position<T> {
    /// What the list is sorted by.
    pub key: SortKey,
    /// The item.
    pub id: Id<T>,
}

impl<T> Clone for Position<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), id: self.id }
    }
}

impl<T: Identified> fmt::Debug for Position<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Position").field("key", &self.key).field("id", &self.id).finish()
    }
}

/// The value of an item that a list is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortKey {
    /// A text, compared byte for byte.
    Text(String),
    /// A number or a moment.
    Number(i64),
    /// Nothing but the identifier, which sorts by age.
    IdAlone,
}

/// What a list is sorted by, and which way.
pub(crate) struct SortedBy {
    /// Sorted by this first, by the identifier then.
    pub(crate) key: Option<Expr>,
    /// Whether the greatest comes first.
    pub(crate) descending: bool,
}

/// Orders `query`, begins where `page` begins, and reads one item more than the page holds.
pub(crate) fn from_position<E: EntityTrait, T>(
    query: Select<E>,
    id: impl ColumnTrait,
    order: SortedBy,
    page: &PageRequest<Position<T>>,
) -> Select<E> {
    let downwards = order.descending != page.is_backwards();
    let direction = if downwards { Order::Desc } else { Order::Asc };
    let mut query = query.limit(page.limit + 1);
    if let Some((position, _)) = &page.from {
        query = query.filter(beyond(order.key.as_ref(), id, position, downwards));
    }
    if let Some(key) = order.key {
        query = query.order_by(key, direction.clone());
    }
    query.order_by(id, direction)
}

/// Items beyond `position`: of a later key, or of the same key and a later identifier.
fn beyond<T>(
    key: Option<&Expr>,
    id: impl ColumnTrait,
    position: &Position<T>,
    downwards: bool,
) -> Expr {
    let id_value = position.id.as_uuid();
    let later_id = if downwards { id.lt(id_value) } else { id.gt(id_value) };
    let value: Value = match &position.key {
        SortKey::Text(text) => text.clone().into(),
        SortKey::Number(number) => (*number).into(),
        SortKey::IdAlone => return later_id,
    };
    let Some(key) = key else { return later_id };
    let later_key = if downwards {
        key.clone().lt(Expr::value(value.clone()))
    } else {
        key.clone().gt(Expr::value(value.clone()))
    };
    later_key.or(key.clone().eq(Expr::value(value)).and(later_id))
}

/// How many items `query` finds, counted no further than `most`.
pub(crate) async fn count_up_to<E: EntityTrait>(
    db: &impl Read,
    query: Select<E>,
    id: impl ColumnTrait,
    most: u64,
) -> Result<u64, StoreError> {
    let found = query.select_only().column(id).limit(most).into_query();
    let count = Query::select()
        .expr(Expr::cust("COUNT(*)"))
        .from_subquery(found, Alias::new("found"))
        .to_owned();
    let row = db.conn().query_one(&count).await?;
    let number: i64 = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    Ok(u64::try_from(number).unwrap_or_default())
}
