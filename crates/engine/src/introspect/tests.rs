//! Who is told what of which token.

use std::time::Duration;

use domain::{ApplicationStatus, RequestFacts};
use protocol::{Parameters, Scope};
use serde_json::json;
use store::repo::{applications, browser_sessions};

use crate::{
    ClientRefusal, Credentials, TokenQueryRefusal,
    testing::{ISSUER, START, TestClient, World, access, as_bearer, refresh},
};

async fn told(
    world: &World,
    client: &TestClient,
    pairs: &[(&str, &str)],
) -> Result<serde_json::Value, TokenQueryRefusal> {
    let (authorization, parameters) = client.request(pairs);
    let credentials =
        Credentials { authorization: authorization.as_deref(), parameters: &parameters };
    let answer = world.engine.introspect(&credentials, &RequestFacts::default()).await.unwrap();
    answer.map(|it| serde_json::to_value(it).unwrap())
}

#[tokio::test]
async fn the_holder_is_told_all_and_a_stranger_nothing() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let stranger =
        world.confidential("stranger", |it| it.scopes = Scope::parse("openid").unwrap()).await;
    let api =
        world.confidential("api", |it| it.scopes = Scope::parse("photos.write").unwrap()).await;
    let code = world.code(&app, "openid photos.read").await;
    let tokens = world.redeem(&app, &code).await.unwrap();
    let token = [("token", access(&tokens))];

    let all = told(&world, &app, &token).await.unwrap();
    let claims = crate::testing::payload(access(&tokens));
    assert_eq!(
        all,
        json!({
            "active": true,
            "scope": "openid photos.read",
            "client_id": "app",
            "username": "alice",
            "token_type": "Bearer",
            "exp": START.as_seconds() + 3600,
            "iat": START.as_seconds(),
            "sub": world.user.id.to_string(),
            "aud": ["https://photos.test", ISSUER],
            "iss": ISSUER,
            "jti": claims["jti"],
            "env": "sandbox",
            "gid": claims["gid"],
            "auth_time": START.as_seconds(),
            "sid": world.session.to_string(),
        })
    );
    assert_eq!(told(&world, &api, &token).await.unwrap(), all);
    assert_eq!(told(&world, &stranger, &token).await.unwrap(), json!({ "active": false }));
}

#[tokio::test]
async fn a_refresh_token_is_its_holders_business_alone() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let other = world.confidential("other", |_| {}).await;
    let code = world.code(&app, "openid photos.read").await;
    let tokens = world.redeem(&app, &code).await.unwrap();

    assert!(world.is_active(&app, refresh(&tokens)).await);
    assert!(!world.is_active(&other, refresh(&tokens)).await);
}

#[tokio::test]
async fn every_byte_of_a_token_counts() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let credentials = [("grant_type", "client_credentials"), ("scope", "photos.read")];
    let jwt = world.token(&app, &credentials).await.unwrap();
    let credentials = [("grant_type", "client_credentials"), ("scope", "mail.send")];
    let opaque = world.token(&app, &credentials).await.unwrap();

    for token in [access(&jwt), access(&opaque)] {
        let mut cut = token.to_owned();
        cut.pop();
        assert!(world.is_active(&app, token).await);
        for changed in [cut, format!("{token}="), format!(" {token}"), token.to_uppercase()] {
            assert!(!world.is_active(&app, &changed).await, "{changed}");
        }
    }
}

#[tokio::test]
async fn a_token_expires_warm_or_cold() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let credentials = [("grant_type", "client_credentials"), ("scope", "mail.send")];
    let tokens = world.token(&app, &credentials).await.unwrap();
    assert!(world.is_active(&app, access(&tokens)).await);

    world.clock.advance(Duration::from_secs(3_599));
    assert!(world.is_active(&app, access(&tokens)).await);
    world.clock.advance(Duration::from_secs(1));
    assert!(!world.is_active(&app, access(&tokens)).await);
}

#[tokio::test]
async fn what_another_node_disabled_ends_within_a_second() {
    let world = World::new().await;
    let scopes = |text: &'static str| Scope::parse(text).unwrap();
    let api = world.confidential("api", |it| it.scopes = scopes("photos.write mail.send")).await;
    for (name, scope) in [("jwt", "photos.read"), ("opaque", "mail.send")] {
        let app = world.confidential(name, |_| {}).await;
        let credentials = [("grant_type", "client_credentials"), ("scope", scope)];
        let known = world.token(&app, &credentials).await.unwrap();
        let seen_late = world.token(&app, &credentials).await.unwrap();
        assert!(world.is_active(&api, access(&known)).await);

        let mut disabled = app.application.clone();
        disabled.status = ApplicationStatus::Disabled;
        let update = async |tx: &store::Tx| applications::update(tx, &disabled, 1).await;
        // As on another node, the caches of this one hear nothing of it.
        world.store().write(update).await.unwrap();
        world.clock.advance(Duration::from_millis(700));
        assert!(world.is_active(&api, access(&seen_late)).await, "the client is remembered");
        world.clock.advance(Duration::from_millis(300));

        assert!(!world.is_active(&api, access(&seen_late)).await, "{name}");
    }
}

#[tokio::test]
async fn callers_prove_themselves() {
    let world = World::new().await;
    let public = world.public("spa", |_| {}).await;
    let app = world.confidential("app", |_| {}).await;

    let refused = told(&world, &public, &[("token", "x")]).await.unwrap_err();
    assert_eq!(refused, TokenQueryRefusal::Client(ClientRefusal::Public));
    let refused = told(&world, &app, &[]).await.unwrap_err();
    assert_eq!(refused, TokenQueryRefusal::MissingToken);

    let nobody = Parameters::from_pairs(vec![("token".to_owned(), "x".to_owned())]);
    let credentials = Credentials { authorization: None, parameters: &nobody };
    let answer = world.engine.introspect(&credentials, &RequestFacts::default()).await.unwrap();
    assert_eq!(answer.unwrap_err(), TokenQueryRefusal::Client(ClientRefusal::Missing));
}

#[tokio::test]
async fn what_was_granted_for_a_session_ends_with_it() {
    for (scope, outlives) in [
        ("openid photos.read", false),
        ("mail.send", false),
        ("openid photos.read offline_access", true),
        ("mail.send offline_access", true),
    ] {
        let world = World::new().await;
        let app = world.confidential("app", |_| {}).await;
        let code = world.code(&app, scope).await;
        let tokens = world.redeem(&app, &code).await.unwrap();
        let asked = async || {
            let token = access(&tokens);
            let userinfo = world.engine.userinfo(&as_bearer(token)).await.unwrap();
            (world.is_active(&app, token).await, userinfo.is_ok())
        };
        assert_eq!(asked().await, (true, scope.contains("openid")), "{scope}");

        let session = world.session;
        let ended = world
            .store()
            .write(async |tx| browser_sessions::remove_by_id(tx, session).await)
            .await
            .unwrap();

        assert!(ended);
        assert_eq!(asked().await, (outlives, outlives && scope.contains("openid")), "{scope}");
        assert_eq!(world.refresh(&app, refresh(&tokens)).await.is_ok(), outlives, "{scope}");
    }
}
