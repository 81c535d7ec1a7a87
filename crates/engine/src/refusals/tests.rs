//! Strangers cannot fill the log, and what tells of an attack is never left out.

use domain::{
    RequestFacts,
    audit::{Actor, Outcome, Surface},
};
use protocol::Parameters;

use super::*;
use crate::{
    authorize::{Visitor, begin},
    testing::{World, id},
};

fn event() -> AuditEvent {
    AuditEvent {
        id: id(1),
        at: Timestamp::from_millis(0),
        action: Action::TokenRefused,
        outcome: Outcome::Refused,
        actor: Actor::anonymous(),
        surface: Surface::Oauth,
        target: None,
        target_name: None,
        reason: None,
        details: serde_json::Map::new(),
        address: None,
        request_id: None,
        sequence: None,
    }
}

fn noted(refusals: &Refusals, client: u128, action: Action, millis: i64) -> bool {
    let before = refusals.with(|it| it.len());
    refusals.note((id(client), action), Timestamp::from_millis(millis), event);
    refusals.with(|it| it.len()) > before
}

#[test]
fn a_client_is_refused_on_record_once_a_second() {
    use Action::{AuthorizationRefused, TokenRefused};
    let refusals = Refusals::default();

    assert!(noted(&refusals, 1, TokenRefused, 0));
    assert!(!noted(&refusals, 1, TokenRefused, 999));
    assert!(noted(&refusals, 1, AuthorizationRefused, 999));
    assert!(noted(&refusals, 2, TokenRefused, 999));
    assert!(noted(&refusals, 1, TokenRefused, 1000));
}

#[test]
fn memory_is_bounded() {
    let refusals = Refusals::default();
    for client in 0..=MAX_PENDING {
        noted(&refusals, u128::try_from(client).unwrap(), Action::TokenRefused, 0);
    }

    assert_eq!(refusals.with(|it| it.len()), MAX_PENDING);
}

async fn flushed(world: &World, action: Action) -> usize {
    world.engine.flush_refusals().await.unwrap();
    world.events(action).await.len()
}

#[tokio::test]
async fn what_a_stranger_can_provoke_is_on_record_once_a_second() {
    let world = World::new().await;
    let spa = world.public("spa", |_| {}).await;
    let visitor =
        Visitor { signed_in: None, browser: "theirs".to_owned(), facts: RequestFacts::default() };
    let address = "https://evil.test/cb?code=cs_ac_secret#x";
    let sent = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let pairs = vec![sent("client_id", "spa"), sent("redirect_uri", address)];
    let evil = Parameters::from_pairs(pairs);
    for _ in 0..5 {
        world.redeem(&spa, "cs_ac_nonsense").await.unwrap_err();
        world.refresh(&spa, "cs_rt_nonsense").await.unwrap_err();
        begin(&world.engine, &evil, &visitor).await.unwrap();
    }

    assert_eq!(flushed(&world, Action::TokenRefused).await, 1);
    assert_eq!(flushed(&world, Action::AuthorizationRefused).await, 1);
    let event = world.events(Action::AuthorizationRefused).await.remove(0);
    assert_eq!(event.details["redirect_uri"], "https://evil.test/cb");
    world.clock.advance(INTERVAL);
    world.redeem(&spa, "cs_ac_nonsense").await.unwrap_err();
    assert_eq!(flushed(&world, Action::TokenRefused).await, 2);
}

#[tokio::test]
async fn a_client_that_proved_itself_and_a_replay_that_ends_something_are_on_record_at_once() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let spa = world.public("spa", |_| {}).await;
    let code = world.code(&spa, "openid").await;
    world.redeem(&spa, &code).await.unwrap();
    for _ in 0..3 {
        world.redeem(&app, "cs_ac_nonsense").await.unwrap_err();
        world.redeem(&spa, &code).await.unwrap_err();
    }

    assert_eq!(world.events(Action::TokenRefused).await.len(), 3);
    assert_eq!(world.events(Action::CodeReplayed).await.len(), 1);
    world.engine.flush_refusals().await.unwrap();
    assert_eq!(
        world.events(Action::CodeReplayed).await.len(),
        2,
        "the others are one row a second"
    );
}
