//! Grants: what people granted clients, whether it still counts, and ending it.

use domain::{BrowserSession, Client, Grant, Id, Timestamp, User, UserStatus, ends_with_session};
use sea_orm::{
    ActiveValue::Set,
    Condition, EntityTrait as _, FromQueryResult, JoinType, QueryFilter as _, QuerySelect as _,
    QueryTrait as _, RelationDef,
    prelude::*,
    sea_query::{Expr, SelectStatement},
};

use crate::{
    StoreError, Tx, column,
    entity::{
        account, browser_session, opaque_token, revoked_token, token_family,
        token_grant::{ActiveModel, Column, Entity, Model},
    },
    store::{Connected as _, Read},
};

/// The most clients of a session that are named.
const MAX_NAMED: u64 = 50;

/// What is known now of a person for whom something was, or will be, issued.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Whether the person may sign in.
    pub status: UserStatus,
    /// What the person signs in with.
    pub username: String,
    /// Whether the browser session of the sign-in still lives.
    pub session_lives: bool,
}

/// Whether what was issued of a grant still counts.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The person whose access it is.
    pub holder: Holder,
    /// Whether the grant, or the token asked about, was revoked.
    pub is_revoked: bool,
    /// Whether the grant ended with the session it was given in.
    pub session_ended: bool,
}

/// Stores a grant.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(tx: &Tx, grant: &Grant) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(grant.id.as_uuid()),
        client_id: Set(grant.client_id.as_uuid()),
        user_id: Set(grant.user_id.as_uuid()),
        session_id: Set(grant.session_id.map(Id::as_uuid)),
        scope: Set(grant.scope.to_string()),
        resources: Set(column::words(&grant.resources)),
        auth_time: Set(grant.auth_time.as_millis()),
        amr: Set(column::words(&grant.amr)),
        created_at: Set(grant.created_at.as_millis()),
        last_used_at: Set(grant.created_at.as_millis()),
        revoked_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// The grant with this identifier.
///
/// # Errors
///
/// When the database fails.
pub async fn find(db: &impl Read, id: Id<Grant>) -> Result<Option<Grant>, StoreError> {
    Entity::find_by_id(id.as_uuid()).one(db.conn()).await?.map(from_row).transpose()
}

/// The person behind a grant that is about to be made; `None` when the account is gone.
///
/// # Errors
///
/// When the database fails.
pub async fn holder(
    db: &impl Read,
    user_id: Id<User>,
    session_id: Option<Id<BrowserSession>>,
    now: Timestamp,
) -> Result<Option<Holder>, StoreError> {
    let session = browser_session::Entity::find()
        .select_only()
        .column(browser_session::Column::Id)
        .filter(browser_session::Column::Id.eq(session_id.map(Id::as_uuid)))
        .filter(session_is_live(now))
        .into_query();
    let row = account::Entity::find()
        .select_only()
        .columns([account::Column::Status, account::Column::Username])
        .expr_as(Expr::from(session), "live_session")
        .filter(account::Column::Id.eq(user_id.as_uuid()))
        .into_model::<HolderRow>()
        .one(db.conn())
        .await?;
    row.map(Holder::try_from).transpose()
}

/// Whether the grant `id`, and its token named `jti`, still count; `None` when
/// the grant is gone.
///
/// # Errors
///
/// When the database fails.
pub async fn standing(
    db: &impl Read,
    id: Id<Grant>,
    jti: &str,
    now: Timestamp,
) -> Result<Option<Standing>, StoreError> {
    let revoked_token = revoked_token::Entity::find()
        .select_only()
        .column(revoked_token::Column::RevokedAt)
        .filter(revoked_token::Column::Jti.eq(jti))
        .into_query();
    let row = Entity::find()
        .select_only()
        .columns([Column::RevokedAt, Column::SessionId, Column::Scope])
        .expr_as(Expr::from(revoked_token), "token_revoked_at")
        .columns([account::Column::Status, account::Column::Username])
        .column_as(browser_session::Column::Id, "live_session")
        .join(JoinType::InnerJoin, to_account())
        .join(JoinType::LeftJoin, to_session(now))
        .filter(Column::Id.eq(id.as_uuid()))
        .into_model::<StandingRow>()
        .one(db.conn())
        .await?;
    row.map(Standing::try_from).transpose()
}

/// The clients that this person granted something in this session, and did not take it back.
///
/// # Errors
///
/// When the database fails.
pub async fn clients_of_session(
    db: &impl Read,
    user: Id<User>,
    session: Id<BrowserSession>,
) -> Result<Vec<Id<Client>>, StoreError> {
    let clients: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::ClientId)
        .distinct()
        .filter(Column::UserId.eq(user.as_uuid()))
        .filter(Column::SessionId.eq(session.as_uuid()))
        .filter(Column::RevokedAt.is_null())
        .limit(MAX_NAMED)
        .into_tuple()
        .all(db.conn())
        .await?;
    Ok(clients.into_iter().map(Id::from_uuid).collect())
}

/// Ends one grant and all that came of it; says whether it was live.
///
/// # Errors
///
/// When the database fails.
pub async fn revoke(tx: &Tx, id: Id<Grant>, now: Timestamp) -> Result<bool, StoreError> {
    Ok(revoke_those(tx, Condition::all().add(Column::Id.eq(id.as_uuid())), now).await? > 0)
}

/// Ends the grants for which `which` holds and all that came of them; says how many were live.
pub(super) async fn revoke_those(
    tx: &Tx,
    which: Condition,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let at = now.as_millis();
    let revoked = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(at))
        .filter(which.clone())
        .filter(Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await?
        .rows_affected;
    let families = token_family::Entity::update_many()
        .col_expr(token_family::Column::RevokedAt, Expr::value(at))
        .filter(token_family::Column::GrantId.in_subquery(ids(&which)))
        .filter(token_family::Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await?
        .rows_affected;
    let tokens = opaque_token::Entity::update_many()
        .col_expr(opaque_token::Column::RevokedAt, Expr::value(at))
        .filter(opaque_token::Column::GrantId.in_subquery(ids(&which)))
        .filter(opaque_token::Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await?
        .rows_affected;
    // What ended before is believed by no cache of this node any more.
    if revoked + families + tokens > 0 {
        tx.invalidate_caches();
    }
    Ok(revoked)
}

fn ids(which: &Condition) -> SelectStatement {
    Entity::find().select_only().column(Column::Id).filter(which.clone()).into_query()
}

/// Writes down when grants were last used to issue something.
///
/// # Errors
///
/// When the database fails.
pub async fn record_uses(tx: &Tx, uses: &[(Id<Grant>, Timestamp)]) -> Result<(), StoreError> {
    for (id, at) in uses {
        Entity::update_many()
            .col_expr(Column::LastUsedAt, Expr::value(at.as_millis()))
            .filter(Column::Id.eq(id.as_uuid()))
            .exec(tx.conn())
            .await?;
    }
    Ok(())
}

/// Deletes up to `limit` grants that were last used before `before` and of which
/// nothing is left; says how many.
///
/// # Errors
///
/// When the database fails.
pub async fn sweep(tx: &Tx, before: Timestamp, limit: u64) -> Result<u64, StoreError> {
    let families = token_family::Entity::find().select_only().column(token_family::Column::GrantId);
    let tokens = opaque_token::Entity::find()
        .select_only()
        .column(opaque_token::Column::GrantId)
        .filter(opaque_token::Column::GrantId.is_not_null());
    let idle = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::LastUsedAt.lt(before.as_millis()))
        .filter(Column::Id.not_in_subquery(families.into_query()))
        .filter(Column::Id.not_in_subquery(tokens.into_query()))
        .limit(limit)
        .into_query();
    let deleted =
        Entity::delete_many().filter(Column::Id.in_subquery(idle)).exec(tx.conn()).await?;
    Ok(deleted.rows_affected)
}

/// From `token_grant` to the person.
pub(super) fn to_account() -> RelationDef {
    Entity::belongs_to(account::Entity).from(Column::UserId).to(account::Column::Id).into()
}

/// From `token_grant` to the session it was granted in, while that lives.
pub(super) fn to_session(now: Timestamp) -> RelationDef {
    let relation: RelationDef = Entity::belongs_to(browser_session::Entity)
        .from(Column::SessionId)
        .to(browser_session::Column::Id)
        .into();
    relation.on_condition(move |_grant, _session| session_is_live(now))
}

pub(super) fn session_is_live(now: Timestamp) -> Condition {
    Condition::all()
        .add(browser_session::Column::IdleExpiresAt.gt(now.as_millis()))
        .add(browser_session::Column::ExpiresAt.gt(now.as_millis()))
}

#[derive(FromQueryResult)]
struct HolderRow {
    status: String,
    username: String,
    live_session: Option<Uuid>,
}

impl TryFrom<HolderRow> for Holder {
    type Error = StoreError;

    fn try_from(row: HolderRow) -> Result<Self, StoreError> {
        Ok(Self {
            status: column::parse("account.status", &row.status)?,
            username: row.username,
            session_lives: row.live_session.is_some(),
        })
    }
}

#[derive(FromQueryResult)]
struct StandingRow {
    revoked_at: Option<i64>,
    session_id: Option<Uuid>,
    scope: String,
    token_revoked_at: Option<i64>,
    status: String,
    username: String,
    live_session: Option<Uuid>,
}

impl TryFrom<StandingRow> for Standing {
    type Error = StoreError;

    fn try_from(row: StandingRow) -> Result<Self, StoreError> {
        let scope = column::convert("token_grant.scope", row.scope)?;
        let needs_session = ends_with_session(row.session_id.map(Id::from_uuid), &scope);
        Ok(Self {
            is_revoked: row.revoked_at.is_some() || row.token_revoked_at.is_some(),
            session_ended: needs_session && row.live_session.is_none(),
            holder: Holder::try_from(HolderRow {
                status: row.status,
                username: row.username,
                live_session: row.live_session,
            })?,
        })
    }
}

/// Reads a row of `token_grant`.
pub(crate) fn from_row(row: Model) -> Result<Grant, StoreError> {
    Ok(Grant {
        id: Id::from_uuid(row.id),
        client_id: Id::from_uuid(row.client_id),
        user_id: Id::from_uuid(row.user_id),
        session_id: row.session_id.map(Id::from_uuid),
        scope: column::convert("token_grant.scope", row.scope)?,
        resources: column::texts(&row.resources),
        auth_time: Timestamp::from_millis(row.auth_time),
        amr: column::texts(&row.amr),
        created_at: Timestamp::from_millis(row.created_at),
        revoked_at: row.revoked_at.map(Timestamp::from_millis),
    })
}
