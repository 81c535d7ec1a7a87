//! Approvals add up, also when they come at the same moment.

use super::*;
use crate::testing::{NOW, Seeded, client, store, user, winners_of_sixteen};

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
