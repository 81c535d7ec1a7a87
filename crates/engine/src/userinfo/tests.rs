//! Claims by scope, and tokens that open nothing.

use domain::UserStatus;
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::{
    BearerRefusal,
    testing::{START, World, access, as_bearer},
};

async fn claims(world: &World, scope: &str) -> Result<serde_json::Value, BearerRefusal> {
    let app = world.confidential(scope, |it| {
        it.scopes = protocol::Scope::parse("openid profile email photos.read mail.send").unwrap();
    });
    let app = app.await;
    let code = world.code(&app, scope).await;
    let tokens = world.redeem(&app, &code).await.unwrap();
    let info = world.engine.userinfo(&as_bearer(access(&tokens))).await.unwrap();
    info.map(|it| serde_json::to_value(it).unwrap())
}

#[tokio::test]
async fn scopes_open_claims() {
    let world = World::new().await;
    let sub = world.user.id.to_string();

    assert_eq!(claims(&world, "openid").await.unwrap(), json!({ "sub": sub }));
    assert_eq!(
        claims(&world, "openid email").await.unwrap(),
        json!({ "sub": sub, "email": "alice@example.test", "email_verified": true })
    );
    assert_eq!(
        claims(&world, "openid profile photos.read").await.unwrap(),
        json!({
            "sub": sub,
            "name": "Alice",
            "preferred_username": "alice",
            "updated_at": START.as_seconds(),
        })
    );
    // An opaque token of an API opens it as well.
    assert_eq!(claims(&world, "openid mail.send").await.unwrap(), json!({ "sub": sub }));
}

#[tokio::test]
async fn a_token_without_openid_lacks_a_scope() {
    let world = World::new().await;

    let refused = claims(&world, "photos.read").await.unwrap_err();

    assert_eq!(refused, BearerRefusal::InsufficientScope("openid"));
}

#[tokio::test]
async fn only_access_tokens_that_count_open_it() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let code = world.code(&app, "openid").await;
    let tokens = world.redeem(&app, &code).await.unwrap();
    let id_token = tokens.id_token.as_ref().unwrap().expose_secret();
    let refresh_token = tokens.refresh_token.as_ref().unwrap().expose_secret();

    for other in [id_token, refresh_token, &code, "", "x.y.z"] {
        let answer = world.engine.userinfo(&as_bearer(other)).await.unwrap();
        assert_eq!(answer.unwrap_err(), BearerRefusal::InvalidToken);
    }
    assert!(world.engine.userinfo(&as_bearer(access(&tokens))).await.unwrap().is_ok());

    world.lock_user().await;
    assert_eq!(world.user.status, UserStatus::Active);
    assert!(world.engine.userinfo(&as_bearer(access(&tokens))).await.unwrap().is_err());
}

#[tokio::test]
async fn the_sample_asks_for_its_scope() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let pairs = [("grant_type", "client_credentials"), ("scope", "photos.read")];
    let tokens = world.token(&app, &pairs).await.unwrap();
    let open =
        async |scope| world.engine.open_sample(&as_bearer(access(&tokens)), scope).await.unwrap();

    assert_eq!(open("photos.read").await, Ok(()));
    assert_eq!(open("resource.read").await, Err(BearerRefusal::InsufficientScope("resource.read")));
}
