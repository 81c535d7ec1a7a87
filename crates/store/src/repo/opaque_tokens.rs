//! Opaque access tokens: found by their digest, revoked at once.

use domain::{
    BrowserSession, Client, HandleDigest, Id, OpaqueToken, Timestamp, UserStatus, ends_with_session,
};
use sea_orm::{
    ActiveValue::Set, EntityTrait as _, FromQueryResult, JoinType, QueryFilter as _,
    QuerySelect as _, RelationDef, prelude::*, sea_query::Expr,
};

use crate::{
    StoreError, Tx, column,
    entity::{
        account, browser_session,
        opaque_token::{ActiveModel, Column, Entity},
        token_grant,
    },
    repo::grants::to_session,
    store::{Connected as _, Read},
};

/// A token with what decides whether it counts.
#[derive(Debug, Clone)]
pub struct KnownToken {
    /// The token.
    pub token: OpaqueToken,
    /// Whether it, or the grant it came of, was revoked.
    pub is_revoked: bool,
    /// Whether the grant it came of ended with the session it was given in.
    pub session_ended: bool,
    /// The person whose access it is; none for client credentials.
    pub holder: Option<TokenHolder>,
}

/// The person behind a token.
#[derive(Debug, Clone)]
pub struct TokenHolder {
    /// Whether the person may sign in.
    pub status: UserStatus,
    /// What the person signs in with.
    pub username: String,
    /// When the person had last signed in.
    pub auth_time: Timestamp,
    /// In which session.
    pub session_id: Option<Id<BrowserSession>>,
}

/// Stores a token that was issued.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(tx: &Tx, token: &OpaqueToken, digest: &HandleDigest) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(token.id.as_uuid()),
        digest: Set(digest.as_bytes().to_vec()),
        grant_id: Set(token.grant_id.map(Id::as_uuid)),
        client_id: Set(token.client_id.as_uuid()),
        user_id: Set(token.user_id.map(Id::as_uuid)),
        scope: Set(token.scope.to_string()),
        audience: Set(token.audience.clone()),
        dpop_jkt: Set(token.dpop_jkt.as_ref().map(|it| it.as_str().to_owned())),
        issued_at: Set(token.issued_at.as_millis()),
        expires_at: Set(token.expires_at.as_millis()),
        revoked_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// The token with this digest, expired or not.
///
/// # Errors
///
/// When the database fails.
pub async fn find(
    db: &impl Read,
    digest: &HandleDigest,
    now: Timestamp,
) -> Result<Option<KnownToken>, StoreError> {
    let to_grant: RelationDef = Entity::belongs_to(token_grant::Entity)
        .from(Column::GrantId)
        .to(token_grant::Column::Id)
        .into();
    let to_account: RelationDef =
        Entity::belongs_to(account::Entity).from(Column::UserId).to(account::Column::Id).into();
    let row = Entity::find()
        .column_as(token_grant::Column::RevokedAt, "grant_revoked_at")
        .column_as(token_grant::Column::AuthTime, "auth_time")
        .column_as(token_grant::Column::SessionId, "session_id")
        .column_as(token_grant::Column::Scope, "granted")
        .column_as(browser_session::Column::Id, "live_session")
        .column_as(account::Column::Status, "user_status")
        .column_as(account::Column::Username, "username")
        .join(JoinType::LeftJoin, to_grant)
        .join(JoinType::LeftJoin, to_account)
        .join(JoinType::LeftJoin, to_session(now))
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .into_model::<Row>()
        .one(db.conn())
        .await?;
    row.map(KnownToken::try_from).transpose()
}

/// Revokes the token if it is `client_id`'s; says whether it was live.
///
/// # Errors
///
/// When the database fails.
pub async fn revoke(
    tx: &Tx,
    digest: &HandleDigest,
    client_id: Id<Client>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    tx.invalidate_caches();
    let revoked = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now.as_millis()))
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .filter(Column::ClientId.eq(client_id.as_uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(revoked.rows_affected > 0)
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    grant_id: Option<Uuid>,
    client_id: Uuid,
    user_id: Option<Uuid>,
    scope: String,
    audience: String,
    dpop_jkt: Option<String>,
    issued_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    grant_revoked_at: Option<i64>,
    auth_time: Option<i64>,
    session_id: Option<Uuid>,
    granted: Option<String>,
    live_session: Option<Uuid>,
    user_status: Option<String>,
    username: Option<String>,
}

impl TryFrom<Row> for KnownToken {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let session_id = row.session_id.map(Id::from_uuid);
        let granted = row.granted.map(|it| column::convert("token_grant.scope", it)).transpose()?;
        let needs_session = granted.is_some_and(|it| ends_with_session(session_id, &it));
        let holder = match (row.user_status, row.username, row.auth_time) {
            (Some(status), Some(username), Some(auth_time)) => Some(TokenHolder {
                status: column::parse("account.status", &status)?,
                username,
                auth_time: Timestamp::from_millis(auth_time),
                session_id,
            }),
            _ => None,
        };
        Ok(Self {
            is_revoked: row.revoked_at.is_some() || row.grant_revoked_at.is_some(),
            session_ended: needs_session && row.live_session.is_none(),
            holder,
            token: OpaqueToken {
                id: Id::from_uuid(row.id),
                grant_id: row.grant_id.map(Id::from_uuid),
                client_id: Id::from_uuid(row.client_id),
                user_id: row.user_id.map(Id::from_uuid),
                scope: column::convert("opaque_token.scope", row.scope)?,
                audience: row.audience,
                dpop_jkt: column::convert_if("opaque_token.dpop_jkt", row.dpop_jkt)?,
                issued_at: Timestamp::from_millis(row.issued_at),
                expires_at: Timestamp::from_millis(row.expires_at),
            },
        })
    }
}
