//! The first run, on SQLite.

use secrecy::ExposeSecret as _;

use super::*;
use crate::testing::{Fixture, facts};

async fn link(fixture: &Fixture) -> Option<String> {
    let made = make_set_up_link(&fixture.service).await.unwrap()?;
    made.url.expose_secret().strip_prefix("https://id.test/setup?token=").map(str::to_owned)
}

fn command(token: &str) -> SetUp {
    SetUp {
        token: token.to_owned(),
        name: "Ana Ruiz".to_owned(),
        email: "ana@example.test".to_owned(),
        username: String::new(),
        password: SecretString::from("correct horse battery"),
    }
}

async fn run(fixture: &Fixture, command: SetUp) -> Result<User, SetUpRefusal> {
    complete(&fixture.service, command, &facts("203.0.113.7")).await.unwrap()
}

#[tokio::test]
async fn the_link_makes_the_first_owner_and_then_nothing_more() {
    let fixture = Fixture::new().await;
    let token = link(&fixture).await.unwrap();
    assert_eq!(check_link(&fixture.service, &token).await.unwrap(), Ok(()));

    let owner = run(&fixture, command(&token)).await.unwrap();

    assert_eq!((owner.username.as_str(), owner.role), ("ana", Some(Role::Owner)));
    assert!(!needs_set_up(&fixture.service).await.unwrap());
    assert_eq!(link(&fixture).await, None);
    assert_eq!(run(&fixture, command(&token)).await.unwrap_err(), SetUpRefusal::AlreadyDone);
    let mut actions = fixture.actions().await;
    actions.sort();
    assert_eq!(actions, ["login.succeeded", "server.bootstrapped"]);
}

#[tokio::test]
async fn of_two_links_at_the_same_moment_one_wins() {
    let fixture = Fixture::new().await;
    let (one, two) = (link(&fixture).await.unwrap(), link(&fixture).await.unwrap());
    let other = SetUp { email: "eve@example.test".to_owned(), ..command(&two) };

    let (first, second) = tokio::join!(run(&fixture, command(&one)), run(&fixture, other));

    let won = [first.is_ok(), second.is_ok()].iter().filter(|it| **it).count();
    assert_eq!(won, 1, "{first:?} {second:?}");
}

#[tokio::test]
async fn every_field_that_cannot_be_taken_is_told_at_once_and_the_link_lives() {
    let fixture = Fixture::new().await;
    let token = link(&fixture).await.unwrap();
    let bad = SetUp {
        name: " ".to_owned(),
        email: "nowhere".to_owned(),
        password: SecretString::from("short"),
        ..command(&token)
    };

    let Err(Problem::Invalid(faults)) =
        complete(&fixture.service, bad, &facts("203.0.113.7")).await
    else {
        panic!("three fields are wrong");
    };

    let pointers: Vec<_> = faults.iter().map(|it| it.pointer.as_str()).collect();
    assert_eq!(pointers, ["#/name", "#/email", "#/password"]);
    assert!(run(&fixture, command(&token)).await.is_ok());
}

#[tokio::test]
async fn a_taken_address_does_not_spend_the_link() {
    let fixture = Fixture::new().await;
    let token = link(&fixture).await.unwrap();
    let duplicate = SetUp { email: "ALICE@example.test".to_owned(), ..command(&token) };

    let refused = complete(&fixture.service, duplicate, &facts("203.0.113.7")).await;

    assert!(matches!(refused, Err(Problem::Invalid(_))), "{refused:?}");
    assert!(run(&fixture, command(&token)).await.is_ok());
}

#[tokio::test]
async fn ten_wrong_links_pause_the_set_up_and_time_ends_it() {
    let fixture = Fixture::new().await;
    let token = link(&fixture).await.unwrap();
    fixture.clock.advance(LINK_LASTS);
    assert_eq!(check_link(&fixture.service, "").await.unwrap(), Err(SetUpRefusal::DeadLink));
    for wrong in [token.as_str(), "cs_setup_x"].into_iter().cycle().take(10) {
        let refused = check_link(&fixture.service, wrong).await.unwrap();
        assert_eq!(refused, Err(SetUpRefusal::DeadLink));
    }

    let fresh = link(&fixture).await.unwrap();
    let paused = check_link(&fixture.service, &fresh).await.unwrap();

    assert_eq!(paused, Err(SetUpRefusal::TooManyTries));
}
