//! Sets are fetched when they are needed, and never faster than a minute apart.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use domain::ClientSettings;
use jose::PrivateKey;
use serde_json::{Value, json};

use super::*;
use crate::testing::World;

const URI: &str = "https://app.test/jwks";

fn key() -> PrivateKey {
    PrivateKey::generate(Algorithm::Es256).unwrap()
}

fn set(keys: &[&PrivateKey]) -> Value {
    let keys: Vec<Value> = keys.iter().map(|key| json!(key.public())).collect();
    json!({ "keys": keys })
}

fn signed(key: &PrivateKey) -> String {
    let encode = |value: Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    let header = encode(json!({ "alg": "ES256", "kid": key.public().kid() }));
    let message = format!("{header}.{}", encode(json!({})));
    let signature = Base64UrlUnpadded::encode_string(&key.sign(message.as_bytes()).unwrap());
    format!("{message}.{signature}")
}

/// A client whose keys are at [`URI`].
struct Published {
    world: World,
    client: Client,
}

impl Published {
    async fn new() -> Self {
        let world = World::new().await;
        let bend = |settings: &mut ClientSettings| {
            settings.keys = Some(ClientKeys::Uri(URI.to_owned()));
        };
        let client = world.confidential("app", bend).await.client;
        Self { world, client }
    }

    async fn check(&self, key: &PrivateKey) -> Result<(), ClientKeyRefusal> {
        let token = signed(key);
        let token = Unverified::read(&token, &[]).unwrap();
        let now = self.world.engine.now();
        self.world.engine.check_signed_by(&self.client, &token, None, now).await
    }

    fn advance(&self, span: Duration) {
        self.world.clock.advance(span);
    }

    fn fetches(&self) -> usize {
        self.world.pages.asked(URI)
    }
}

const UNKNOWN: Result<(), ClientKeyRefusal> = Err(ClientKeyRefusal::Token(VerifyError::UnknownKey));
const UNREACHABLE: Result<(), ClientKeyRefusal> =
    Err(ClientKeyRefusal::Fetch(FetchError::Unreachable));

#[tokio::test]
async fn a_caller_who_goes_away_ends_no_fetch() {
    let app = Published::new().await;
    let key = key();
    app.world.pages.put(URI, &set(&[&key]));

    tokio::select! {
        biased;
        checked = app.check(&key) => panic!("nobody went away: {checked:?}"),
        () = std::future::ready(()) => {}
    }

    assert_eq!(app.check(&key).await, Ok(()));
    assert_eq!(app.fetches(), 1);
}

#[tokio::test]
async fn one_fetch_serves_many_and_a_new_key_is_found() {
    let app = Published::new().await;
    let (old, new) = (key(), key());
    app.world.pages.put(URI, &set(&[&old]));

    for _ in 0..5 {
        assert_eq!(app.check(&old).await, Ok(()));
    }
    assert_eq!(app.fetches(), 1);
    app.world.pages.put(URI, &set(&[&new]));
    app.advance(BETWEEN_FETCHES);

    assert_eq!(app.check(&new).await, Ok(()));
    assert_eq!(app.fetches(), 2);
    assert_eq!(app.check(&old).await, UNKNOWN, "it was taken away");
}

#[tokio::test]
async fn unknown_names_cause_one_fetch_a_minute() {
    let app = Published::new().await;
    app.world.pages.put(URI, &set(&[&key()]));
    for minute in 1..=3 {
        for _ in 0..50 {
            assert_eq!(app.check(&key()).await, UNKNOWN);
        }
        assert_eq!(app.fetches(), minute);
        app.advance(BETWEEN_FETCHES);
    }
}

#[tokio::test]
async fn a_key_that_was_taken_away_ends_with_the_next_fetch() {
    let app = Published::new().await;
    let (old, new) = (key(), key());
    app.world.pages.put(URI, &set(&[&old]));
    assert_eq!(app.check(&old).await, Ok(()));
    app.world.pages.put(URI, &set(&[&new]));

    app.advance(FRESH.saturating_sub(Duration::from_millis(1)));
    assert_eq!(app.check(&old).await, Ok(()));
    app.advance(Duration::from_millis(1));
    assert_eq!(app.check(&old).await, UNKNOWN);
    assert_eq!(app.fetches(), 2);
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_asked_once_a_minute_and_old_keys_help_for_an_hour() {
    let app = Published::new().await;
    let key = key();
    assert_eq!(app.check(&key).await, UNREACHABLE);
    assert_eq!(app.check(&key).await, UNREACHABLE);
    assert_eq!(app.fetches(), 1);

    app.world.pages.put(URI, &set(&[&key]));
    app.advance(BETWEEN_FETCHES);
    assert_eq!(app.check(&key).await, Ok(()));
    app.world.pages.put(URI, &"");
    app.advance(STALE.saturating_sub(Duration::from_millis(1)));
    assert_eq!(app.check(&key).await, Ok(()));
    assert_eq!(app.check(&key).await, Ok(()));
    assert_eq!(app.fetches(), 3);
    app.advance(Duration::from_millis(1));
    assert_eq!(app.check(&key).await, UNREACHABLE);
}

#[tokio::test]
async fn a_set_that_is_none_proves_nothing() {
    let app = Published::new().await;
    let key = key();
    app.world.pages.put(URI, &"{}");
    let invalid = ClientKeyRefusal::Invalid(InvalidForeignKeys::NotASet);

    assert_eq!(app.check(&key).await, Err(invalid));

    let mut bare = app.client.clone();
    bare.settings.keys = None;
    let token = signed(&key);
    let token = Unverified::read(&token, &[]).unwrap();
    let now = app.world.engine.now();
    let refused = app.world.engine.check_signed_by(&bare, &token, None, now).await;
    assert_eq!(refused, Err(ClientKeyRefusal::NoKeys));
}
