//! A client that acts for itself.

use protocol::{GrantType, Scope, TokenErrorCode};

use crate::{
    ClientRefusal, GateRefusal, Refusal, TargetRefusal, TokenResponse,
    testing::{ISSUER, TestClient, World, access, payload},
};

async fn ask(
    world: &World,
    client: &TestClient,
    pairs: &[(&str, &str)],
) -> Result<TokenResponse, Refusal> {
    let mut all = vec![("grant_type", "client_credentials")];
    all.extend_from_slice(pairs);
    world.token(client, &all).await
}

#[tokio::test]
async fn the_token_is_the_clients_own() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;

    let tokens = ask(&world, &app, &[("scope", "photos.read")]).await.unwrap();

    let claims = payload(access(&tokens));
    assert_eq!(claims["sub"], "app");
    assert_eq!(claims["aud"], "https://photos.test");
    assert_eq!(claims["scope"], "photos.read");
    for absent in ["gid", "sid", "auth_time"] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
    assert!(tokens.refresh_token.is_none() && tokens.id_token.is_none());
    assert!(world.is_active(&app, access(&tokens)).await);
}

#[tokio::test]
async fn a_warm_jwt_touches_the_database_not_at_all_and_an_opaque_token_once() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    ask(&world, &app, &[("scope", "photos.read")]).await.unwrap();

    let before = world.store().statements();
    let jwt = ask(&world, &app, &[("scope", "photos.read")]).await.unwrap();
    assert_eq!(world.store().statements() - before, 0);
    let opaque = ask(&world, &app, &[("scope", "mail.send")]).await.unwrap();
    assert_eq!(world.store().statements() - before, 1);

    for token in [access(&jwt), access(&opaque)] {
        assert!(world.is_active(&app, token).await);
        let warm = world.store().statements();
        assert!(world.is_active(&app, token).await);
        assert_eq!(world.store().statements() - warm, 0);
    }
}

#[tokio::test]
async fn default_scopes_are_given_when_none_is_asked() {
    let world = World::new().await;
    let app = world
        .confidential("app", |it| it.default_scopes = Scope::parse("openid photos.read").unwrap())
        .await;
    let none = world.confidential("none", |_| {}).await;

    let tokens = ask(&world, &app, &[]).await.unwrap();
    assert_eq!(tokens.scope.to_string(), "photos.read");
    let empty = ask(&world, &none, &[]).await.unwrap();
    assert!(empty.scope.is_empty());
    assert_eq!(payload(access(&empty))["aud"], ISSUER);
}

#[tokio::test]
async fn what_a_client_may_not_have_is_refused() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let exceeded = Refusal::Gate(GateRefusal::ScopeExceeded);
    let target = |it| Refusal::Gate(GateRefusal::Target(it));

    for (pairs, refusal) in [
        ([("scope", "photos.write"), ("", "")], exceeded),
        ([("scope", "openid"), ("", "")], exceeded),
        ([("scope", "nonsense"), ("", "")], exceeded),
        ([("scope", "\u{e9}"), ("", "")], Refusal::MalformedScope),
        ([("scope", "photos.read mail.send"), ("", "")], target(TargetRefusal::Ambiguous)),
        (
            [("scope", "photos.read"), ("resource", "https://x.test")],
            target(TargetRefusal::Unknown),
        ),
        (
            [("scope", "photos.read"), ("resource", "https://mail.test")],
            target(TargetRefusal::NotGranted),
        ),
    ] {
        let refused = ask(&world, &app, &pairs).await.unwrap_err();
        assert_eq!(refused, refusal, "{pairs:?}");
    }
}

#[tokio::test]
async fn public_clients_and_unregistered_ones_are_refused() {
    let world = World::new().await;
    let public = world.public("spa", |_| {}).await;
    let bend =
        |it: &mut domain::ClientSettings| it.grant_types = vec![GrantType::AuthorizationCode];
    let code_only = world.confidential("code-only", bend).await;

    let refused = ask(&world, &public, &[]).await.unwrap_err();
    assert_eq!(refused, Refusal::Gate(GateRefusal::PublicClient));
    assert_eq!(refused.code(), TokenErrorCode::UnauthorizedClient);
    let refused = ask(&world, &code_only, &[]).await.unwrap_err();
    assert_eq!(refused, Refusal::Gate(GateRefusal::GrantNotAllowed));
}

#[tokio::test]
async fn an_unknown_grant_type_is_refused_whoever_asks() {
    let world = World::new().await;
    let mut app = world.confidential("app", |_| {}).await;
    app.secret = Some("wrong".to_owned());

    for name in ["password", "Client_Credentials", "urn:ietf:params:oauth:grant-type:saml2-bearer"]
    {
        let refused = world.token(&app, &[("grant_type", name)]).await.unwrap_err();
        assert_eq!(refused, Refusal::UnsupportedGrantType, "{name}");
    }
    let refused = ask(&world, &app, &[]).await.unwrap_err();
    assert_eq!(refused, Refusal::Client(ClientRefusal::WrongSecret));
}
