//! Signing in with a password, on SQLite.

use domain::Role;

use super::*;
use crate::testing::{Fixture, PASSWORD as RIGHT, facts};

fn login(identifier: &str, password: &str) -> PasswordLogin {
    PasswordLogin {
        identifier: identifier.to_owned(),
        password: SecretString::from(password),
        for_console: false,
        facts: facts("203.0.113.7"),
    }
}

async fn attempt(fixture: &Fixture, login: PasswordLogin) -> Result<(), LoginRefusal> {
    with_password(&fixture.service, login).await.unwrap().map(|_user| ())
}

#[tokio::test]
async fn a_person_signs_in_by_user_name_or_address_in_any_case() {
    let fixture = Fixture::new().await;

    for identifier in ["alice", "ALICE", " alice ", "Alice@Example.test"] {
        assert_eq!(attempt(&fixture, login(identifier, RIGHT)).await, Ok(()), "{identifier}");
    }

    assert_eq!(fixture.actions().await, ["login.succeeded"; 4]);
}

#[tokio::test]
async fn nobody_learns_whether_the_name_or_the_password_was_wrong() {
    let fixture = Fixture::new().await;
    let before = fixture.service.parts.store.statements();
    let known = attempt(&fixture, login("alice", "wrong horse battery")).await;
    let spent = fixture.service.parts.store.statements() - before;
    let before = fixture.service.parts.store.statements();
    let unknown = attempt(&fixture, login("mallory", "wrong horse battery")).await;

    assert_eq!(known, Err(LoginRefusal::WrongCredentials));
    assert_eq!(unknown, known);
    assert_eq!(fixture.service.parts.store.statements() - before, spent);
    assert_eq!(fixture.actions().await, ["login.refused"; 2]);
}

#[tokio::test]
async fn a_locked_person_learns_it_only_with_the_right_password() {
    let fixture = Fixture::new().await;
    fixture.set(fixture.alice, |user| user.status = UserStatus::Locked).await;

    let wrong = attempt(&fixture, login("alice", "wrong horse battery")).await;
    let right = attempt(&fixture, login("alice", RIGHT)).await;

    assert_eq!(wrong, Err(LoginRefusal::WrongCredentials));
    assert_eq!(right, Err(LoginRefusal::Locked));
}

#[tokio::test]
async fn the_control_center_is_for_people_with_a_role() {
    let fixture = Fixture::new().await;
    let console = || PasswordLogin { for_console: true, ..login("alice", RIGHT) };

    assert_eq!(attempt(&fixture, console()).await, Err(LoginRefusal::NoRole));
    fixture.set(fixture.alice, |user| user.role = Some(Role::Auditor)).await;
    assert_eq!(attempt(&fixture, console()).await, Ok(()));
}

#[tokio::test]
async fn a_password_that_changed_while_it_was_compared_lets_nobody_in() {
    let fixture = Fixture::new().await;
    let store = &fixture.service.parts.store;
    let read = async || credentials::find(store, fixture.alice).await.unwrap().unwrap();
    let enter = async |read: Credential| {
        let login = login("alice", RIGHT);
        let now = fixture.now();
        admit(&fixture.service, &login, read, None, now).await.unwrap().map(|it| it.is_ok())
    };

    let before = read().await;
    fixture.set_hash(fixture.alice, "another").await;
    assert_eq!(enter(before).await, None);

    let before = read().await;
    fixture.set(fixture.alice, |user| user.status = UserStatus::Locked).await;
    assert_eq!(enter(before).await, None);
    assert_eq!(enter(read().await).await, Some(false), "locked");

    fixture.set(fixture.alice, |user| user.status = UserStatus::Active).await;
    assert_eq!(enter(read().await).await, Some(true));
    assert_eq!(fixture.actions().await, ["login.refused", "login.succeeded"]);
}

#[tokio::test]
async fn guesses_by_name_and_by_address_share_a_budget_that_is_taken_before_the_check() {
    let fixture = Fixture::with(|config| config.limits_enabled = true).await;
    for identifier in ["alice", "alice@example.test", "ALICE", "alice", "alice"] {
        let wrong = attempt(&fixture, login(identifier, "wrong horse battery")).await;
        assert_eq!(wrong, Err(LoginRefusal::WrongCredentials));
    }

    let right = attempt(&fixture, login("alice", RIGHT)).await;
    assert_eq!(right, Err(LoginRefusal::TooManyTries { retry_after_seconds: 1 }));
    let elsewhere = PasswordLogin { facts: facts("198.51.100.1"), ..login("alice", RIGHT) };
    assert_eq!(attempt(&fixture, elsewhere).await, Ok(()));

    fixture.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(attempt(&fixture, login("alice", RIGHT)).await, Ok(()));
}

#[tokio::test]
async fn an_address_that_fails_with_a_hundred_names_has_to_wait() {
    let fixture = Fixture::with(|config| config.limits_enabled = true).await;
    for n in 0..100 {
        let wrong = attempt(&fixture, login(&format!("nobody{n}"), "wrong horse battery")).await;
        assert_eq!(wrong, Err(LoginRefusal::WrongCredentials));
    }

    let slowed = Err(LoginRefusal::TooManyTries { retry_after_seconds: 1 });
    assert_eq!(attempt(&fixture, login("nobody", "wrong horse battery")).await, slowed);
    assert_eq!(attempt(&fixture, login("alice", RIGHT)).await, slowed);
    let elsewhere = PasswordLogin { facts: facts("198.51.100.1"), ..login("alice", RIGHT) };
    assert_eq!(attempt(&fixture, elsewhere).await, Ok(()));

    fixture.clock.advance(std::time::Duration::from_secs(1));
    for _ in 0..200 {
        assert_eq!(attempt(&fixture, login("alice", RIGHT)).await, Ok(()), "only failures count");
    }
}

#[tokio::test]
async fn a_hash_of_yesterdays_cost_is_made_anew_at_sign_in() {
    let fixture = Fixture::new().await;
    let hash = async || {
        let store = &fixture.service.parts.store;
        let found = credentials::find(store, fixture.alice).await.unwrap();
        found.unwrap().password_hash.unwrap()
    };
    let old = hash().await;
    fixture.set_hash(fixture.alice, &old.replace("t=1", "t=2")).await;
    assert_eq!(
        attempt(&fixture, login("alice", RIGHT)).await,
        Err(LoginRefusal::WrongCredentials),
        "the parameters are part of the hash"
    );
    let stronger = fixture.reopen(|config| config.password_cost.iterations = 2);
    stronger.set_hash(stronger.alice, &old).await;

    assert_eq!(attempt(&stronger, login("alice", RIGHT)).await, Ok(()));

    let store = &stronger.service.parts.store;
    let found = credentials::find(store, stronger.alice).await.unwrap().unwrap();
    assert!(found.password_hash.unwrap().contains("t=2"));
    assert_eq!(attempt(&stronger, login("alice", RIGHT)).await, Ok(()));
}
