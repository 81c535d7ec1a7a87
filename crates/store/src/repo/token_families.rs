//! Refresh tokens: one live token a family, rotated by one guarded statement.

use std::time::Duration;

use domain::{Client, Grant, HandleDigest, Id, Timestamp, TokenFamily};
use sea_orm::{
    ActiveValue::Set,
    Condition, EntityTrait as _, FromQueryResult, JoinType, QueryFilter as _, QuerySelect as _,
    RelationDef,
    prelude::*,
    sea_query::{Expr, ExprTrait as _},
};

use super::grants::{Holder, to_account, to_session};
use crate::{
    StoreError, Tx, column,
    entity::{
        account, browser_session, spent_refresh_token,
        token_family::{ActiveModel, Column, Entity},
        token_grant,
    },
    store::{Connected as _, Read},
};

/// A family that begins.
#[derive(Debug, Clone)]
pub struct NewFamily {
    /// The family; its generation is zero.
    pub family: TokenFamily,
    /// Who holds its tokens.
    pub client_id: Id<Client>,
    /// The digest of its first token.
    pub leaf: HandleDigest,
    /// When it begins.
    pub created_at: Timestamp,
}

/// A refresh token that was presented, and all that decides about it.
#[derive(Debug, Clone)]
pub struct Presented {
    /// Its family.
    pub family: TokenFamily,
    /// What it renews.
    pub grant: Grant,
    /// Where it stands in the family.
    pub position: Position,
    /// Whether the family or the grant was revoked.
    pub is_revoked: bool,
    /// The person whose access it is.
    pub holder: Holder,
}

/// Where a token stands in its family.
#[derive(Debug, Clone)]
pub enum Position {
    /// It is the live one.
    Leaf,
    /// It was replaced by the live one.
    Previous(Replaced),
    /// It was replaced longer ago.
    Spent,
}

/// A token that the live one replaced.
#[derive(Debug, Clone)]
pub struct Replaced {
    /// When it was replaced.
    pub rotated_at: Timestamp,
    /// The live token, sealed to the holder of this one.
    pub successor: Vec<u8>,
    /// The digest of the live token.
    pub leaf: HandleDigest,
    /// Whether the live token has been used since.
    pub leaf_was_used: bool,
}

/// One step of a family.
#[derive(Debug)]
pub struct Rotation<'a> {
    /// The family.
    pub family_id: Id<TokenFamily>,
    /// Who holds it.
    pub client_id: Id<Client>,
    /// The token that is replaced; it must still be the live one.
    pub presented: &'a HandleDigest,
    /// The token that replaces it.
    pub successor: &'a HandleDigest,
    /// The text of the successor, sealed to the holder of the presented token.
    pub sealed_successor: Vec<u8>,
    /// When the family ends unless it is used before.
    pub idle_expires_at: Timestamp,
}

impl Replaced {
    /// Whether the successor may be handed out once more: the answer that held
    /// it may have been lost.
    #[must_use]
    pub fn is_within(&self, grace: Duration, now: Timestamp) -> bool {
        !self.leaf_was_used && now < self.rotated_at.plus(grace)
    }
}

/// Stores a family with its first token.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(tx: &Tx, new: &NewFamily) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(new.family.id.as_uuid()),
        grant_id: Set(new.family.grant_id.as_uuid()),
        client_id: Set(new.client_id.as_uuid()),
        generation: Set(new.family.generation),
        dpop_jkt: Set(new.family.dpop_jkt.as_ref().map(|it| it.as_str().to_owned())),
        leaf: Set(new.leaf.as_bytes().to_vec()),
        previous: Set(None),
        previous_box: Set(None),
        rotated_at: Set(None),
        leaf_used_at: Set(None),
        idle_expires_at: Set(new.family.idle_expires_at.as_millis()),
        expires_at: Set(new.family.expires_at.as_millis()),
        revoked_at: Set(None),
        created_at: Set(new.created_at.as_millis()),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// The refresh token with this digest, whatever became of it.
///
/// # Errors
///
/// When the database fails.
pub async fn find(
    db: &impl Read,
    digest: &HandleDigest,
    now: Timestamp,
) -> Result<Option<Presented>, StoreError> {
    let bytes = digest.as_bytes().to_vec();
    let here = Condition::any().add(Column::Leaf.eq(bytes.clone())).add(Column::Previous.eq(bytes));
    if let Some(row) = one(db, here, now).await? {
        let position = row.position(digest)?;
        return row.presented(position).map(Some);
    }
    let spent =
        spent_refresh_token::Entity::find_by_id(digest.as_bytes().to_vec()).one(db.conn()).await?;
    let Some(spent) = spent else { return Ok(None) };
    let row = one(db, Condition::all().add(Column::Id.eq(spent.family_id)), now).await?;
    row.map(|row| row.presented(Position::Spent)).transpose()
}

async fn one(db: &impl Read, which: Condition, now: Timestamp) -> Result<Option<Row>, StoreError> {
    let to_grant: RelationDef = Entity::belongs_to(token_grant::Entity)
        .from(Column::GrantId)
        .to(token_grant::Column::Id)
        .into();
    Ok(Entity::find()
        .column_as(token_grant::Column::UserId, "user_id")
        .column_as(token_grant::Column::SessionId, "session_id")
        .column_as(token_grant::Column::Scope, "scope")
        .column_as(token_grant::Column::Resources, "resources")
        .column_as(token_grant::Column::AuthTime, "auth_time")
        .column_as(token_grant::Column::Amr, "amr")
        .column_as(token_grant::Column::CreatedAt, "granted_at")
        .column_as(token_grant::Column::RevokedAt, "grant_revoked_at")
        .column_as(account::Column::Status, "user_status")
        .column_as(account::Column::Username, "username")
        .column_as(browser_session::Column::Id, "live_session")
        .join(JoinType::InnerJoin, to_grant)
        .join(JoinType::InnerJoin, to_account())
        .join(JoinType::LeftJoin, to_session(now))
        .filter(which)
        .into_model::<Row>()
        .one(db.conn())
        .await?)
}

/// Replaces the live token if the presented one still is it, whatever else runs
/// at the same moment; says whether it did.
///
/// # Errors
///
/// When the database fails.
pub async fn rotate(tx: &Tx, rotation: &Rotation<'_>, now: Timestamp) -> Result<bool, StoreError> {
    let presented = rotation.presented.as_bytes().to_vec();
    let won = Entity::update_many()
        .col_expr(Column::Previous, Expr::col(Column::Leaf))
        .col_expr(Column::Leaf, Expr::value(rotation.successor.as_bytes().to_vec()))
        .col_expr(Column::PreviousBox, Expr::value(rotation.sealed_successor.clone()))
        .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
        .col_expr(Column::RotatedAt, Expr::value(now.as_millis()))
        .col_expr(Column::LeafUsedAt, Expr::value(None::<i64>))
        .col_expr(Column::IdleExpiresAt, Expr::value(rotation.idle_expires_at.as_millis()))
        .filter(is_live_leaf(rotation.family_id, rotation.client_id, rotation.presented, now))
        .exec(tx.conn())
        .await?
        .rows_affected
        == 1;
    if won {
        let spent = spent_refresh_token::ActiveModel {
            digest: Set(presented),
            family_id: Set(rotation.family_id.as_uuid()),
        };
        spent_refresh_token::Entity::insert(spent).exec_without_returning(tx.conn()).await?;
    }
    Ok(won)
}

/// Notes that the live token was used and stays; says whether it still is the live one.
///
/// # Errors
///
/// When the database fails.
pub async fn touch(
    tx: &Tx,
    presented: &Presented,
    leaf: &HandleDigest,
    idle_expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let touched = Entity::update_many()
        .col_expr(Column::LeafUsedAt, Expr::value(now.as_millis()))
        .col_expr(Column::IdleExpiresAt, Expr::value(idle_expires_at.as_millis()))
        .filter(is_live_leaf(presented.family.id, presented.grant.client_id, leaf, now))
        .exec(tx.conn())
        .await?;
    Ok(touched.rows_affected == 1)
}

fn is_live_leaf(
    id: Id<TokenFamily>,
    client_id: Id<Client>,
    leaf: &HandleDigest,
    now: Timestamp,
) -> Condition {
    Condition::all()
        .add(Column::Id.eq(id.as_uuid()))
        .add(Column::ClientId.eq(client_id.as_uuid()))
        .add(Column::Leaf.eq(leaf.as_bytes().to_vec()))
        .add(Column::RevokedAt.is_null())
        .add(Column::IdleExpiresAt.gt(now.as_millis()))
        .add(Column::ExpiresAt.gt(now.as_millis()))
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    grant_id: Uuid,
    client_id: Uuid,
    generation: i64,
    dpop_jkt: Option<String>,
    leaf: Vec<u8>,
    previous_box: Option<Vec<u8>>,
    rotated_at: Option<i64>,
    leaf_used_at: Option<i64>,
    idle_expires_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    user_id: Uuid,
    session_id: Option<Uuid>,
    scope: String,
    resources: String,
    auth_time: i64,
    amr: String,
    granted_at: i64,
    grant_revoked_at: Option<i64>,
    user_status: String,
    username: String,
    live_session: Option<Uuid>,
}

impl Row {
    fn position(&self, digest: &HandleDigest) -> Result<Position, StoreError> {
        if self.leaf == digest.as_bytes() {
            return Ok(Position::Leaf);
        }
        match (&self.previous_box, self.rotated_at) {
            (Some(successor), Some(rotated_at)) => Ok(Position::Previous(Replaced {
                rotated_at: Timestamp::from_millis(rotated_at),
                successor: successor.clone(),
                leaf: column::digest("token_family.leaf", &self.leaf)?,
                leaf_was_used: self.leaf_used_at.is_some(),
            })),
            _ => Err(StoreError::Corrupt("token_family.previous_box")),
        }
    }

    fn presented(self, position: Position) -> Result<Presented, StoreError> {
        let grant_id = Id::<Grant>::from_uuid(self.grant_id);
        Ok(Presented {
            family: TokenFamily {
                id: Id::from_uuid(self.id),
                grant_id,
                generation: self.generation,
                dpop_jkt: column::convert_if("token_family.dpop_jkt", self.dpop_jkt)?,
                idle_expires_at: Timestamp::from_millis(self.idle_expires_at),
                expires_at: Timestamp::from_millis(self.expires_at),
            },
            is_revoked: self.revoked_at.is_some() || self.grant_revoked_at.is_some(),
            holder: Holder {
                status: column::parse("account.status", &self.user_status)?,
                username: self.username,
                session_lives: self.live_session.is_some(),
            },
            grant: Grant {
                id: grant_id,
                client_id: Id::from_uuid(self.client_id),
                user_id: Id::from_uuid(self.user_id),
                session_id: self.session_id.map(Id::from_uuid),
                scope: column::convert("token_grant.scope", self.scope)?,
                resources: column::texts(&self.resources),
                auth_time: Timestamp::from_millis(self.auth_time),
                amr: column::texts(&self.amr),
                created_at: Timestamp::from_millis(self.granted_at),
                revoked_at: self.grant_revoked_at.map(Timestamp::from_millis),
            },
            position,
        })
    }
}

#[cfg(test)]
mod tests;
