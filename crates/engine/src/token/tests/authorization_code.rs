//! A code buys once.

use std::time::Duration;

use domain::IdTokenAlg;
use protocol::TokenErrorCode;
use secrecy::ExposeSecret as _;

use super::join_all;
use crate::{
    CodeRefusal, GateRefusal, Refusal, TargetRefusal,
    testing::{CALLBACK, ISSUER, START, VERIFIER, World, access, payload, redemption, refresh},
};

#[tokio::test]
async fn a_code_buys_tokens_that_say_what_they_are() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let code = world.code(&app, "openid photos.read").await;

    let tokens = world.redeem(&app, &code).await.unwrap();

    let claims = payload(access(&tokens));
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["sub"], world.user.id.to_string());
    assert_eq!(claims["aud"], serde_json::json!(["https://photos.test", ISSUER]));
    assert_eq!(claims["client_id"], "app");
    assert_eq!(claims["scope"], "openid photos.read");
    assert_eq!(claims["env"], "sandbox");
    assert_eq!(claims["exp"].as_i64().unwrap(), START.as_seconds() + 3600);
    assert_eq!(tokens.scope.to_string(), "openid photos.read");
    assert_eq!(tokens.expires_in, 3600);

    let id_token = tokens.id_token.as_ref().unwrap().expose_secret();
    let claims = payload(id_token);
    assert_eq!(claims["aud"], "app");
    assert_eq!(claims["nonce"], "n-0S6");
    assert_eq!(claims["auth_time"].as_i64().unwrap(), START.as_seconds());
    assert_eq!(claims["amr"], serde_json::json!(["pwd"]));
    assert_eq!(claims["sid"], world.session.to_string());
    assert_eq!(claims["at_hash"].as_str().unwrap().len(), 22);
    assert!(claims.get("acr").is_none());
    assert!(world.is_active(&app, access(&tokens)).await);
    assert!(world.is_active(&app, refresh(&tokens)).await);
    assert!(!world.is_active(&app, id_token).await);
}

#[tokio::test]
async fn an_id_token_is_signed_as_the_client_registered() {
    let world = World::new().await;
    let rs256 = |it: &mut domain::ClientSettings| {
        it.id_token_signed_response_alg = IdTokenAlg::Rs256;
    };
    let app = world.confidential("app", rs256).await;
    let code = world.code(&app, "openid").await;

    let tokens = world.redeem(&app, &code).await.unwrap();

    let ring = world.engine.key_ring(world.engine.now()).await.unwrap();
    let id_token = tokens.id_token.as_ref().unwrap().expose_secret();
    let verified = jose::verify(ring.set(), id_token, &["JWT"]).unwrap();
    assert_eq!(verified.header.algorithm, jose::Algorithm::Rs256);
}

#[tokio::test]
async fn without_openid_there_is_no_id_token() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let code = world.code(&app, "photos.read").await;

    let tokens = world.redeem(&app, &code).await.unwrap();

    assert!(tokens.id_token.is_none());
    assert_eq!(payload(access(&tokens))["aud"], "https://photos.test");
}

#[tokio::test]
async fn a_replay_revokes_what_the_code_bought() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let code = world.code(&app, "openid").await;
    let tokens = world.redeem(&app, &code).await.unwrap();
    assert!(world.is_active(&app, access(&tokens)).await);

    let replay = world.redeem(&app, &code).await;

    assert_eq!(replay.unwrap_err(), Refusal::Code(CodeRefusal::Replayed));
    assert!(!world.is_active(&app, access(&tokens)).await);
    assert!(!world.is_active(&app, refresh(&tokens)).await);
    assert!(world.refresh(&app, refresh(&tokens)).await.is_err());
}

#[tokio::test]
async fn a_replay_with_anything_wrong_revokes_nothing() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let other = world.confidential("other", |_| {}).await;
    let code = world.code(&app, "openid").await;
    let tokens = world.redeem(&app, &code).await.unwrap();

    let wrong_verifier = "x".repeat(43);
    let mut pairs = redemption(&code);
    pairs[3].1 = &wrong_verifier;
    assert!(world.token(&app, &pairs).await.is_err());
    assert!(world.redeem(&other, &code).await.is_err());

    assert!(world.is_active(&app, access(&tokens)).await);
}

#[tokio::test]
async fn what_does_not_fit_spends_nothing() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let other = world.public("other", |_| {}).await;
    let code = world.code(&app, "openid").await;
    let wrong = "x".repeat(43);
    let with = |at: usize, value| {
        let mut pairs = redemption(&code);
        pairs[at].1 = value;
        pairs
    };

    for pairs in [
        with(2, "https://app.test/other"),
        with(2, ""),
        with(3, wrong.as_str()),
        with(3, "short"),
        with(3, ""),
        with(1, code.strip_prefix("cs_").unwrap()),
    ] {
        let refused = world.token(&app, &pairs).await.unwrap_err();
        assert_eq!(refused.code(), TokenErrorCode::InvalidGrant, "{refused}");
    }
    let stolen = world.redeem(&other, &code).await.unwrap_err();
    assert_eq!(stolen, Refusal::Code(CodeRefusal::Unbound));

    assert!(world.redeem(&app, &code).await.is_ok());
}

#[tokio::test]
async fn a_code_lives_for_a_minute() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let code = world.code(&app, "openid").await;

    world.clock.advance(Duration::from_mins(1));

    let late = world.redeem(&app, &code).await.unwrap_err();
    assert_eq!(late, Refusal::Code(CodeRefusal::Expired));
}

#[tokio::test]
async fn sixteen_at_once_get_tokens_once() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let code = world.code(&app, "openid").await;

    let attempts = (0..16).map(|_| world.redeem(&app, &code));
    let answers = join_all(attempts).await;

    let won: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
    assert_eq!(won.len(), 1);
    // The other fifteen were replays.
    assert!(!world.is_active(&app, access(&won[0])).await);
}

#[tokio::test]
async fn a_warm_redemption_keeps_its_budget_of_statements() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let warm = world.code(&app, "openid photos.read").await;
    world.redeem(&app, &warm).await.unwrap();
    let code = world.code(&app, "openid photos.read").await;

    let before = world.store().statements();
    world.redeem(&app, &code).await.unwrap();

    // The guarded update, the gate's read, grant, family and audit event.
    assert_eq!(world.store().statements() - before, 5);
}

#[tokio::test]
async fn scopes_of_two_apis_need_a_resource() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;

    let code = world.code(&app, "openid photos.read mail.send").await;
    let refused = world.redeem(&app, &code).await.unwrap_err();
    assert_eq!(refused, Refusal::Gate(GateRefusal::Target(TargetRefusal::Ambiguous)));

    // The refusal says what to change, and the code is still good for it.
    let mut pairs = redemption(&code).to_vec();
    pairs.push(("resource", "https://mail.test"));
    let tokens = world.token(&app, &pairs).await.unwrap();
    assert_eq!(tokens.scope.to_string(), "openid mail.send");
    assert!(access(&tokens).starts_with("cs_at_"));
    assert!(world.is_active(&app, access(&tokens)).await);

    // The refresh token still opens the other API.
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh(&tokens)),
        ("resource", "https://photos.test"),
    ];
    let photos = world.token(&app, &pairs).await.unwrap();
    assert_eq!(photos.scope.to_string(), "openid photos.read");
}

#[tokio::test]
async fn a_missing_parameter_is_named() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;

    let pairs = [("grant_type", "authorization_code"), ("redirect_uri", CALLBACK)];
    let refused = world.token(&app, &pairs).await.unwrap_err();

    assert_eq!(refused, Refusal::Missing("code"));
    assert_eq!(refused.code(), TokenErrorCode::InvalidRequest);
    let without_type = world.token(&app, &[("code_verifier", VERIFIER)]).await.unwrap_err();
    assert_eq!(without_type, Refusal::Missing("grant_type"));
}
