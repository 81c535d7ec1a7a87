//! Whatever ended between two steps, the second buys nothing.

use domain::{ApplicationStatus, GrantSwitches};
use protocol::{GrantType, Scope};
use store::repo::settings;

use crate::{
    GateRefusal, Refusal,
    testing::{TestClient, World, access, refresh},
};

/// What each grant answers after `act`, and whether a token issued before still counts.
async fn after(act: impl AsyncFnOnce(&World, &TestClient)) -> (Vec<Option<Refusal>>, bool) {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let before = world.code(&app, "openid photos.read").await;
    let tokens = world.redeem(&app, &before).await.unwrap();
    let code = world.code(&app, "openid photos.read").await;
    assert!(world.is_active(&app, access(&tokens)).await);

    act(&world, &app).await;

    let credentials = [("grant_type", "client_credentials"), ("scope", "photos.read")];
    let answers = vec![
        world.redeem(&app, &code).await.err(),
        world.refresh(&app, refresh(&tokens)).await.err(),
        world.token(&app, &credentials).await.err(),
    ];
    let token = world.engine.verify_access_token(access(&tokens), world.engine.now()).await;
    (answers, token.unwrap().is_some())
}

#[tokio::test]
async fn a_disabled_application_gets_nothing() {
    let (answers, counts) = after(async |world, app| {
        world.set_status(app, ApplicationStatus::Disabled).await;
    })
    .await;

    let inactive = Some(Refusal::Client(crate::ClientRefusal::Inactive));
    assert_eq!(answers, [inactive; 3]);
    assert!(!counts);
}

#[tokio::test]
async fn nothing_is_issued_for_a_locked_person() {
    let (answers, counts) = after(async |world, _| world.lock_user().await).await;

    let locked = Some(Refusal::Gate(GateRefusal::UserInactive));
    assert_eq!(answers, [locked, locked, None]);
    assert!(!counts);
}

#[tokio::test]
async fn a_grant_type_taken_from_the_client_is_gone_at_once() {
    let (answers, counts) =
        after(async |world, app| world.change(app, |it| it.grant_types.clear()).await).await;

    assert_eq!(answers, [Some(Refusal::Gate(GateRefusal::GrantNotAllowed)); 3]);
    assert!(counts);
}

#[tokio::test]
async fn a_grant_type_switched_off_is_off_for_all() {
    let (answers, counts) = after(async |world, _| {
        let mut switches = GrantSwitches::default();
        for grant in GrantType::ALL {
            switches.set(grant, false);
        }
        let now = world.engine.now();
        world
            .store()
            .write(async |tx| {
                tx.invalidate_caches();
                settings::put_grant_switches(tx, &switches, 0, now).await
            })
            .await
            .unwrap();
    })
    .await;

    assert_eq!(answers, [Some(Refusal::Gate(GateRefusal::GrantOff)); 3]);
    assert!(counts);
}

#[tokio::test]
async fn a_scope_taken_from_the_client_is_left_out() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let code = world.code(&app, "openid photos.read").await;
    let tokens = world.redeem(&app, &code).await.unwrap();

    world.change(&app, |it| it.scopes = Scope::parse("openid").unwrap()).await;
    let narrowed = world.refresh(&app, refresh(&tokens)).await.unwrap();
    assert_eq!(narrowed.scope.to_string(), "openid");

    world.change(&app, |it| it.scopes = Scope::default()).await;
    let nothing = world.refresh(&app, refresh(&tokens)).await.unwrap_err();
    assert_eq!(nothing, Refusal::Gate(GateRefusal::NothingLeft));
}
