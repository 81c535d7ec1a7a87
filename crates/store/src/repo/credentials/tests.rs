//! Who is found, and who may set the server up.

use super::*;
use crate::testing::{NOW, store, user, winners_of_sixteen};

#[tokio::test]
async fn a_person_is_found_by_user_name_and_by_address() {
    let (store, _folder) = store().await;
    let alice = user(&store, "alice").await;
    let bob = user(&store, "bob").await;

    for (identifier, expected) in [
        ("alice", Some(alice)),
        ("alice@example.test", Some(alice)),
        ("bob", Some(bob)),
        ("Alice", None),
        ("carol", None),
        ("", None),
    ] {
        let found = find_by_identifier(&store, identifier).await.unwrap();
        assert_eq!(found.map(|it| it.user.id), expected, "{identifier}");
    }
}

#[tokio::test]
async fn an_upgraded_hash_does_not_undo_a_change() {
    let (store, _folder) = store().await;
    let alice = user(&store, "alice").await;
    let hash = async || find(&store, alice).await.unwrap().unwrap().password_hash;
    store.write(async |tx| set_password_hash(tx, alice, "new", NOW).await).await.unwrap();

    store.write(async |tx| upgrade_password_hash(tx, alice, "old", "old+").await).await.unwrap();
    assert_eq!(hash().await.as_deref(), Some("new"));

    store.write(async |tx| upgrade_password_hash(tx, alice, "new", "new+").await).await.unwrap();
    assert_eq!(hash().await.as_deref(), Some("new+"));
}

#[tokio::test]
async fn one_of_sixteen_may_set_the_server_up() {
    let (store, _folder) = store().await;
    let won = winners_of_sixteen(|_| {
        let store = store.clone();
        async move { store.write(async |tx| claim_set_up(tx, NOW).await).await.unwrap() }
    })
    .await;

    assert_eq!(won, 1);
}
