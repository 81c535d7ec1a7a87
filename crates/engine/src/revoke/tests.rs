//! What revoking one token ends, and what it leaves.

use crate::testing::{World, access, refresh};

#[tokio::test]
async fn a_refresh_token_goes_with_all_of_its_grant() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let code = world.code(&app, "openid").await;
    let tokens = world.redeem(&app, &code).await.unwrap();
    let code = world.code(&app, "openid").await;
    let others = world.redeem(&app, &code).await.unwrap();

    world.revoke(&app, refresh(&tokens)).await;

    assert!(!world.is_active(&app, access(&tokens)).await);
    assert!(world.refresh(&app, refresh(&tokens)).await.is_err());
    assert!(world.is_active(&app, access(&others)).await);
}

#[tokio::test]
async fn an_access_token_goes_alone() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    for scope in ["openid photos.read", "openid mail.send"] {
        let code = world.code(&app, scope).await;
        let tokens = world.redeem(&app, &code).await.unwrap();
        assert!(world.is_active(&app, access(&tokens)).await);

        world.revoke(&app, access(&tokens)).await;
        world.revoke(&app, access(&tokens)).await;

        assert!(!world.is_active(&app, access(&tokens)).await, "{scope}");
        assert!(world.refresh(&app, refresh(&tokens)).await.is_ok());
    }
}

#[tokio::test]
async fn a_clients_own_token_can_be_revoked() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    for scope in ["photos.read", "mail.send"] {
        let pairs = [("grant_type", "client_credentials"), ("scope", scope)];
        let tokens = world.token(&app, &pairs).await.unwrap();

        world.revoke(&app, access(&tokens)).await;

        assert!(!world.is_active(&app, access(&tokens)).await, "{scope}");
    }
}

#[tokio::test]
async fn anothers_token_and_garbage_are_left_alone() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let other = world.public("other", |_| {}).await;
    let code = world.code(&app, "openid mail.send").await;
    let tokens = world.redeem(&app, &code).await.unwrap();

    for token in [access(&tokens), refresh(&tokens), "garbage", "a.b.c"] {
        world.revoke(&other, token).await;
    }

    assert!(world.is_active(&app, access(&tokens)).await);
    assert!(world.is_active(&app, refresh(&tokens)).await);
}
