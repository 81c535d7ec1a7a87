//! What happened lately, in numbers.

use domain::{
    AuditEvent, Client, Entropy, Id, Timestamp,
    audit::{Action, Surface},
};
use protocol::GrantType;
use sea_orm::{
    Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    prelude::*,
    sea_query::{Alias, Expr},
};

use super::{audit::from_row, text_match::contains};
use crate::{
    StoreError,
    entity::{
        audit_event::{Column, Entity},
        token_grant,
    },
    store::Read,
};

/// How often something happened in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourCount {
    /// What happened.
    pub action: Action,
    /// How many whole hours after the start.
    pub hour: i64,
    /// How often.
    pub count: u64,
}

/// How often each of `actions` happened in each hour since `start`.
///
/// # Errors
///
/// When the database fails.
pub async fn by_hour(
    db: &impl Read,
    actions: &[Action],
    start: Timestamp,
) -> Result<Vec<HourCount>, StoreError> {
    const HOUR: i64 = 3_600_000;
    // Numbers of the code, not of a caller: PostgreSQL takes two parameters for two
    // expressions, and would not group by this one.
    let hour = Expr::cust(format!("(\"at\" - {}) / {HOUR}", start.as_millis()));
    let rows: Vec<(String, i64, i64)> = Entity::find()
        .select_only()
        .column(Column::Action)
        .expr_as(hour, "hour")
        .expr_as(Expr::cust("COUNT(*)"), "events")
        .filter(Column::Action.is_in(actions.iter().map(|it| it.as_str())))
        .filter(Column::Id.gte(first_id_at(start)))
        .filter(Column::At.gte(start.as_millis()))
        .group_by(Column::Action)
        .group_by(Expr::col(Alias::new("hour")))
        .into_tuple()
        .all(db.conn())
        .await?;
    rows.into_iter()
        .map(|(action, hour, count)| {
            let action = crate::column::parse("audit_event.action", &action)?;
            Ok(HourCount { action, hour, count: u64::try_from(count).unwrap_or_default() })
        })
        .collect()
}

/// How often `action` happened since `start`; with `grant_type`, only by that grant.
///
/// # Errors
///
/// When the database fails.
pub async fn count_since(
    db: &impl Read,
    (action, grant_type): (Action, Option<GrantType>),
    start: Timestamp,
) -> Result<u64, StoreError> {
    let by = grant_type
        .map(|it| contains(Column::Details.into_expr(), &format!("\"grant_type\":\"{it}\"")));
    let count = Entity::find()
        .filter(Column::Action.eq(action.as_str()))
        .filter(Column::Id.gte(first_id_at(start)))
        .filter(Condition::all().add_option(by))
        .count(db.conn())
        .await?;
    Ok(count)
}

/// How many people signed in to `client` since `start`.
///
/// # Errors
///
/// When the database fails.
pub async fn people_since(
    db: &impl Read,
    client: Id<Client>,
    start: Timestamp,
) -> Result<u64, StoreError> {
    let people: Option<i64> = token_grant::Entity::find()
        .select_only()
        .expr_as(Expr::cust("COUNT(DISTINCT user_id)"), "people")
        .filter(token_grant::Column::ClientId.eq(client.as_uuid()))
        .filter(token_grant::Column::Id.gte(first_id_at(start)))
        .into_tuple()
        .one(db.conn())
        .await?;
    Ok(people.and_then(|it| u64::try_from(it).ok()).unwrap_or_default())
}

/// The last `limit` changes that people and programs made through an operation, the newest first.
///
/// # Errors
///
/// When the database fails.
pub async fn recent_changes(db: &impl Read, limit: u64) -> Result<Vec<AuditEvent>, StoreError> {
    let actions = Action::ALL.iter().filter(|it| it.is_chained_at_once()).map(|it| it.as_str());
    let surfaces = [Surface::Console, Surface::Api, Surface::Cli].map(Surface::as_str);
    let rows = Entity::find()
        .filter(Column::Action.is_in(actions))
        .filter(Column::Surface.is_in(surfaces))
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(db.conn())
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// Whether `action` ever happened.
///
/// # Errors
///
/// When the database fails.
pub async fn ever_happened(db: &impl Read, actions: &[Action]) -> Result<bool, StoreError> {
    let found = Entity::find()
        .filter(Column::Action.is_in(actions.iter().map(|it| it.as_str())))
        .one(db.conn())
        .await?;
    Ok(found.is_some())
}

/// The event `id`.
///
/// # Errors
///
/// When the database fails.
pub async fn find(db: &impl Read, id: Id<AuditEvent>) -> Result<Option<AuditEvent>, StoreError> {
    Entity::find_by_id(id.as_uuid()).one(db.conn()).await?.map(from_row).transpose()
}

/// The least identifier that anything of `moment` can have, as identifiers sort by time.
fn first_id_at(moment: Timestamp) -> Uuid {
    struct Zeros;
    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }
    Id::<AuditEvent>::new(moment, &Zeros).as_uuid()
}
