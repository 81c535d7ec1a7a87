//! The audit log: append and read, nothing else.

mod chain;

use domain::{
    AuditEvent, Id, Timestamp,
    audit::{Action, Actor, ActorKind, Outcome, Surface},
};
use sea_orm::{
    ActiveValue::Set, Condition, EntityTrait as _, Order, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, prelude::*, sea_query::Expr,
};

use super::page::{Direction, Page, PageRequest};
use crate::{
    StoreError, Tx, column,
    entity::audit_event,
    store::{Connected as _, Read},
};
use chain::{advance, chain_hash, set_head};

pub use chain::{ChainFault, ChainHead, ChainReport, InvalidHead, unsealed, verify};

/// Which events are wanted; an empty filter wants all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only this action.
    pub action: Option<Action>,
    /// Only this outcome.
    pub outcome: Option<Outcome>,
    /// Only events of this actor, by its identifier.
    pub actor_id: Option<String>,
    /// Only events about this target, by its identifier.
    pub target: Option<String>,
    /// Only events of this request.
    pub request_id: Option<String>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// Writes `event` in the transaction of the act it tells of.
///
/// # Errors
///
/// When the database fails; then the act fails too.
pub async fn record(tx: &Tx, event: &AuditEvent) -> Result<(), StoreError> {
    let mut row = to_row(event)?;
    if event.action.is_chained_at_once() {
        let (sequence, previous) = advance(tx, 1).await?;
        let hash = chain_hash(&previous, sequence, &row);
        set_head(tx, &hash).await?;
        row.sequence = Some(sequence);
        row.hash = Some(hash);
    }
    audit_event::Entity::insert(active(row)).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// Gives up to `limit` events that came with traffic their place in the chain;
/// says how many.
///
/// # Errors
///
/// When the database fails.
pub async fn seal(tx: &Tx, limit: u64) -> Result<u64, StoreError> {
    // The head is locked before the events are read, so two nodes never give the
    // same event two places.
    let (mut sequence, mut previous) = advance(tx, 0).await?;
    let rows = audit_event::Entity::find()
        .filter(audit_event::Column::Sequence.is_null())
        .order_by_asc(audit_event::Column::Id)
        .limit(limit)
        .all(tx.conn())
        .await?;
    let count = u64::try_from(rows.len()).unwrap_or_default();
    if count == 0 {
        return Ok(0);
    }
    for row in rows {
        sequence += 1;
        let hash = chain_hash(&previous, sequence, &row);
        audit_event::Entity::update_many()
            .col_expr(audit_event::Column::Sequence, Expr::value(sequence))
            .col_expr(audit_event::Column::Hash, Expr::value(hash.clone()))
            .filter(audit_event::Column::Id.eq(row.id))
            .exec(tx.conn())
            .await?;
        previous = hash;
    }
    advance(tx, i64::try_from(count).unwrap_or_default()).await?;
    set_head(tx, &previous).await?;
    Ok(count)
}

/// The events that `filter` wants, the newest first.
///
/// # Errors
///
/// When the database fails.
pub async fn list(
    db: &impl Read,
    filter: &EventFilter,
    page: &PageRequest<Id<AuditEvent>>,
) -> Result<Page<AuditEvent>, StoreError> {
    use audit_event::Column;
    let mut query = audit_event::Entity::find().filter(condition(filter)).limit(page.limit + 1);
    if let Some((key, direction)) = &page.from {
        query = query.filter(match direction {
            Direction::After => Column::Id.lt(key.as_uuid()),
            Direction::Before => Column::Id.gt(key.as_uuid()),
        });
    }
    let order = if page.is_backwards() { Order::Asc } else { Order::Desc };
    let rows = query.order_by(Column::Id, order).all(db.conn()).await?;
    let events = rows.into_iter().map(from_row).collect::<Result<_, _>>()?;
    Ok(page.page(events))
}

/// How many events `filter` wants.
///
/// # Errors
///
/// When the database fails.
pub async fn count(db: &impl Read, filter: &EventFilter) -> Result<u64, StoreError> {
    Ok(audit_event::Entity::find().filter(condition(filter)).count(db.conn()).await?)
}

fn condition(filter: &EventFilter) -> Condition {
    use audit_event::Column;
    Condition::all()
        .add_option(filter.action.map(|it| Column::Action.eq(it.as_str())))
        .add_option(filter.outcome.map(|it| Column::Outcome.eq(it.as_str())))
        .add_option(filter.actor_id.as_ref().map(|it| Column::ActorId.eq(it.as_str())))
        .add_option(filter.target.as_ref().map(|it| Column::Target.eq(it.as_str())))
        .add_option(filter.request_id.as_ref().map(|it| Column::RequestId.eq(it.as_str())))
        .add_option(filter.from.map(|it| Column::At.gte(it.as_millis())))
        .add_option(filter.until.map(|it| Column::At.lt(it.as_millis())))
}

fn to_row(event: &AuditEvent) -> Result<audit_event::Model, StoreError> {
    Ok(audit_event::Model {
        id: event.id.as_uuid(),
        at: event.at.as_millis(),
        action: event.action.as_str().to_owned(),
        outcome: event.outcome.as_str().to_owned(),
        actor_kind: event.actor.kind.as_str().to_owned(),
        actor_id: event.actor.id.clone(),
        actor_name: event.actor.name.clone(),
        surface: event.surface.as_str().to_owned(),
        target: event.target.clone(),
        target_name: event.target_name.clone(),
        reason: event.reason.clone(),
        details: column::to_json("audit_event.details", &event.details)?,
        address: event.address.clone(),
        request_id: event.request_id.clone(),
        sequence: None,
        hash: None,
    })
}

fn active(row: audit_event::Model) -> audit_event::ActiveModel {
    audit_event::ActiveModel {
        id: Set(row.id),
        at: Set(row.at),
        action: Set(row.action),
        outcome: Set(row.outcome),
        actor_kind: Set(row.actor_kind),
        actor_id: Set(row.actor_id),
        actor_name: Set(row.actor_name),
        surface: Set(row.surface),
        target: Set(row.target),
        target_name: Set(row.target_name),
        reason: Set(row.reason),
        details: Set(row.details),
        address: Set(row.address),
        request_id: Set(row.request_id),
        sequence: Set(row.sequence),
        hash: Set(row.hash),
    }
}

pub(super) fn from_row(row: audit_event::Model) -> Result<AuditEvent, StoreError> {
    let outcome = [Outcome::Success, Outcome::Refused]
        .into_iter()
        .find(|it| it.as_str() == row.outcome)
        .ok_or(StoreError::Corrupt("audit_event.outcome"))?;
    let surface = Surface::ALL
        .into_iter()
        .find(|it| it.as_str() == row.surface)
        .ok_or(StoreError::Corrupt("audit_event.surface"))?;
    let kind = ActorKind::ALL
        .into_iter()
        .find(|it| it.as_str() == row.actor_kind)
        .ok_or(StoreError::Corrupt("audit_event.actor_kind"))?;
    Ok(AuditEvent {
        id: Id::from_uuid(row.id),
        at: Timestamp::from_millis(row.at),
        action: column::parse("audit_event.action", &row.action)?,
        outcome,
        actor: Actor { kind, id: row.actor_id, name: row.actor_name },
        surface,
        target: row.target,
        target_name: row.target_name,
        reason: row.reason,
        details: column::from_json("audit_event.details", &row.details)?,
        address: row.address,
        request_id: row.request_id,
        sequence: row.sequence,
    })
}

#[cfg(test)]
mod tests;
