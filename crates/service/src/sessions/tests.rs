//! Sessions as the middleware sees them, on SQLite.

use super::*;
use crate::testing::{Fixture, facts};

fn state(user_id: &str, session_id: &str) -> State {
    let json = |text: &str| format!("\"{text}\"");
    HashMap::from([
        (USER_ID.to_owned(), json(user_id)),
        (ACCOUNT_VERSION.to_owned(), "1".to_owned()),
        (SESSION_ID.to_owned(), json(session_id)),
        (ADDRESS.to_owned(), json("203.0.113.7")),
    ])
}

async fn begin(fixture: &Fixture, kind: SessionKind) -> (String, Id<BrowserSession>) {
    let id = Id::new(fixture.now(), &*fixture.service.parts.entropy);
    let state = state(&fixture.alice.to_string(), &id.to_string());
    (save(&fixture.service, kind, state).await.unwrap().unwrap(), id)
}

async fn is_open(fixture: &Fixture, kind: SessionKind, key: &str) -> bool {
    load(&fixture.service, kind, key).await.unwrap().is_some()
}

#[tokio::test]
async fn a_key_opens_its_own_kind_of_session_without_a_second_statement() {
    let fixture = Fixture::new().await;
    let (key, _) = begin(&fixture, SessionKind::User).await;
    assert!(is_open(&fixture, SessionKind::User, &key).await);

    let before = fixture.service.parts.store.statements();
    assert!(is_open(&fixture, SessionKind::User, &key).await);
    assert_eq!(fixture.service.parts.store.statements(), before);

    assert!(!is_open(&fixture, SessionKind::Console, &key).await);
    assert!(!is_open(&fixture, SessionKind::User, "cs_us_1nothing").await);
    assert!(key.starts_with("cs_us_"));
}

#[tokio::test]
async fn no_session_begins_for_an_account_that_changed_since_its_person_came() {
    let fixture = Fixture::new().await;
    let came = state(&fixture.alice.to_string(), "");
    let begun = async |state: &State| {
        let key = save(&fixture.service, SessionKind::User, state.clone()).await.unwrap();
        key.is_some()
    };
    assert!(begun(&came).await);

    fixture.set_hash(fixture.alice, "another").await;
    assert!(!begun(&came).await, "the password is another one");

    let version = |version: &str| {
        let mut state = came.clone();
        state.insert(ACCOUNT_VERSION.to_owned(), version.to_owned());
        state
    };
    assert!(begun(&version("2")).await);
    fixture.set(fixture.alice, |user| user.status = domain::UserStatus::Locked).await;
    assert!(!begun(&version("3")).await, "the account is locked");
    let mut unsaid = came.clone();
    unsaid.remove(ACCOUNT_VERSION);
    assert!(!begun(&unsaid).await, "nobody says what was seen");
}

#[tokio::test]
async fn a_session_that_is_not_used_ends_and_one_that_is_lasts_to_its_limit() {
    let fixture = Fixture::new().await;
    let (idle, _) = begin(&fixture, SessionKind::User).await;
    let (used, _) = begin(&fixture, SessionKind::User).await;
    let (console, _) = begin(&fixture, SessionKind::Console).await;
    fixture.clock.advance(Duration::from_mins(16));
    assert!(!is_open(&fixture, SessionKind::Console, &console).await);

    for _ in 0..3 {
        fixture.clock.advance(Duration::from_mins(20));
        touch(&fixture.service, SessionKind::User, &used).await.unwrap();
    }
    assert!(is_open(&fixture, SessionKind::User, &used).await);
    assert!(!is_open(&fixture, SessionKind::User, &idle).await);

    for _ in 0..69 {
        fixture.clock.advance(Duration::from_mins(20));
        touch(&fixture.service, SessionKind::User, &used).await.unwrap();
    }
    assert!(!is_open(&fixture, SessionKind::User, &used).await, "24 hours are over");
}

#[tokio::test]
async fn use_is_noted_at_most_once_a_minute() {
    let fixture = Fixture::new().await;
    let (key, _) = begin(&fixture, SessionKind::User).await;
    assert!(is_open(&fixture, SessionKind::User, &key).await);
    let before = fixture.service.parts.store.statements();

    for _ in 0..10 {
        touch(&fixture.service, SessionKind::User, &key).await.unwrap();
    }

    assert_eq!(fixture.service.parts.store.statements(), before);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once() {
    let fixture = Fixture::new().await;
    let (key, id) = begin(&fixture, SessionKind::User).await;
    assert!(is_open(&fixture, SessionKind::User, &key).await);

    sign_out(&fixture.service, fixture.alice, id, &facts("203.0.113.7")).await.unwrap();

    assert!(!is_open(&fixture, SessionKind::User, &key).await);
    assert_eq!(fixture.actions().await, ["session.ended"]);
}

#[tokio::test]
async fn what_was_updated_is_read_and_what_was_removed_is_not() {
    let fixture = Fixture::new().await;
    let (key, id) = begin(&fixture, SessionKind::User).await;
    assert!(is_open(&fixture, SessionKind::User, &key).await);
    let mut changed = state(&fixture.alice.to_string(), &id.to_string());
    changed.insert("more".to_owned(), "1".to_owned());

    assert!(update(&fixture.service, SessionKind::User, &key, &changed).await.unwrap());
    let read = load(&fixture.service, SessionKind::User, &key).await.unwrap();
    assert_eq!(read, Some(changed.clone()));

    remove(&fixture.service, SessionKind::User, &key).await.unwrap();
    assert!(!is_open(&fixture, SessionKind::User, &key).await);
    assert!(!update(&fixture.service, SessionKind::User, &key, &changed).await.unwrap());
}
