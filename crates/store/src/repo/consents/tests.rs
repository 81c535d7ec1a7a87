//! Approvals add up, also when they come at the same moment.

use super::*;
use crate::{
    repo::issued::{IssuedFilter, Which, remove_consents},
    testing::{NOW, Seeded, client, store, two_nodes, user, winners_of_sixteen},
};

fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

#[tokio::test]
async fn only_what_is_new_is_added() {
    let (store, _folder) = store().await;
    let entropy = Seeded::default();
    let (user, client) = (user(&store, "alice").await, client(&store, "app").await);
    let approve = async |text: &str| {
        let entropy: &dyn Entropy = &entropy;
        let when = (NOW, entropy);
        let scope = scope(text);
        store.write(async |tx| grow(tx, user, client, &scope, when).await).await.unwrap();
    };

    assert_eq!(scope_of(&store, user, client).await.unwrap(), scope(""));
    approve("openid email").await;
    approve("email photos.read").await;
    approve("openid").await;

    assert_eq!(scope_of(&store, user, client).await.unwrap(), scope("openid email photos.read"));
}

#[tokio::test]
async fn approvals_at_the_same_moment_are_all_kept() {
    let (store, _folder) = store().await;
    let (user, client) = (user(&store, "alice").await, client(&store, "app").await);
    let kept = winners_of_sixteen(|n| {
        let store = store.clone();
        async move {
            let entropy = Seeded::from(100 + n);
            let scope = scope(&format!("s{n}"));
            let entropy: &dyn Entropy = &entropy;
            let when = (NOW, entropy);
            store.write(async |tx| grow(tx, user, client, &scope, when).await).await.is_ok()
        }
    })
    .await;

    assert_eq!(kept, 16);
    assert_eq!(scope_of(&store, user, client).await.unwrap().len(), 16);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_approval_during_a_withdrawal_comes_before_or_after_it() {
    let (first, second) = two_nodes("withdrawals").await;
    let (user, client) = (user(&first, "alice").await, client(&first, "app").await);
    let withdraw = async || {
        let filter = IssuedFilter { user: Some(user), ..IssuedFilter::default() };
        for _ in 0..200 {
            let which = Which { id: None, filter: &filter, owner_seen: None };
            second.write(async |tx| remove_consents(tx, &which).await).await.unwrap();
        }
    };
    let approve = async |n: u64| {
        let entropy = Seeded::from(200 + n);
        for round in 0..100 {
            let scope = scope(&format!("s{n}.{}", round % 5));
            let entropy: &dyn Entropy = &entropy;
            let when = (NOW, entropy);
            first.write(async |tx| grow(tx, user, client, &scope, when).await).await.unwrap();
        }
    };

    tokio::join!(withdraw(), approve(0), approve(1), approve(2));

    assert!(scope_of(&first, user, client).await.is_ok());
}
