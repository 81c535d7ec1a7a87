//! Authorization requests that clients pushed, [RFC 9126], found by the digest of their handle.
//!
//! [RFC 9126]: https://www.rfc-editor.org/rfc/rfc9126

use domain::{Client, Entropy, HandleDigest, Id, Identified, Timestamp};
use protocol::Parameters;
use sea_orm::{ActiveValue::Set, EntityTrait as _, QueryFilter as _, prelude::*, sea_query::Expr};

use crate::{
    StoreError, Tx,
    entity::pushed_request::{ActiveModel, Column, Entity},
    store::{Connected as _, Read},
};

/// A request as its client pushed it.
#[derive(Debug, Clone)]
pub struct PushedRequest {
    /// Who pushed it; nobody else may refer to it.
    pub client_id: Id<Client>,
    /// Its parameters, none of which proves the client.
    pub parameters: Parameters,
    /// When it was pushed.
    pub created_at: Timestamp,
    /// When it can no longer be referred to.
    pub expires_at: Timestamp,
}

impl Identified for PushedRequest {
    const PREFIX: &'static str = "par";
}

/// Keeps a request that was pushed.
///
/// # Errors
///
/// When the database fails.
pub async fn insert(
    tx: &Tx,
    digest: &HandleDigest,
    request: &PushedRequest,
    entropy: &dyn Entropy,
) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(Id::<PushedRequest>::new(request.created_at, entropy).as_uuid()),
        digest: Set(digest.as_bytes().to_vec()),
        client_id: Set(request.client_id.as_uuid()),
        parameters: Set(request.parameters.encode()),
        created_at: Set(request.created_at.as_millis()),
        expires_at: Set(request.expires_at.as_millis()),
        spent_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// The parameters that `client_id` pushed, while they can be referred to.
///
/// # Errors
///
/// When the database fails.
pub async fn find(
    db: &impl Read,
    digest: &HandleDigest,
    client_id: Id<Client>,
    now: Timestamp,
) -> Result<Option<Parameters>, StoreError> {
    let row = Entity::find()
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .filter(Column::ClientId.eq(client_id.as_uuid()))
        .filter(Column::SpentAt.is_null())
        .filter(Column::ExpiresAt.gt(now.as_millis()))
        .one(db.conn())
        .await?;
    row.map(|row| {
        Parameters::parse(row.parameters.as_bytes())
            .map_err(|_reason| StoreError::Corrupt("pushed_request.parameters"))
    })
    .transpose()
}

/// Spends a request for the one answer that it gets; says whether this call did.
///
/// Its end is not asked: people take longer to sign in than a client to send them here.
///
/// # Errors
///
/// When the database fails.
pub async fn spend(tx: &Tx, digest: &HandleDigest, now: Timestamp) -> Result<bool, StoreError> {
    let spent = Entity::update_many()
        .col_expr(Column::SpentAt, Expr::value(now.as_millis()))
        .filter(Column::Digest.eq(digest.as_bytes().to_vec()))
        .filter(Column::SpentAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(spent.rows_affected == 1)
}

#[cfg(test)]
mod tests;
