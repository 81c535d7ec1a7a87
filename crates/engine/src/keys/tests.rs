//! Keys over their life: no token ever meets a verifier that does not know its key.

use std::{sync::Arc, time::Duration};

use domain::{
    KeyState, MasterKeys, Sealer,
    audit::{Actor, Surface},
};

use super::*;
use crate::testing::{World, access};

async fn kids(world: &World, state: KeyState) -> Vec<String> {
    let keys = world.engine.list_keys().await.unwrap();
    keys.into_iter().filter(|it| it.state == state).map(|it| it.kid).collect()
}

async fn rotate(world: &World, how: Rotate) -> Rotated {
    world.engine.rotate_keys(how, Actor::operator(), Surface::Cli).await.unwrap()
}

async fn published(world: &World) -> String {
    world.engine.jwks().await.unwrap()
}

#[tokio::test]
async fn what_is_missing_is_made_and_no_more() {
    let world = World::new().await;
    let pending = world.engine.list_keys().await.unwrap().into_iter();
    let pending = pending.filter(|it| it.state == KeyState::Pending && it.algorithm == "ES256");
    let (id, now) = (pending.map(|it| it.id).next().unwrap(), world.engine.now());
    world.store().write(async |tx| signing_keys::retire(tx, id, now).await).await.unwrap();

    world.engine.ensure_keys().await.unwrap();
    let first = signing_keys::list_published(world.store()).await.unwrap();
    assert_eq!(first.len(), 4);
    world.engine.ensure_keys().await.unwrap();

    assert_eq!(signing_keys::list_published(world.store()).await.unwrap().len(), 4);
    let set = published(&world).await;
    for key in first {
        assert!(set.contains(&key.kid));
    }
    for private in ["\"d\"", "\"p\"", "\"k\""] {
        assert!(!set.contains(private));
    }
}

#[tokio::test]
async fn a_rotation_waits_until_the_next_key_was_published_for_a_day() {
    let world = World::new().await;
    let pending = kids(&world, KeyState::Pending).await;

    let early = rotate(&world, Rotate::WhenPublished).await;
    let ready = world.engine.now().plus(Duration::from_hours(24));
    assert_eq!(early, Rotated::NotBefore(ready));

    world.clock.advance(Duration::from_hours(24));
    assert_eq!(rotate(&world, Rotate::WhenPublished).await, Rotated::Done(pending.clone()));
    assert_eq!(kids(&world, KeyState::Active).await, pending);
    assert_eq!(kids(&world, KeyState::Retiring).await.len(), 2);
    assert_eq!(kids(&world, KeyState::Pending).await.len(), 2);
}

#[tokio::test]
async fn tokens_outlive_a_rotation_and_not_an_emergency() {
    let world = World::new().await;
    let bend = |it: &mut domain::ClientSettings| it.access_token_lifetime_seconds = 24 * 3600;
    let app = world.confidential("app", bend).await;
    let pairs = [("grant_type", "client_credentials"), ("scope", "photos.read")];
    let old = world.token(&app, &pairs).await.unwrap();
    world.clock.advance(Duration::from_hours(23));
    let before = world.token(&app, &pairs).await.unwrap();
    assert!(world.is_active(&app, access(&old)).await);

    world.clock.advance(Duration::from_hours(1));
    rotate(&world, Rotate::WhenPublished).await;
    assert!(world.is_active(&app, access(&before)).await);
    let after = world.token(&app, &pairs).await.unwrap();

    rotate(&world, Rotate::Now).await;
    assert!(!world.is_active(&app, access(&after)).await);
    let newest = world.token(&app, &pairs).await.unwrap();
    assert!(world.is_active(&app, access(&newest)).await);
    // What signed before the emergency is on its way out, and still verifies.
    assert!(world.is_active(&app, access(&before)).await);
}

#[tokio::test]
async fn the_schedule_rotates_retires_and_erases() {
    let world = World::new().await;
    let first = kids(&world, KeyState::Active).await;
    assert!(!world.engine.advance_keys().await.unwrap());

    world.clock.advance(Duration::from_hours(24 * 30));
    assert!(world.engine.advance_keys().await.unwrap());
    assert_eq!(kids(&world, KeyState::Retiring).await, first);
    assert!(published(&world).await.contains(&first[0]));

    world.clock.advance(Duration::from_hours(25));
    assert!(world.engine.advance_keys().await.unwrap());
    assert_eq!(kids(&world, KeyState::Retired).await, first);
    assert!(!published(&world).await.contains(&first[0]));
    let keys = world.engine.list_keys().await.unwrap();
    for key in keys {
        assert_eq!(key.sealed_private.is_none(), key.state == KeyState::Retired);
    }
}

#[tokio::test]
async fn keys_are_resealed_under_a_new_master_key() {
    let world = World::new().await;
    let old = "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let new = "2:______________________________________-___8";
    let with = |text: &str| {
        let mut parts = world.engine.parts.clone();
        parts.sealer = Arc::new(Sealer::new(&MasterKeys::parse(text).unwrap()));
        Engine::new(parts)
    };

    let both = with(&format!("{new}\n{old}"));
    assert_eq!(both.reseal_keys().await.unwrap(), Resealed { resealed: 4, unchanged: 0 });
    assert_eq!(both.reseal_keys().await.unwrap(), Resealed { resealed: 0, unchanged: 4 });

    with(new).ensure_keys().await.unwrap();
    let lost = with(old).ensure_keys().await.unwrap_err();
    assert!(matches!(lost, KeysError::Sealed { .. }), "{lost}");
}
