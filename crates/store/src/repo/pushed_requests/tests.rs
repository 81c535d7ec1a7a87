//! A request is found by its client and spent once.

use std::time::Duration;

use domain::HandleKind;

use super::*;
use crate::testing::{NOW, Seeded, client, handles, store, winners_of_sixteen};

async fn pushed(store: &crate::Store) -> (HandleDigest, PushedRequest) {
    let (_, digest) = handles().issue(HandleKind::PushedRequest, &Seeded::from(1));
    let request = PushedRequest {
        client_id: client(store, "app").await,
        parameters: Parameters::parse(b"state=a+b&resource=x&resource=y").unwrap(),
        created_at: NOW,
        expires_at: NOW.plus(Duration::from_mins(1)),
    };
    let entropy = Seeded::from(2);
    store.write(async |tx| insert(tx, &digest, &request, &entropy).await).await.unwrap();
    (digest, request)
}

async fn spent(store: &crate::Store, digest: &HandleDigest, now: Timestamp) -> bool {
    store.write(async |tx| spend(tx, digest, now).await).await.unwrap()
}

#[tokio::test]
async fn a_request_is_found_by_its_client_until_it_ends() {
    let (store, _folder) = store().await;
    let (digest, request) = pushed(&store).await;
    let other = Id::from_uuid(Uuid::from_u128(1));

    let found = find(&store, &digest, request.client_id, NOW).await.unwrap().unwrap();

    assert_eq!(found.encode(), "state=a+b&resource=x&resource=y");
    for (client_id, now) in [(other, NOW), (request.client_id, request.expires_at)] {
        assert!(find(&store, &digest, client_id, now).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn sixteen_answers_at_once_spend_it_once() {
    let (store, _folder) = store().await;
    let (digest, request) = pushed(&store).await;
    let late = request.expires_at.plus(Duration::from_mins(5));

    let won = winners_of_sixteen(|_| {
        let store = store.clone();
        async move { spent(&store, &digest, late).await }
    })
    .await;

    assert_eq!(won, 1);
    assert!(find(&store, &digest, request.client_id, NOW).await.unwrap().is_none());
}
