//! One live refresh token a family, whatever runs at the same moment.

use domain::{HandleKind, UserStatus};
use protocol::Scope;

use super::*;
use crate::{
    Store,
    repo::grants,
    testing::{NOW, Seeded, client, handles, lock, store, user, winners_of_sixteen},
};

const GRACE: Duration = Duration::from_secs(10);
const IDLE: Timestamp = Timestamp::from_millis(NOW.as_millis() + 600_000);
const END: Timestamp = Timestamp::from_millis(NOW.as_millis() + 6_000_000);

fn digest(seed: u64) -> HandleDigest {
    handles().issue(HandleKind::RefreshToken, &Seeded::from(seed)).1
}

struct Begun {
    store: Store,
    _folder: tempfile::TempDir,
    client: Id<Client>,
    family: Id<TokenFamily>,
    grant: Grant,
}

impl Begun {
    async fn family(leaf: HandleDigest) -> Self {
        let (store, folder) = store().await;
        let (user, client) = (user(&store, "alice").await, client(&store, "app").await);
        let grant = Grant {
            id: Id::new(NOW, &Seeded::from(1)),
            client_id: client,
            user_id: user,
            session_id: None,
            scope: Scope::parse("offline_access").unwrap(),
            resources: Vec::new(),
            auth_time: NOW,
            amr: vec!["pwd".to_owned()],
            created_at: NOW,
            revoked_at: None,
        };
        let family = TokenFamily {
            id: Id::new(NOW, &Seeded::from(2)),
            grant_id: grant.id,
            generation: 0,
            dpop_jkt: None,
            idle_expires_at: IDLE,
            expires_at: END,
        };
        let id = family.id;
        let new = NewFamily { family, client_id: client, leaf, created_at: NOW };
        store
            .write(async |tx| {
                grants::insert(tx, &grant).await?;
                insert(tx, &new).await
            })
            .await
            .unwrap();
        Self { store, _folder: folder, client, family: id, grant }
    }

    async fn rotate(&self, presented: u64, successor: u64, now: Timestamp) -> bool {
        let (presented, successor) = (digest(presented), digest(successor));
        let rotation = Rotation {
            family_id: self.family,
            client_id: self.client,
            presented: &presented,
            successor: &successor,
            sealed_successor: vec![1, 2, 3],
            idle_expires_at: now.plus(Duration::from_mins(10)),
        };
        self.store.write(async |tx| rotate(tx, &rotation, now).await).await.unwrap()
    }

    async fn find(&self, token: u64, now: Timestamp) -> Presented {
        find(&self.store, &digest(token), now).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn sixteen_at_once_rotate_a_token_once() {
    let begun = Begun::family(digest(0)).await;
    let (client_id, family_id) = (begun.client, begun.family);

    let won = winners_of_sixteen(|n| {
        let store = begun.store.clone();
        async move {
            let (presented, successor) = (digest(0), digest(100 + n));
            let rotation = Rotation {
                family_id,
                client_id,
                presented: &presented,
                successor: &successor,
                sealed_successor: Vec::new(),
                idle_expires_at: IDLE,
            };
            store.write(async |tx| rotate(tx, &rotation, NOW).await).await.unwrap()
        }
    })
    .await;

    assert_eq!(won, 1);
    assert_eq!(begun.find(0, NOW).await.family.generation, 1);
}

#[tokio::test]
async fn a_token_is_live_then_previous_then_spent() {
    let begun = Begun::family(digest(0)).await;
    assert!(matches!(begun.find(0, NOW).await.position, Position::Leaf));

    assert!(begun.rotate(0, 1, NOW).await);
    let Position::Previous(replaced) = begun.find(0, NOW).await.position else {
        panic!("not the previous one")
    };
    assert_eq!(replaced.leaf, digest(1));
    assert_eq!(replaced.successor, [1, 2, 3]);

    // Twice within a millisecond: order is told by the generation, not by time.
    assert!(begun.rotate(1, 2, NOW).await);
    assert!(matches!(begun.find(0, NOW).await.position, Position::Spent));
    assert!(matches!(begun.find(2, NOW).await.position, Position::Leaf));
    assert_eq!(begun.find(0, NOW).await.family.generation, 2);
}

#[tokio::test]
async fn only_the_live_token_of_the_own_client_rotates_in_time() {
    let begun = Begun::family(digest(0)).await;

    assert!(!begun.rotate(7, 1, NOW).await);
    assert!(!begun.rotate(0, 1, IDLE).await);
    let stranger = Begun { client: Id::new(NOW, &Seeded::from(50)), ..begun };
    assert!(!stranger.rotate(0, 1, NOW).await);
    assert!(matches!(stranger.find(0, NOW).await.position, Position::Leaf));
}

#[tokio::test]
async fn the_grace_ends_with_time_and_with_the_use_of_the_successor() {
    let begun = Begun::family(digest(0)).await;
    begun.rotate(0, 1, NOW).await;
    let within = async |now| match begun.find(0, now).await.position {
        Position::Previous(replaced) => replaced.is_within(GRACE, now),
        Position::Leaf | Position::Spent => false,
    };

    assert!(within(NOW.plus(Duration::from_millis(9_999))).await);
    assert!(!within(NOW.plus(Duration::from_secs(10))).await);

    let presented = begun.find(1, NOW).await;
    let touched = begun
        .store
        .write(async |tx| touch(tx, &presented, &digest(1), IDLE, NOW).await)
        .await
        .unwrap();
    assert!(touched);
    assert!(!within(NOW).await);
}

#[tokio::test]
async fn a_revoked_grant_ends_its_family() {
    let begun = Begun::family(digest(0)).await;
    assert!(!begun.find(0, NOW).await.is_revoked);

    let id = begun.grant.id;
    begun.store.write(async |tx| grants::revoke(tx, id, NOW).await).await.unwrap();

    assert!(begun.find(0, NOW).await.is_revoked);
    assert!(!begun.rotate(0, 1, NOW).await);
}

#[tokio::test]
async fn the_person_behind_the_token_is_seen_as_they_are_now() {
    let begun = Begun::family(digest(0)).await;
    let holder = begun.find(0, NOW).await.holder;
    assert_eq!((holder.status, holder.username.as_str()), (UserStatus::Active, "alice"));

    lock(&begun.store, begun.grant.user_id).await;

    assert_eq!(begun.find(0, NOW).await.holder.status, UserStatus::Locked);
}
