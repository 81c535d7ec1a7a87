//! Repeated requests, on SQLite.

use super::*;
use crate::{
    applications,
    testing::{Fixture, operators::web},
};

fn answer(body: &str) -> StoredAnswer {
    StoredAnswer { status: 201, body: Some(body.to_owned()), location: Some("/x".to_owned()) }
}

async fn begun(fixture: &Fixture, key: &str, hash: u8) -> Begun {
    begin(&fixture.service, &Call::operator(), key, [hash; 32]).await.unwrap()
}

fn ticket(begun: Begun) -> Ticket {
    let Begun::New(ticket) = begun else { panic!("expected a first request, got {begun:?}") };
    ticket
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_another_does_not() {
    let fixture = Fixture::new().await;
    let first = ticket(begun(&fixture, "k", 1).await);

    assert!(matches!(begun(&fixture, "k", 1).await, Begun::InFlight));
    finish(&fixture.service, first, answer("{}"), false).await.unwrap();

    let again = begun(&fixture, "k", 1).await;
    assert!(matches!(&again, Begun::Replay(replay) if *replay == answer("{}")), "{again:?}");
    assert!(matches!(begun(&fixture, "k", 2).await, Begun::OtherRequest));
    assert!(matches!(begun(&fixture, "l", 1).await, Begun::New(_)));
    fixture.clock.advance(ANSWER_LASTS);
    assert!(matches!(begun(&fixture, "k", 2).await, Begun::New(_)));
}

#[tokio::test]
async fn an_answer_with_a_secret_is_not_kept() {
    let fixture = Fixture::new().await;
    let first = ticket(begun(&fixture, "k", 1).await);

    finish(&fixture.service, first, answer("cs_sbx_secret"), true).await.unwrap();

    let again = begun(&fixture, "k", 1).await;
    let has_no_body = matches!(&again, Begun::SecretAlreadyReturned(kept) if kept.body.is_none());
    assert!(has_no_body, "{again:?}");
}

#[tokio::test]
async fn a_refused_request_frees_its_key_and_a_lost_one_after_a_while() {
    let fixture = Fixture::new().await;
    let refused = ticket(begun(&fixture, "k", 1).await);
    abandon(&fixture.service, refused).await.unwrap();

    let lost = begun(&fixture, "k", 1).await;

    assert!(matches!(lost, Begun::New(_)));
    fixture.clock.advance(REQUEST_LASTS);
    assert!(matches!(begun(&fixture, "k", 1).await, Begun::New(_)));
}

#[tokio::test]
async fn what_was_carried_out_is_not_begun_again_whatever_became_of_its_answer() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let first = ticket(begun(&fixture, "k", 1).await);
    let call = Call { claim: Some(first.claim()), ..Call::operator() };
    let made = applications::register(service, &call, web("Once")).await.unwrap();

    // The answer of the commit got lost, so the caller was told that the database failed.
    abandon(service, first).await.unwrap();

    assert!(matches!(begun(&fixture, "k", 1).await, Begun::InFlight));
    fixture.clock.advance(ANSWER_TAKES);
    let id = made.view.application.id.to_string();
    for _ in 0..2 {
        let again = begun(&fixture, "k", 1).await;
        assert!(matches!(&again, Begun::AnswerLost(target) if *target == id), "{again:?}");
        fixture.clock.advance(REQUEST_LASTS);
    }
    fixture.clock.advance(ANSWER_LASTS);
    assert!(matches!(begun(&fixture, "k", 1).await, Begun::New(_)));
}

#[tokio::test]
async fn an_act_that_was_rolled_back_frees_its_key() {
    let fixture = Fixture::new().await;
    let first = ticket(begun(&fixture, "k", 1).await);
    let call = Call { claim: Some(first.claim()), ..Call::operator() };

    let refused = applications::register(&fixture.service, &call, web(" ")).await;
    abandon(&fixture.service, first).await.unwrap();

    assert!(matches!(refused, Err(Problem::Invalid(_))), "{refused:?}");
    assert!(matches!(begun(&fixture, "k", 1).await, Begun::New(_)));
}

#[tokio::test]
async fn an_act_whose_request_was_given_up_does_not_happen() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let first = ticket(begun(&fixture, "k", 1).await);
    fixture.clock.advance(REQUEST_LASTS);
    let second = ticket(begun(&fixture, "k", 1).await);
    let with = |ticket: &Ticket| Call { claim: Some(ticket.claim()), ..Call::operator() };

    let slow = applications::register(service, &with(&first), web("Twice")).await;
    applications::register(service, &with(&second), web("Twice")).await.unwrap();

    assert!(matches!(slow, Err(Problem::Busy { .. })), "{slow:?}");
    let registered = fixture.actions().await;
    assert_eq!(registered.iter().filter(|it| *it == "application.registered").count(), 1);
}

#[tokio::test]
async fn of_several_at_once_one_begins() {
    let fixture = Fixture::new().await;
    let call = Call::operator();
    let mut started = 0;

    let (a, b, c, d) = tokio::join!(
        begin(&fixture.service, &call, "k", [1; 32]),
        begin(&fixture.service, &call, "k", [1; 32]),
        begin(&fixture.service, &call, "k", [1; 32]),
        begin(&fixture.service, &call, "k", [1; 32]),
    );
    for begun in [a, b, c, d] {
        started += i32::from(matches!(begun.unwrap(), Begun::New(_)));
    }

    assert_eq!(started, 1);
}

#[tokio::test]
async fn keys_are_visible_and_bounded() {
    let fixture = Fixture::new().await;
    for key in ["", "two words", "ü", &"x".repeat(256)] {
        let refused = begin(&fixture.service, &Call::operator(), key, [1; 32]).await;
        assert!(matches!(refused, Err(Problem::Invalid(_))), "{key}");
    }
}
