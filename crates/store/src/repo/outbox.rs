//! Work that leaves transactions by itself: queued within them, leased by a worker.

use std::time::Duration;

use domain::{Entropy, Id, Identified, Timestamp, outbox::Job};
use sea_orm::{
    ActiveValue::Set,
    Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    prelude::*,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use crate::{
    StoreError, Tx, column,
    entity::outbox_job::{ActiveModel, Column, Entity, Model},
    store::{Connected as _, Read},
};

/// How long a worker has for a job before another may take it.
const LEASE: Duration = Duration::from_mins(1);
/// After so many failures a job is dead until an administrator looks.
const MAX_ATTEMPTS: i64 = 12;

/// A queued job.
#[derive(Debug, Clone)]
pub struct QueuedJob {
    /// Identifies the job, over retries too.
    pub id: Id<QueuedJob>,
    /// What to do.
    pub job: Job,
    /// How often it was tried before.
    pub attempts: i64,
}

impl Identified for QueuedJob {
    const PREFIX: &'static str = "job";
}

/// Queues `job`; one with a `dedupe_key` that is queued already is left alone.
///
/// # Errors
///
/// When the database fails.
pub async fn queue(
    tx: &Tx,
    job: &Job,
    dedupe_key: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    let id = Id::<QueuedJob>::new(now, entropy);
    let row = ActiveModel {
        id: Set(id.as_uuid()),
        job: Set(column::to_json("outbox_job.job", job)?),
        dedupe_key: Set(dedupe_key.to_owned()),
        not_before: Set(now.as_millis()),
        attempts: Set(0),
        leased_until: Set(None),
        last_error: Set(None),
        dead_at: Set(None),
        created_at: Set(now.as_millis()),
    };
    let on_conflict = OnConflict::column(Column::DedupeKey).do_nothing().to_owned();
    Entity::insert(row).on_conflict(on_conflict).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// Takes the oldest job that is due, for one worker alone.
///
/// # Errors
///
/// When the database fails.
pub async fn lease(tx: &Tx, now: Timestamp) -> Result<Option<QueuedJob>, StoreError> {
    let Some(row) =
        Entity::find().filter(is_due(now)).order_by_asc(Column::Id).one(tx.conn()).await?
    else {
        return Ok(None);
    };
    let won = Entity::update_many()
        .col_expr(Column::LeasedUntil, Expr::value(now.plus(LEASE).as_millis()))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.eq(row.id))
        .filter(is_due(now))
        .exec(tx.conn())
        .await?
        .rows_affected
        == 1;
    if won { queued(&row).map(Some) } else { Ok(None) }
}

/// Removes a job that is done.
///
/// # Errors
///
/// When the database fails.
pub async fn complete(tx: &Tx, id: Id<QueuedJob>) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::Id.eq(id.as_uuid())).exec(tx.conn()).await?;
    Ok(())
}

/// Puts a job back after a failure; gives it up after too many.
///
/// # Errors
///
/// When the database fails.
pub async fn retry(
    tx: &Tx,
    job: &QueuedJob,
    error: &str,
    not_before: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let dead = (job.attempts + 1 >= MAX_ATTEMPTS).then_some(now.as_millis());
    Entity::update_many()
        .col_expr(Column::LeasedUntil, Expr::value(None::<i64>))
        .col_expr(Column::NotBefore, Expr::value(not_before.as_millis()))
        .col_expr(Column::LastError, Expr::value(error.to_owned()))
        .col_expr(Column::DeadAt, Expr::value(dead))
        .filter(Column::Id.eq(job.id.as_uuid()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// How many jobs wait, dead ones not counted.
///
/// # Errors
///
/// When the database fails.
pub async fn pending(db: &impl Read) -> Result<u64, StoreError> {
    Ok(Entity::find().filter(Column::DeadAt.is_null()).limit(10_000).count(db.conn()).await?)
}

fn is_due(now: Timestamp) -> Condition {
    Condition::all().add(Column::DeadAt.is_null()).add(Column::NotBefore.lte(now.as_millis())).add(
        Condition::any()
            .add(Column::LeasedUntil.is_null())
            .add(Column::LeasedUntil.lte(now.as_millis())),
    )
}

fn queued(row: &Model) -> Result<QueuedJob, StoreError> {
    Ok(QueuedJob {
        id: Id::from_uuid(row.id),
        job: column::from_json("outbox_job.job", &row.job)?,
        attempts: row.attempts,
    })
}
