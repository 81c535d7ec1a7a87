//! A device is answered once and buys once, whoever else tries at the same moment.

use std::time::Duration;

use domain::{Client, HandleKind, User};
use protocol::Scope;
use tokio::sync::oneshot;

use super::*;
use crate::{
    Store,
    repo::{
        issued::{self, IssuedFilter, Which},
        sweep,
    },
    testing::{
        NOW, Seeded, client, handles, store, two_nodes, until_somebody_waits, user,
        winners_of_sixteen,
    },
};

const USER_CODE: [u8; 32] = [7; 32];
const INTERVAL: u32 = 5;
const END: Timestamp = Timestamp::from_millis(NOW.as_millis() + 600_000);

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn device_code(seed: u64) -> HandleDigest {
    handles().issue(HandleKind::DeviceCode, &Seeded::from(seed)).1
}

/// A request that waits, its client and a person.
struct Asked {
    store: Store,
    client: Id<Client>,
    user: Id<User>,
    digest: HandleDigest,
    grant: Grant,
}

impl Asked {
    async fn at(store: Store) -> Self {
        let (user, client) = (user(&store, "alice").await, client(&store, "app").await);
        let digest = device_code(1);
        let asked = authorization(client, 2);
        let codes = Codes { device: &digest, user: &USER_CODE };
        assert!(store.write(async |tx| insert(tx, &asked, codes, INTERVAL).await).await.unwrap());
        let grant = Grant {
            id: asked.grant_id,
            client_id: client,
            user_id: user,
            session_id: None,
            scope: Scope::parse("openid").unwrap(),
            resources: Vec::new(),
            auth_time: NOW,
            amr: vec!["pwd".to_owned()],
            created_at: NOW,
            revoked_at: None,
        };
        Self { store, client, user, digest, grant }
    }

    async fn approve(&self, now: Timestamp) -> bool {
        let approved = async |tx: &Tx| approve(tx, &USER_CODE, &self.grant, now).await;
        self.store.write(approved).await.unwrap()
    }

    async fn deny(&self) -> bool {
        self.store.write(async |tx| deny(tx, &USER_CODE, NOW).await).await.unwrap()
    }

    async fn poll(&self, now: Timestamp) -> Polled {
        let polled = async |tx: &Tx| poll(tx, &self.digest, self.client, now).await;
        self.store.write(polled).await.unwrap()
    }
}

fn authorization(client: Id<Client>, seed: u64) -> DeviceAuthorization {
    DeviceAuthorization {
        grant_id: Id::new(NOW, &Seeded::from(seed)),
        client_id: client,
        scope: Scope::parse("openid photos.read").unwrap(),
        resources: vec!["https://photos.test".to_owned()],
        address: "203.0.113.7".parse().ok(),
        created_at: NOW,
        expires_at: END,
    }
}

#[tokio::test]
async fn what_was_approved_is_redeemed_once_with_what_was_granted() {
    let (store, _folder) = store().await;
    let asked = Asked::at(store).await;
    let waiting = find_waiting(&asked.store, &USER_CODE, NOW).await.unwrap().unwrap();
    assert_eq!(waiting.scope.to_string(), "openid photos.read");
    assert_eq!(waiting.address, "203.0.113.7".parse().ok());

    assert!(asked.approve(NOW).await);
    assert!(!asked.approve(NOW).await, "an answer is given once");
    assert!(!asked.deny().await);
    assert!(find_waiting(&asked.store, &USER_CODE, NOW).await.unwrap().is_none());

    let Polled::Now(grant) = asked.poll(after(1)).await else { panic!("not redeemed") };
    assert_eq!((grant.user_id, grant.scope.to_string()), (asked.user, "openid".to_owned()));
    assert_eq!(grant.created_at, after(1));
    assert_eq!(grant.resources, ["https://photos.test"]);
    assert!(matches!(asked.poll(after(2)).await, Polled::Already(_)));
    assert!(matches!(asked.poll(END).await, Polled::Already(_)), "a replay is known later too");
}

#[tokio::test]
async fn who_polls_too_soon_waits_five_seconds_longer_each_time() {
    let (store, _folder) = store().await;
    let asked = Asked::at(store).await;

    assert!(matches!(asked.poll(NOW).await, Polled::Pending), "the first is never too soon");
    assert!(matches!(asked.poll(after(5)).await, Polled::Pending));
    let ticked = after(10).minus(Duration::from_millis(900));
    assert!(matches!(asked.poll(ticked).await, Polled::Pending), "a ticker is not exact");
    assert!(matches!(asked.poll(after(12)).await, Polled::TooSoon));
    assert!(matches!(asked.poll(after(17)).await, Polled::TooSoon), "now it is ten");
    assert!(matches!(asked.poll(after(32)).await, Polled::Pending), "and now fifteen");
    assert!(matches!(asked.poll(after(42)).await, Polled::TooSoon));

    assert!(asked.approve(after(43)).await);
    assert!(matches!(asked.poll(after(43)).await, Polled::Now(_)), "an answer waits for nobody");
}

#[tokio::test]
async fn the_other_ends_are_told_apart() {
    let (store, _folder) = store().await;
    let asked = Asked::at(store).await;
    let other: Id<Client> = Id::new(NOW, &Seeded::from(99));
    let poll = async |digest: &HandleDigest, client, now| {
        asked.store.write(async |tx| poll(tx, digest, client, now).await).await.unwrap()
    };

    assert!(matches!(poll(&device_code(77), asked.client, NOW).await, Polled::Unknown));
    assert!(matches!(poll(&asked.digest, other, NOW).await, Polled::Unbound));
    assert!(matches!(poll(&asked.digest, asked.client, END).await, Polled::Expired));
    assert!(!asked.approve(END).await, "nor is it answered any more");
    assert!(asked.deny().await);
    assert!(matches!(poll(&asked.digest, other, NOW).await, Polled::Unbound));
    assert!(matches!(poll(&asked.digest, asked.client, NOW).await, Polled::Denied));
}

#[tokio::test]
async fn a_user_code_is_given_to_one_request_at_a_time() {
    let (store, _folder) = store().await;
    let asked = Asked::at(store).await;
    let second = authorization(asked.client, 3);
    let digest = device_code(4);
    let keep = async |user: &[u8; 32]| {
        let codes = Codes { device: &digest, user };
        asked.store.write(async |tx| insert(tx, &second, codes, INTERVAL).await).await.unwrap()
    };

    assert!(!keep(&USER_CODE).await);
    assert!(keep(&[8; 32]).await);
}

#[tokio::test]
async fn revoking_ends_what_was_approved_and_not_yet_redeemed() {
    let (store, _folder) = store().await;
    let asked = Asked::at(store).await;
    let revoke = async |user| {
        let filter = IssuedFilter { user: Some(user), ..IssuedFilter::default() };
        let which = Which { id: None, filter: &filter, owner_seen: None };
        let revoked = async |tx: &Tx| issued::revoke_live_grants(tx, &which, NOW).await;
        asked.store.write(revoked).await.unwrap()
    };
    assert!(asked.approve(NOW).await);

    revoke(Id::new(NOW, &Seeded::from(98))).await;
    assert!(
        asked
            .store
            .write(async |tx| {
                let polled = poll(tx, &asked.digest, asked.client, NOW).await?;
                release(tx, &asked.digest).await?;
                Ok(matches!(polled, Polled::Now(_)))
            })
            .await
            .unwrap()
    );
    revoke(asked.user).await;

    assert!(matches!(asked.poll(NOW).await, Polled::Expired));
}

#[tokio::test]
async fn a_request_is_forgotten_an_hour_after_its_end() {
    let (store, _folder) = store().await;
    let asked = Asked::at(store).await;
    let sweep =
        async |now| asked.store.write(async |tx| sweep::expired(tx, now, 100).await).await.unwrap();
    let hour = END.plus(Duration::from_hours(1));

    assert_eq!(sweep(hour).await, 0);
    assert!(matches!(asked.poll(hour).await, Polled::Expired));
    assert_eq!(sweep(hour.plus(Duration::from_millis(1))).await, 1);
    assert!(matches!(asked.poll(hour).await, Polled::Unknown));
}

#[tokio::test]
async fn sixteen_at_once_on_two_nodes_redeem_once() {
    let (first, second) = two_nodes("device_code").await;
    let asked = Asked::at(first.clone()).await;
    assert!(asked.approve(NOW).await);
    let (client, digest) = (asked.client, asked.digest);

    let won = winners_of_sixteen(|n| {
        let store = if n % 2 == 0 { first.clone() } else { second.clone() };
        async move {
            let polled =
                store.write(async |tx| poll(tx, &digest, client, NOW).await).await.unwrap();
            assert!(matches!(polled, Polled::Now(_) | Polled::Already(_)), "{polled:?}");
            matches!(polled, Polled::Now(_))
        }
    })
    .await;

    assert_eq!(won, 1);
}

#[tokio::test]
async fn sixteen_answers_at_once_on_two_nodes_are_one() {
    let (first, second) = two_nodes("device_answer").await;
    let asked = Asked::at(first.clone()).await;

    let won = winners_of_sixteen(|n| {
        let store = if n % 2 == 0 { first.clone() } else { second.clone() };
        let grant = asked.grant.clone();
        async move {
            let answered = async |tx: &Tx| match n % 4 {
                0 | 1 => approve(tx, &USER_CODE, &grant, NOW).await,
                _ => deny(tx, &USER_CODE, NOW).await,
            };
            store.write(answered).await.unwrap()
        }
    })
    .await;

    assert_eq!(won, 1);
}

#[tokio::test]
async fn sixteen_polls_at_once_on_two_nodes_are_one_that_is_in_time() {
    let (first, second) = two_nodes("device_poll").await;
    let asked = Asked::at(first.clone()).await;
    let (client, digest) = (asked.client, asked.digest);

    let in_time = winners_of_sixteen(|n| {
        let store = if n % 2 == 0 { first.clone() } else { second.clone() };
        async move {
            let polled =
                store.write(async |tx| poll(tx, &digest, client, NOW).await).await.unwrap();
            assert!(matches!(polled, Polled::Pending | Polled::TooSoon), "{polled:?}");
            matches!(polled, Polled::Pending)
        }
    })
    .await;

    assert_eq!(in_time, 1);
    // Fifteen times five seconds more.
    assert!(matches!(asked.poll(after(78)).await, Polled::TooSoon));
    assert!(matches!(asked.poll(after(78 + 85)).await, Polled::Pending));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_approval_during_a_poll_is_for_the_next_one() {
    let (first, second) = two_nodes("device_approval_and_poll").await;
    let asked = Asked::at(first).await;
    let (held, is_held) = oneshot::channel();
    let approving = async |tx: &Tx| {
        assert!(approve(tx, &USER_CODE, &asked.grant, NOW).await?);
        held.send(()).unwrap();
        until_somebody_waits(&asked.store).await;
        Ok(())
    };
    let polling = async {
        is_held.await.unwrap();
        let poll = async |tx: &Tx| poll(tx, &asked.digest, asked.client, after(1)).await;
        second.write(poll).await.unwrap()
    };

    let (approved, polled) = tokio::join!(asked.store.write(approving), polling);

    approved.unwrap();
    assert!(matches!(polled, Polled::Pending), "{polled:?}");
    assert!(matches!(asked.poll(after(2)).await, Polled::Now(_)));
}
