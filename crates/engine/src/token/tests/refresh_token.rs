//! One live refresh token a line; what is spent ends the line.

use std::time::Duration;

use domain::{ClientSettings, RefreshMode};
use protocol::TokenErrorCode;

use super::join_all;
use crate::{
    GateRefusal, RefreshRefusal, Refusal, TokenResponse,
    testing::{TestClient, World, access, refresh},
};

fn rotating(settings: &mut ClientSettings) {
    settings.refresh_mode = RefreshMode::Rotate;
}

async fn bought(world: &World, client: &TestClient, scope: &str) -> TokenResponse {
    let code = world.code(client, scope).await;
    world.redeem(client, &code).await.unwrap()
}

#[tokio::test]
async fn rotation_replaces_the_token_and_keeps_the_grant() {
    let world = World::new().await;
    let app = world.public("app", rotating).await;
    let first = bought(&world, &app, "openid photos.read").await;

    let second = world.refresh(&app, refresh(&first)).await.unwrap();

    assert_ne!(refresh(&second), refresh(&first));
    assert_eq!(second.scope.to_string(), "openid photos.read");
    assert!(second.id_token.is_some());
    assert!(world.refresh(&app, refresh(&second)).await.is_ok());
}

#[tokio::test]
async fn a_lost_answer_can_be_had_once_more() {
    let world = World::new().await;
    let app = world.public("app", rotating).await;
    let first = bought(&world, &app, "openid").await;
    let second = world.refresh(&app, refresh(&first)).await.unwrap();

    world.clock.advance(Duration::from_millis(9_999));
    let again = world.refresh(&app, refresh(&first)).await.unwrap();

    assert_eq!(refresh(&again), refresh(&second));
    assert_ne!(access(&again), access(&second));
}

#[tokio::test]
async fn a_spent_token_ends_the_line_after_the_grace() {
    let world = World::new().await;
    let app = world.public("app", rotating).await;
    let first = bought(&world, &app, "openid").await;
    let second = world.refresh(&app, refresh(&first)).await.unwrap();

    world.clock.advance(Duration::from_secs(10));
    let late = world.refresh(&app, refresh(&first)).await.unwrap_err();

    assert_eq!(late, Refusal::Refresh(RefreshRefusal::Replayed));
    assert_eq!(late.code(), TokenErrorCode::InvalidGrant);
    let successor = world.refresh(&app, refresh(&second)).await.unwrap_err();
    assert_eq!(successor, Refusal::Refresh(RefreshRefusal::Revoked));
}

#[tokio::test]
async fn a_token_of_two_rotations_ago_ends_the_line_at_once() {
    let world = World::new().await;
    let app = world.public("app", rotating).await;
    let first = bought(&world, &app, "openid").await;
    let second = world.refresh(&app, refresh(&first)).await.unwrap();
    let third = world.refresh(&app, refresh(&second)).await.unwrap();

    let replay = world.refresh(&app, refresh(&first)).await.unwrap_err();

    assert_eq!(replay, Refusal::Refresh(RefreshRefusal::Replayed));
    assert!(world.refresh(&app, refresh(&third)).await.is_err());
}

#[tokio::test]
async fn sixteen_at_once_get_the_same_successor() {
    let world = World::new().await;
    let app = world.public("app", rotating).await;
    let first = bought(&world, &app, "openid").await;

    let answers = join_all((0..16).map(|_| world.refresh(&app, refresh(&first)))).await;

    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|it| refresh(it) == refresh(&answers[0])));
    assert!(world.refresh(&app, refresh(&answers[0])).await.is_ok());
}

#[tokio::test]
async fn a_reused_token_stays_the_same() {
    let world = World::new().await;
    let app = world.confidential("app", |it| it.refresh_mode = RefreshMode::Reuse).await;
    let first = bought(&world, &app, "openid").await;

    for _ in 0..3 {
        world.clock.advance(Duration::from_mins(10));
        let next = world.refresh(&app, refresh(&first)).await.unwrap();
        assert_eq!(refresh(&next), refresh(&first));
    }
}

#[tokio::test]
async fn without_refresh_tokens_none_is_issued() {
    let world = World::new().await;
    let none = world.confidential("none", |it| it.refresh_mode = RefreshMode::None).await;
    let no_grant = world
        .confidential("no-grant", |it| {
            it.grant_types.retain(|grant| *grant != protocol::GrantType::RefreshToken);
        })
        .await;

    assert!(bought(&world, &none, "openid").await.refresh_token.is_none());
    assert!(bought(&world, &no_grant, "openid").await.refresh_token.is_none());
}

#[tokio::test]
async fn a_narrower_scope_is_given_and_a_wider_one_spends_nothing() {
    let world = World::new().await;
    let app = world.public("app", rotating).await;
    let first = bought(&world, &app, "openid photos.read").await;
    let ask = async |token: &str, scope: &str| {
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
        world.token(&app, &pairs).await
    };

    let wider = ask(refresh(&first), "openid mail.send").await.unwrap_err();
    assert_eq!(wider, Refusal::Gate(GateRefusal::ScopeExceeded));
    let narrow = ask(refresh(&first), "openid").await.unwrap();
    assert_eq!(narrow.scope.to_string(), "openid");
    let full = world.refresh(&app, refresh(&narrow)).await.unwrap();
    assert_eq!(full.scope.to_string(), "openid photos.read");
}

#[tokio::test]
async fn another_client_gets_nothing_and_hurts_nothing() {
    let world = World::new().await;
    let app = world.public("app", rotating).await;
    let other = world.confidential("other", |_| {}).await;
    let first = bought(&world, &app, "openid").await;

    let stolen = world.refresh(&other, refresh(&first)).await.unwrap_err();

    assert_eq!(stolen, Refusal::Refresh(RefreshRefusal::WrongClient));
    assert!(world.refresh(&app, refresh(&first)).await.is_ok());
}

#[tokio::test]
async fn tokens_end_idle_and_absolutely() {
    let world = World::new().await;
    let bend = |it: &mut ClientSettings| {
        it.refresh_token_idle_seconds = 600;
        it.refresh_token_absolute_seconds = 1_500;
    };
    let app = world.confidential("app", bend).await;
    let tokens = bought(&world, &app, "openid offline_access").await;

    for _ in 0..2 {
        world.clock.advance(Duration::from_secs(599));
        assert!(world.refresh(&app, refresh(&tokens)).await.is_ok());
    }
    world.clock.advance(Duration::from_secs(302));
    let absolute = world.refresh(&app, refresh(&tokens)).await.unwrap_err();
    assert_eq!(absolute, Refusal::Refresh(RefreshRefusal::Expired));

    let tokens = bought(&world, &app, "openid offline_access").await;
    world.clock.advance(Duration::from_mins(10));
    assert!(world.refresh(&app, refresh(&tokens)).await.is_err());
}

#[tokio::test]
async fn offline_access_outlives_the_session_and_nothing_else_does() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let bound = bought(&world, &app, "openid").await;
    let offline = bought(&world, &app, "openid offline_access").await;

    world.clock.advance(Duration::from_hours(1));

    let ended = world.refresh(&app, refresh(&bound)).await.unwrap_err();
    assert_eq!(ended, Refusal::Gate(GateRefusal::SessionEnded));
    assert!(!world.is_active(&app, refresh(&bound)).await);
    assert!(world.refresh(&app, refresh(&offline)).await.is_ok());
}

#[tokio::test]
async fn a_warm_rotation_keeps_its_budget_of_statements() {
    let world = World::new().await;
    let app = world.public("app", rotating).await;
    let first = bought(&world, &app, "openid photos.read").await;
    let second = world.refresh(&app, refresh(&first)).await.unwrap();

    let before = world.store().statements();
    world.refresh(&app, refresh(&second)).await.unwrap();

    // The read with the gate's facts, the guarded update, the spent token, the audit event.
    assert_eq!(world.store().statements() - before, 4);
}
