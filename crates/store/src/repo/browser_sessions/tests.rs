//! Sessions end when they should, and only they.

use std::time::Duration;

use domain::HandleKind;

use super::*;
use crate::{
    Store,
    testing::{NOW, Seeded, handles, lock, store, user},
};

const HOUR: Duration = Duration::from_hours(1);

async fn session(
    store: &Store,
    entropy: &Seeded,
    kind: SessionKind,
    user_id: Id<User>,
) -> HandleDigest {
    let (_, digest) = handles().issue(HandleKind::UserSession, entropy);
    let session = BrowserSession {
        id: Id::new(NOW, entropy),
        kind,
        user_id: Some(user_id),
        state: HashMap::from([("uid".to_owned(), format!("\"{user_id}\""))]),
        created_at: NOW,
        idle_expires_at: NOW.plus(HOUR),
        expires_at: NOW.plus(2 * HOUR),
    };
    let from = SeenFrom::default();
    store.write(async |tx| insert(tx, &digest, &session, &from).await).await.unwrap();
    digest
}

#[tokio::test]
async fn a_session_is_found_with_its_person_until_it_ends() {
    let (store, _folder) = store().await;
    let entropy = Seeded::default();
    let alice = user(&store, "alice").await;
    let digest = session(&store, &entropy, SessionKind::User, alice).await;
    let at = async |kind, now| find(&store, kind, &digest, now).await.unwrap();

    let live = at(SessionKind::User, NOW).await.unwrap();

    assert_eq!(live.user.unwrap().username, "alice");
    assert_eq!(live.session.state.len(), 1);
    assert!(at(SessionKind::Console, NOW).await.is_none());
    assert!(at(SessionKind::User, NOW.plus(HOUR)).await.is_none());
}

#[tokio::test]
async fn use_moves_the_idle_end_and_is_noted_seldom() {
    let (store, _folder) = store().await;
    let entropy = Seeded::default();
    let alice = user(&store, "alice").await;
    let digest = session(&store, &entropy, SessionKind::User, alice).await;
    let minute = Duration::from_mins(1);
    let later = NOW.plus(minute);
    let touched = async |now: Timestamp, idle_end| {
        let noted_before = now.minus(minute);
        store
            .write(async |tx| touch(tx, &digest, now, idle_end, noted_before).await)
            .await
            .unwrap();
        find(&store, SessionKind::User, &digest, NOW).await.unwrap().unwrap().last_seen_at
    };

    assert_eq!(touched(later, later.plus(HOUR)).await, later);
    assert_eq!(touched(later.plus(Duration::from_secs(1)), later.plus(2 * HOUR)).await, later);
    assert!(find(&store, SessionKind::User, &digest, NOW.plus(HOUR)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_locked_person_has_no_session() {
    let (store, _folder) = store().await;
    let entropy = Seeded::default();
    let alice = user(&store, "alice").await;
    let digest = session(&store, &entropy, SessionKind::User, alice).await;

    lock(&store, alice).await;

    assert!(find(&store, SessionKind::User, &digest, NOW).await.unwrap().is_none());
}

#[tokio::test]
async fn the_longest_unused_sessions_make_room() {
    let (store, _folder) = store().await;
    let entropy = Seeded::default();
    let alice = user(&store, "alice").await;
    let bob = user(&store, "bob").await;
    let mut of_alice = Vec::new();
    for _ in 0..4 {
        of_alice.push(session(&store, &entropy, SessionKind::User, alice).await);
    }
    let of_bob = session(&store, &entropy, SessionKind::User, bob).await;
    let lives = async |digest: &HandleDigest| {
        find(&store, SessionKind::User, digest, NOW).await.unwrap().is_some()
    };

    store.write(async |tx| trim(tx, alice, SessionKind::User, 2).await).await.unwrap();

    let mut living = 0;
    for digest in &of_alice {
        living += usize::from(lives(digest).await);
    }
    assert_eq!(living, 2);
    assert!(lives(&of_bob).await);

    let ended = store.write(async |tx| remove_all_of(tx, alice).await).await.unwrap();
    assert_eq!(ended, 2);
    assert!(lives(&of_bob).await);
}
