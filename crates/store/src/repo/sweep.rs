//! Deleting what has expired, in small batches.

use std::time::Duration;

use domain::Timestamp;
use sea_orm::{EntityTrait, QueryFilter as _, prelude::*, sea_query::Query};

use super::grants;
use crate::{
    StoreError, Tx,
    entity::{
        authorization_code, authorization_request, browser_session, device_authorization,
        idempotency_record, one_time_link, opaque_token, pushed_request, revoked_token, spent_jwt,
        token_family,
    },
    store::Connected as _,
};

/// How long a spent or expired code is remembered, so that its replay is known.
const CODE_MEMORY: Duration = Duration::from_hours(24);
/// How long a request of a device is remembered after its end, so that the device learns
/// why it gets nothing and a replay of its code is known. Anyone can make one.
const DEVICE_MEMORY: Duration = Duration::from_hours(1);
/// How long a pushed request is remembered, so that its answer can spend it: longer than a
/// request waits for its person.
const PUSHED_MEMORY: Duration = Duration::from_hours(1);
/// How long an expired session is remembered.
const SESSION_MEMORY: Duration = Duration::from_hours(24);
/// How long a grant without a refresh token is remembered: far longer than the
/// access tokens that name it live.
const GRANT_MEMORY: Duration = Duration::from_hours(8 * 24);

/// Deletes up to `limit` expired rows of each kind; says how many there were.
///
/// # Errors
///
/// When the database fails.
pub async fn expired(tx: &Tx, now: Timestamp, limit: u64) -> Result<u64, StoreError> {
    macro_rules! delete {
        ($($table:ident.$column:ident < $before:expr;)*) => {
            [$(
                delete::<$table::Entity>(
                    tx,
                    $table::Column::Id,
                    $table::Column::$column.lt($before.as_millis()),
                    limit,
                )
                .await?,
            )*]
        };
    }
    let deleted = delete! {
        authorization_request.ExpiresAt < now;
        pushed_request.ExpiresAt < now.minus(PUSHED_MEMORY);
        authorization_code.ExpiresAt < now.minus(CODE_MEMORY);
        device_authorization.ExpiresAt < now.minus(DEVICE_MEMORY);
        token_family.IdleExpiresAt < now;
        opaque_token.ExpiresAt < now;
        revoked_token.ExpiresAt < now;
        spent_jwt.ExpiresAt < now;
        idempotency_record.ExpiresAt < now;
        one_time_link.ExpiresAt < now;
        browser_session.IdleExpiresAt < now.minus(SESSION_MEMORY);
    };
    let grants = grants::sweep(tx, now.minus(GRANT_MEMORY), limit).await?;
    Ok(deleted.iter().sum::<u64>() + grants)
}

async fn delete<E: EntityTrait>(
    tx: &Tx,
    id: E::Column,
    is_expired: Expr,
    limit: u64,
) -> Result<u64, StoreError> {
    let batch =
        Query::select().column(id).from(E::default()).and_where(is_expired).limit(limit).to_owned();
    Ok(E::delete_many().filter(id.in_subquery(batch)).exec(tx.conn()).await?.rows_affected)
}

#[cfg(test)]
mod tests {
    use domain::{CodeGrant, Grant, HandleKind, Id};
    use protocol::Scope;

    use super::*;
    use crate::{
        repo::authorization_codes,
        testing::{NOW, Seeded, client, handles, store, user},
    };

    #[tokio::test]
    async fn what_is_over_goes_when_nobody_can_ask_for_it_any_more() {
        let (store, _folder) = store().await;
        let (user, client) = (user(&store, "alice").await, client(&store, "app").await);
        let grant = Grant {
            id: Id::new(NOW, &Seeded::from(1)),
            client_id: client,
            user_id: user,
            session_id: None,
            scope: Scope::default(),
            resources: Vec::new(),
            auth_time: NOW,
            amr: Vec::new(),
            created_at: NOW,
            revoked_at: None,
        };
        let code = CodeGrant {
            grant: grant.clone(),
            redirect_uri: "https://app.test/cb".to_owned(),
            redirect_uri_was_sent: true,
            code_challenge: None,
            dpop_jkt: None,
            nonce: None,
            expires_at: NOW,
        };
        let (_, digest) = handles().issue(HandleKind::AuthorizationCode, &Seeded::from(2));
        store
            .write(async |tx| {
                grants::insert(tx, &grant).await?;
                authorization_codes::insert(tx, &code, &digest, NOW).await
            })
            .await
            .unwrap();
        let sweep = async |later: Duration| {
            store.write(async |tx| expired(tx, NOW.plus(later), 100).await).await.unwrap()
        };

        assert_eq!(sweep(CODE_MEMORY).await, 0);
        assert_eq!(sweep(CODE_MEMORY + Duration::from_millis(1)).await, 1);
        assert_eq!(sweep(GRANT_MEMORY).await, 0);
        assert_eq!(sweep(GRANT_MEMORY + Duration::from_millis(1)).await, 1);
        assert!(grants::find(&store, grant.id).await.unwrap().is_none());
    }
}
