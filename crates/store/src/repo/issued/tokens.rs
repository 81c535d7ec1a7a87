//! Grants whose tokens still open something.

use std::collections::HashMap;

use domain::{Grant, Id, Timestamp, User};
use sea_orm::{
    Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    prelude::*,
    sea_query::{Expr, ExprTrait as _, Query, SelectStatement},
};

use super::{IssuedFilter, Which};
use crate::{
    StoreError, Tx,
    entity::{
        authorization_code, client, device_authorization, opaque_token, token_family,
        token_grant::{Column, Entity, Model},
    },
    repo::{
        grants,
        keyset::{self, Position, SortKey, SortedBy},
        page::{Page, PageRequest},
        text_match::has_word,
    },
    store::{Connected as _, Read},
};

/// A grant whose tokens still open something.
#[derive(Debug, Clone)]
pub struct LiveGrant {
    /// The grant.
    pub grant: Grant,
    /// When a token was last issued from it.
    pub last_used_at: Timestamp,
    /// When its refresh token ends unless it is used before, if it has one.
    pub refresh_expires_at: Option<Timestamp>,
}

/// Where a grant stands in the list, which has the newest first.
#[must_use]
pub const fn token_position(grant: &Grant) -> Position<Grant> {
    Position { key: SortKey::IdAlone, id: grant.id }
}

/// The live grants that are meant, the newest first.
///
/// # Errors
///
/// When the database fails.
pub async fn list_live_grants(
    db: &impl Read,
    which: &Which<'_, Grant>,
    page: &PageRequest<Position<Grant>>,
    now: Timestamp,
) -> Result<Page<LiveGrant>, StoreError> {
    let query = Entity::find().filter(meant(which)).filter(is_live(now));
    let sorted = SortedBy { key: None, descending: true };
    let rows = keyset::from_position(query, Column::Id, sorted, page).all(db.conn()).await?;
    let mut ends = refresh_ends(db, &rows, now).await?;
    let live = rows
        .into_iter()
        .map(|row| {
            let refresh_expires_at = ends.remove(&row.id).map(Timestamp::from_millis);
            let last_used_at = Timestamp::from_millis(row.last_used_at);
            Ok(LiveGrant { grant: grants::from_row(row)?, last_used_at, refresh_expires_at })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(page.page(live))
}

/// How many live grants are meant, counted no further than `most`.
///
/// # Errors
///
/// When the database fails.
pub async fn count_live_grants(
    db: &impl Read,
    which: &Which<'_, Grant>,
    now: Timestamp,
    most: u64,
) -> Result<u64, StoreError> {
    let query = Entity::find().filter(meant(which)).filter(is_live(now));
    keyset::count_up_to(db, query, Column::Id, most).await
}

/// Ends the grants that are meant with all their tokens, and what was issued
/// without a grant to the clients that are meant; says how many ended.
///
/// Codes that wait to be redeemed end too: they would become such grants. They end
/// first, because that waits for a code that is just being redeemed, and the grant
/// it bought is seen only after that.
///
/// # Errors
///
/// When the database fails.
pub async fn revoke_live_grants(
    tx: &Tx,
    which: &Which<'_, Grant>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    if which.id.is_some() {
        return grants::revoke_those(tx, meant(which), now).await;
    }
    let codes = of_clients_and_users(
        which,
        authorization_code::Column::ClientId,
        Some(authorization_code::Column::UserId),
        authorization_code::Column::Scope,
    );
    authorization_code::Entity::update_many()
        .col_expr(authorization_code::Column::ExpiresAt, Expr::value(now.as_millis()))
        .filter(codes)
        .filter(authorization_code::Column::RedeemedAt.is_null())
        .filter(authorization_code::Column::ExpiresAt.gt(now.as_millis()))
        .exec(tx.conn())
        .await?;
    end_approved_devices(tx, which, now).await?;
    let ended = grants::revoke_those(tx, meant(which), now).await?;
    if which.filter.user.is_some() {
        return Ok(ended);
    }
    let tokens = of_clients_and_users(
        which,
        opaque_token::Column::ClientId,
        None,
        opaque_token::Column::Scope,
    );
    let without_grant = opaque_token::Entity::update_many()
        .col_expr(opaque_token::Column::RevokedAt, Expr::value(now.as_millis()))
        .filter(tokens)
        .filter(opaque_token::Column::GrantId.is_null())
        .filter(opaque_token::Column::RevokedAt.is_null())
        .filter(opaque_token::Column::ExpiresAt.gt(now.as_millis()))
        .exec(tx.conn())
        .await?;
    Ok(ended + without_grant.rows_affected)
}

/// Ends what people approved for devices that have not come for it yet: those are codes too.
async fn end_approved_devices(
    tx: &Tx,
    which: &Which<'_, Grant>,
    now: Timestamp,
) -> Result<(), StoreError> {
    use device_authorization::Column;
    device_authorization::Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(now.as_millis()))
        .filter(of_clients_and_users(which, Column::ClientId, Some(Column::UserId), Column::Scope))
        .filter(Column::AnsweredAt.is_not_null())
        .filter(Column::RedeemedAt.is_null())
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

fn meant(which: &Which<'_, Grant>) -> Condition {
    of_clients_and_users(which, Column::ClientId, Some(Column::UserId), Column::Scope)
        .add_option(which.id.map(|it| Column::Id.eq(it.as_uuid())))
}

fn of_clients_and_users<C: ColumnTrait>(
    which: &Which<'_, Grant>,
    client: C,
    user: Option<C>,
    scope: C,
) -> Condition {
    let of_user = user.zip(which.filter.user).map(|(column, id)| column.eq(id.as_uuid()));
    Condition::all()
        .add_option(of_user)
        .add_option(which.filter.scope.as_deref().map(|it| has_word(scope, it)))
        .add_option(which.clients().map(|it| client.in_subquery(it)))
}

/// Not revoked, and a token of it can still be in use.
fn is_live(now: Timestamp) -> Condition {
    let of_this = |column: Expr| column.equals((Entity, Column::Id));
    let families = live_families(now)
        .and_where(of_this(Expr::col((token_family::Entity, token_family::Column::GrantId))))
        .to_owned();
    let opaque = Query::select()
        .expr(Expr::value(1))
        .from(opaque_token::Entity)
        .and_where(of_this(Expr::col((opaque_token::Entity, opaque_token::Column::GrantId))))
        .and_where(opaque_token::Column::RevokedAt.is_null())
        .and_where(opaque_token::Column::ExpiresAt.gt(now.as_millis()))
        .to_owned();
    // A JWT is not stored: one can be in use for as long as its client's live.
    let lifetime =
        Expr::col((client::Entity, client::Column::AccessTokenLifetimeSeconds)).mul(1000_i64);
    let signed = Query::select()
        .expr(Expr::value(1))
        .from(client::Entity)
        .and_where(
            Expr::col((client::Entity, client::Column::Id)).equals((Entity, Column::ClientId)),
        )
        .and_where(Expr::col((Entity, Column::LastUsedAt)).add(lifetime).gt(now.as_millis()))
        .to_owned();
    Condition::all().add(Column::RevokedAt.is_null()).add(
        Condition::any()
            .add(Expr::exists(families))
            .add(Expr::exists(opaque))
            .add(Expr::exists(signed)),
    )
}

fn live_families(now: Timestamp) -> SelectStatement {
    Query::select()
        .expr(Expr::value(1))
        .from(token_family::Entity)
        .and_where(token_family::Column::RevokedAt.is_null())
        .and_where(token_family::Column::ExpiresAt.gt(now.as_millis()))
        .and_where(token_family::Column::IdleExpiresAt.gt(now.as_millis()))
        .to_owned()
}

async fn refresh_ends(
    db: &impl Read,
    rows: &[Model],
    now: Timestamp,
) -> Result<HashMap<Uuid, i64>, StoreError> {
    let ends: Vec<(Uuid, i64, i64)> = token_family::Entity::find()
        .select_only()
        .columns([
            token_family::Column::GrantId,
            token_family::Column::IdleExpiresAt,
            token_family::Column::ExpiresAt,
        ])
        .filter(token_family::Column::GrantId.is_in(rows.iter().map(|row| row.id)))
        .filter(token_family::Column::RevokedAt.is_null())
        .filter(token_family::Column::IdleExpiresAt.gt(now.as_millis()))
        .into_tuple()
        .all(db.conn())
        .await?;
    Ok(ends.into_iter().map(|(grant, idle, end)| (grant, Ord::min(idle, end))).collect())
}

/// Ends everything that was issued for a person; says how many grants ended.
///
/// # Errors
///
/// When the database fails.
pub async fn revoke_all_of_user(
    tx: &Tx,
    user: Id<User>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let filter = IssuedFilter { user: Some(user), ..IssuedFilter::default() };
    revoke_live_grants(tx, &Which { id: None, filter: &filter, owner_seen: None }, now).await
}
