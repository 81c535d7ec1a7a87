//! A link works once, whoever else spends it at the same moment.

use std::time::Duration;

use domain::HandleKind;

use super::*;
use crate::testing::{NOW, Seeded, handles, store, winners_of_sixteen};

fn link(purpose: LinkPurpose) -> OneTimeLink {
    OneTimeLink {
        purpose,
        user_id: None,
        created_at: NOW,
        expires_at: NOW.plus(Duration::from_mins(1)),
    }
}

#[tokio::test]
async fn sixteen_at_once_spend_a_link_once() {
    let (store, _folder) = store().await;
    let entropy = Seeded::default();
    let (_, digest) = handles().issue(HandleKind::SetupLink, &entropy);
    let made = link(LinkPurpose::SetUp);
    store.write(async |tx| insert(tx, &digest, &made, &entropy).await).await.unwrap();

    let won = winners_of_sixteen(|_| {
        let store = store.clone();
        async move {
            store
                .write(async |tx| consume(tx, LinkPurpose::SetUp, &digest, None, NOW).await)
                .await
                .unwrap()
        }
    })
    .await;

    assert_eq!(won, 1);
    assert!(find(&store, LinkPurpose::SetUp, &digest, NOW).await.unwrap().is_none());
}

#[tokio::test]
async fn a_link_does_nothing_for_another_purpose_or_person_or_too_late() {
    let (store, _folder) = store().await;
    let entropy = Seeded::default();
    let (_, digest) = handles().issue(HandleKind::SetupLink, &entropy);
    let made = link(LinkPurpose::SetUp);
    store.write(async |tx| insert(tx, &digest, &made, &entropy).await).await.unwrap();
    let someone = Some(Id::new(NOW, &entropy));
    let spend = async |purpose, user, now| {
        store.write(async |tx| consume(tx, purpose, &digest, user, now).await).await.unwrap()
    };

    assert!(!spend(LinkPurpose::SignIn, None, NOW).await);
    assert!(!spend(LinkPurpose::SetUp, someone, NOW).await);
    assert!(!spend(LinkPurpose::SetUp, None, made.expires_at).await);
    assert!(spend(LinkPurpose::SetUp, None, NOW).await);
    assert!(!spend(LinkPurpose::SetUp, None, NOW).await);
}
