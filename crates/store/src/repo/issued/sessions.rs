//! Who is signed in.

use std::collections::HashMap;

use domain::{BrowserSession, Client, Id, SessionKind, Timestamp, User};
use sea_orm::{
    Condition, EntityTrait as _, QueryFilter as _, QuerySelect as _, prelude::*, sea_query::Query,
};

use super::{SessionFilter, SessionRecord};
use crate::{
    StoreError, Tx,
    entity::{
        browser_session::{Column, Entity, Model},
        token_grant,
    },
    repo::{
        clients::WhichClients,
        keyset::{self, Position, SortKey, SortedBy},
        page::{Page, PageRequest},
    },
    store::{Connected as _, Read},
};

/// Where a session stands in the list, which has the newest first.
#[must_use]
pub const fn session_position(session: &SessionRecord) -> Position<BrowserSession> {
    Position { key: SortKey::IdAlone, id: session.id }
}

/// The sessions that are meant and in which somebody is signed in, the newest first.
///
/// # Errors
///
/// When the database fails.
pub async fn list_sessions(
    db: &impl Read,
    filter: &SessionFilter,
    page: &PageRequest<Position<BrowserSession>>,
    now: Timestamp,
) -> Result<Page<SessionRecord>, StoreError> {
    let query = Entity::find().filter(condition(None, filter, now));
    let sorted = SortedBy { key: None, descending: true };
    let rows = keyset::from_position(query, Column::Id, sorted, page).all(db.conn()).await?;
    let sessions = rows.into_iter().filter_map(from_row).collect::<Result<_, _>>()?;
    Ok(page.page(sessions))
}

/// How many sessions are meant, counted no further than `most`.
///
/// # Errors
///
/// When the database fails.
pub async fn count_sessions(
    db: &impl Read,
    filter: &SessionFilter,
    now: Timestamp,
    most: u64,
) -> Result<u64, StoreError> {
    let query = Entity::find().filter(condition(None, filter, now));
    keyset::count_up_to(db, query, Column::Id, most).await
}

/// Ends one session, or those that are meant; gives whose they were.
///
/// What was granted in a session and not for longer ends with it, as the
/// session is asked for whenever such a grant is used.
///
/// # Errors
///
/// When the database fails.
pub async fn end_sessions(
    tx: &Tx,
    id: Option<Id<BrowserSession>>,
    filter: &SessionFilter,
    now: Timestamp,
) -> Result<Vec<(Id<BrowserSession>, Id<User>)>, StoreError> {
    let rows: Vec<(Uuid, Option<Uuid>)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::UserId])
        .filter(condition(id, filter, now))
        .into_tuple()
        .all(tx.conn())
        .await?;
    tx.invalidate_caches();
    for batch in rows.chunks(500) {
        Entity::delete_many()
            .filter(Column::Id.is_in(batch.iter().map(|(id, _)| *id)))
            .exec(tx.conn())
            .await?;
    }
    let ended = |(id, user): (Uuid, Option<Uuid>)| Some((Id::from_uuid(id), Id::from_uuid(user?)));
    Ok(rows.into_iter().filter_map(ended).collect())
}

/// The clients that were granted access in each of these sessions.
///
/// # Errors
///
/// When the database fails.
pub async fn session_clients(
    db: &impl Read,
    sessions: &[SessionRecord],
) -> Result<HashMap<Id<BrowserSession>, Vec<Id<Client>>>, StoreError> {
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    if sessions.is_empty() {
        return Ok(found);
    }
    let rows: Vec<(Option<Uuid>, Uuid)> = token_grant::Entity::find()
        .select_only()
        .distinct()
        .columns([token_grant::Column::SessionId, token_grant::Column::ClientId])
        .filter(token_grant::Column::SessionId.is_in(sessions.iter().map(|it| it.id.as_uuid())))
        .filter(token_grant::Column::UserId.is_in(sessions.iter().map(|it| it.user_id.as_uuid())))
        .filter(token_grant::Column::RevokedAt.is_null())
        .into_tuple()
        .all(db.conn())
        .await?;
    for (session, client) in rows {
        if let Some(session) = session {
            found.entry(Id::from_uuid(session)).or_default().push(Id::from_uuid(client));
        }
    }
    Ok(found)
}

fn condition(id: Option<Id<BrowserSession>>, filter: &SessionFilter, now: Timestamp) -> Condition {
    let clients = WhichClients { application: filter.application, ..WhichClients::default() };
    let granted = clients.ids().map(|clients| {
        let sessions = Query::select()
            .column(token_grant::Column::SessionId)
            .from(token_grant::Entity)
            .and_where(token_grant::Column::ClientId.in_subquery(clients))
            .and_where(token_grant::Column::RevokedAt.is_null())
            .and_where(token_grant::Column::SessionId.is_not_null())
            .to_owned();
        Column::Id.in_subquery(sessions)
    });
    Condition::all()
        .add(Column::UserId.is_not_null())
        .add(Column::IdleExpiresAt.gt(now.as_millis()))
        .add(Column::ExpiresAt.gt(now.as_millis()))
        .add_option(id.map(|it| Column::Id.eq(it.as_uuid())))
        .add_option(filter.user.map(|it| Column::UserId.eq(it.as_uuid())))
        .add_option(filter.kind.map(|it| Column::Kind.eq(it.as_str())))
        .add_option(granted)
}

fn from_row(row: Model) -> Option<Result<SessionRecord, StoreError>> {
    let user_id = Id::from_uuid(row.user_id?);
    let kind = [SessionKind::User, SessionKind::Console]
        .into_iter()
        .find(|it| it.as_str() == row.kind)
        .ok_or(StoreError::Corrupt("browser_session.kind"));
    Some(kind.map(|kind| SessionRecord {
        id: Id::from_uuid(row.id),
        kind,
        user_id,
        user_agent: row.user_agent,
        address: row.address,
        created_at: Timestamp::from_millis(row.created_at),
        last_seen_at: Timestamp::from_millis(row.last_seen_at),
        idle_expires_at: Timestamp::from_millis(row.idle_expires_at),
        expires_at: Timestamp::from_millis(row.expires_at),
    }))
}
