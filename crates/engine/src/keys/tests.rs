//! Keys over their life: no token ever meets a verifier that does not know its key.

use std::{sync::Arc, time::Duration};

use domain::{
    Id, KeyState, MasterKeys, Sealer,
    audit::{Actor, Surface},
};
use jose::{PrivateKey, Signer};

use super::*;
use crate::testing::{World, access, payload};

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
    for withdrawn in [access(&before), access(&after)] {
        assert!(!world.is_active(&app, withdrawn).await);
    }
    let newest = world.token(&app, &pairs).await.unwrap();
    assert!(world.is_active(&app, access(&newest)).await);
}

#[tokio::test]
async fn an_emergency_leaves_no_older_key_behind() {
    let world = World::new().await;
    world.clock.advance(Duration::from_hours(24));
    rotate(&world, Rotate::WhenPublished).await;
    let old = signing_keys::list_published(world.store()).await.unwrap();

    let Rotated::Done(kids) = rotate(&world, Rotate::Now).await else { panic!("it never waits") };

    let set = published(&world).await;
    assert_eq!(old.len(), 6);
    assert!(old.iter().all(|it| !kids.contains(&it.kid) && !set.contains(&it.kid)));
    assert!(kids.iter().all(|it| set.contains(it)));
    let retired = world.engine.list_keys().await.unwrap().into_iter();
    let retired = retired.filter(|it| it.state == KeyState::Retired);
    let halves = retired.flat_map(|it| [it.sealed_private, it.sealed_public]);
    assert_eq!(halves.flatten().count(), 0);
    assert_eq!(signing_keys::list_published(world.store()).await.unwrap().len(), 4);
}

/// A key as somebody who writes to the database, and has no master key, can plant it.
async fn plant(world: &World, state: KeyState, sealed: Option<Vec<u8>>) -> Signer {
    let signer = Signer::new(PrivateKey::generate(Algorithm::Es256).unwrap());
    let row = SigningKey {
        id: Id::new(world.engine.now(), world.engine.parts.entropy.as_ref()),
        kid: signer.kid().to_owned(),
        algorithm: "ES256".to_owned(),
        state,
        sealed_private: sealed.clone(),
        sealed_public: sealed,
        created_at: world.engine.now(),
        activated_at: None,
        retired_at: None,
    };
    world.store().write(async |tx| signing_keys::insert(tx, &row).await).await.unwrap();
    signer
}

#[tokio::test]
async fn a_key_that_was_written_into_the_database_is_not_believed() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let pairs = [("grant_type", "client_credentials"), ("scope", "photos.read")];
    let good = world.token(&app, &pairs).await.unwrap();
    let claims = payload(access(&good));
    let another = world.engine.list_keys().await.unwrap().remove(0);
    let (anothers, anothers_public) = (another.sealed_private, another.sealed_public);

    for (state, sealed) in [
        (KeyState::Retiring, None),
        (KeyState::Pending, Some(b"garbage".to_vec())),
        (KeyState::Retiring, anothers),
        (KeyState::Retired, Some(b"garbage".to_vec())),
        (KeyState::Retired, anothers_public),
    ] {
        let signer = plant(&world, state, sealed).await;
        let forged = signer.sign_json("at+jwt", &claims).unwrap();

        assert!(!world.is_active(&app, &forged).await);
        assert!(!published(&world).await.contains(signer.kid()));
        let ring = world.engine.key_ring(world.engine.now()).await.unwrap();
        assert!(ring.hints().get(signer.kid()).is_none());
        assert!(world.is_active(&app, access(&good)).await);
    }
    plant(&world, KeyState::Active, None).await;
    let stopped = world.engine.ensure_keys().await.unwrap_err();
    assert!(matches!(stopped, KeysError::Sealed { .. }), "{stopped}");
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
        assert!(key.sealed_public.is_some());
    }
}

#[tokio::test]
async fn a_retired_key_is_kept_for_hints_only_and_not_for_long() {
    let world = World::new().await;
    let first = kids(&world, KeyState::Active).await.remove(0);
    let knows = async |hint: bool| {
        let ring = world.engine.key_ring(world.engine.now()).await.unwrap();
        let keys = if hint { ring.hints() } else { ring.set() };
        keys.get(&first).is_some()
    };
    for hours in [24 * 30, 25] {
        world.clock.advance(Duration::from_hours(hours));
        assert!(world.engine.advance_keys().await.unwrap());
    }
    assert!(knows(true).await && !knows(false).await);

    world.clock.advance(Duration::from_hours(24 * 30));
    assert!(world.engine.advance_keys().await.unwrap());
    assert!(!knows(true).await);
    let keys = world.engine.list_keys().await.unwrap();
    let first = keys.iter().find(|it| it.kid == first).unwrap();
    assert!(first.sealed_public.is_none());
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
    assert_eq!(both.reseal_keys().await.unwrap(), Resealed { resealed: 8, unchanged: 0 });
    assert_eq!(both.reseal_keys().await.unwrap(), Resealed { resealed: 0, unchanged: 8 });

    with(new).ensure_keys().await.unwrap();
    let lost = with(old).ensure_keys().await.unwrap_err();
    assert!(matches!(lost, KeysError::Sealed { .. }), "{lost}");
}
