//! JWTs of others that count once, such as the assertions of clients.

use domain::Timestamp;
use sea_orm::{ActiveValue::Set, EntityTrait as _};

use crate::{
    Store, StoreError,
    entity::spent_jwt::{ActiveModel, Entity},
    store::Connected as _,
};

/// Spends the JWT that `id` stands for, which is of no use after `expires_at`; says whether this
/// was the first time.
///
/// A plain insert, and its unique violation is the answer: nothing that counts rows can be
/// mistaken about it.
///
/// # Errors
///
/// When the database fails.
pub async fn spend(store: &Store, id: [u8; 32], expires_at: Timestamp) -> Result<bool, StoreError> {
    let row = ActiveModel { id: Set(id.to_vec()), expires_at: Set(expires_at.as_millis()) };
    let insert = Entity::insert(row);
    let spent = store
        .write(async |tx| Ok(insert.exec_without_returning(tx.conn()).await.map(|_rows| ())?))
        .await;
    match spent {
        Ok(()) => Ok(true),
        Err(error) if error.is_unique_violation() => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        repo::sweep,
        testing::{NOW, store, two_nodes, winners_of_sixteen},
    };

    #[tokio::test]
    async fn a_jwt_counts_once_until_it_is_cleared() {
        let (store, _folder) = store().await;
        let end = NOW.plus(Duration::from_mins(5));
        let spend = async |id: u8| spend(&store, [id; 32], end).await.unwrap();

        assert!(spend(1).await);
        assert!(!spend(1).await);
        assert!(spend(2).await);
        let sweep = async |now| store.write(async |tx| sweep::expired(tx, now, 9).await).await;
        assert_eq!(sweep(end).await.unwrap(), 0);
        assert!(!spend(1).await);
        assert_eq!(sweep(end.plus(Duration::from_millis(1))).await.unwrap(), 2);
    }

    async fn race(nodes: [Store; 2], round: u8) -> usize {
        let attempt = move |n: u64| {
            let store = nodes[usize::from(n.is_multiple_of(2))].clone();
            async move { spend(&store, [round; 32], NOW).await.unwrap() }
        };
        winners_of_sixteen(attempt).await
    }

    #[tokio::test]
    async fn of_sixteen_at_once_on_two_nodes_one_wins() {
        let (first, second) = two_nodes("spent_jwts").await;
        for round in 0..20 {
            assert_eq!(race([first.clone(), second.clone()], round).await, 1, "round {round}");
        }
    }
}
