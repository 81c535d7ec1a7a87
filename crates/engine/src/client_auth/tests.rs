//! One way, the registered one, with a live secret.

use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use domain::{ClientSecret, ClientSettings, HandleKind, Id};
use store::repo::client_secrets;

use super::*;
use crate::testing::{TestClient, World};

fn basic(client_id: &str, secret: &str) -> String {
    format!("Basic {}", Base64::encode_string(format!("{client_id}:{secret}").as_bytes()))
}

async fn prove(
    world: &World,
    authorization: Option<&str>,
    pairs: &[(&str, &str)],
) -> Result<(), ClientRefusal> {
    let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let parameters = Parameters::from_pairs(pairs.collect());
    let credentials = Credentials { authorization, parameters: &parameters };
    let facts = RequestFacts::default();
    let now = world.engine.now();
    world.engine.authenticate(&credentials, &facts, now).await.unwrap().map(|_| ())
}

fn secret(client: &TestClient) -> &str {
    client.secret.as_deref().unwrap()
}

fn post(settings: &mut ClientSettings) {
    settings.token_endpoint_auth_method = ClientAuthMethod::ClientSecretPost;
}

#[tokio::test]
async fn the_registered_method_alone_is_taken() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let posting = world.confidential("posting", post).await;
    world.public("spa", |_| {}).await;
    let header = basic("app", secret(&app));
    let posting_header = basic("posting", secret(&posting));
    let in_body = [("client_id", "app"), ("client_secret", secret(&app))];
    let posted = [("client_id", "posting"), ("client_secret", secret(&posting))];

    assert_eq!(prove(&world, Some(&header), &[]).await, Ok(()));
    assert_eq!(prove(&world, Some(&header), &[("client_id", "app")]).await, Ok(()));
    assert_eq!(prove(&world, None, &posted).await, Ok(()));
    assert_eq!(prove(&world, None, &[("client_id", "spa")]).await, Ok(()));

    let wrong = Err(ClientRefusal::WrongMethod);
    assert_eq!(prove(&world, None, &in_body).await, wrong);
    assert_eq!(prove(&world, Some(&posting_header), &[]).await, wrong);
    assert_eq!(prove(&world, None, &[("client_id", "app")]).await, wrong);
    assert_eq!(prove(&world, Some(&basic("spa", "x")), &[]).await, wrong);
}

#[tokio::test]
async fn ways_are_not_mixed() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let header = basic("app", secret(&app));
    let assertion = ("client_assertion", "x");

    for (authorization, pairs, refusal) in [
        (Some(header.as_str()), vec![("client_secret", "x")], ClientRefusal::SeveralMethods),
        (Some(&header), vec![assertion], ClientRefusal::SeveralMethods),
        (None, vec![("client_secret", "x"), assertion], ClientRefusal::SeveralMethods),
        (Some(&header), vec![("client_id", "other")], ClientRefusal::DifferentIds),
        (
            None,
            vec![("client_id", "app"), assertion],
            ClientRefusal::Assertion(AssertionRefusal::Type),
        ),
        (None, vec![], ClientRefusal::Missing),
        (Some("Bearer x"), vec![], ClientRefusal::MalformedHeader),
    ] {
        assert_eq!(prove(&world, authorization, &pairs).await, Err(refusal));
    }
}

#[tokio::test]
async fn wrong_empty_and_others_secrets_prove_nothing() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let other = world.confidential("other", |_| {}).await;
    let mut cut = secret(&app).to_owned();
    cut.pop();

    for wrong in ["", "secret", secret(&other), &cut, &secret(&app).to_uppercase()] {
        let refused = prove(&world, Some(&basic("app", wrong)), &[]).await;
        assert_eq!(refused, Err(ClientRefusal::WrongSecret), "{wrong}");
    }
    let unknown = prove(&world, Some(&basic("nobody", secret(&app))), &[]).await;
    assert_eq!(unknown, Err(ClientRefusal::UnknownClient));
}

#[tokio::test]
async fn two_secrets_work_until_the_old_one_ends() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    let entropy = world.engine.parts.entropy.as_ref();
    let now = world.engine.now();
    let (handle, digest) = world.engine.parts.handles.issue(HandleKind::SandboxSecret, entropy);
    let ending = ClientSecret {
        id: Id::new(now, entropy),
        label: String::new(),
        hint: String::new(),
        digest,
        created_by: "tests".to_owned(),
        created_at: now,
        expires_at: Some(now.plus(Duration::from_mins(1))),
        last_used_at: None,
        last_used_from: None,
        version: 1,
    };
    let id = app.client.id;
    let store = world.store();
    store.write(async |tx| client_secrets::insert(tx, id, &ending).await).await.unwrap();
    let (first, second) = (basic("app", secret(&app)), basic("app", handle.expose()));

    assert_eq!(prove(&world, Some(&first), &[]).await, Ok(()));
    assert_eq!(prove(&world, Some(&second), &[]).await, Ok(()));
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(prove(&world, Some(&second), &[]).await, Err(ClientRefusal::WrongSecret));
    assert_eq!(prove(&world, Some(&first), &[]).await, Ok(()));
}

#[tokio::test]
async fn the_last_use_of_a_secret_is_written_down_later() {
    let world = World::new().await;
    let app = world.confidential("app", |_| {}).await;
    prove(&world, Some(&basic("app", secret(&app))), &[]).await.unwrap();
    let used = async || {
        let id = &app.client.client_id;
        let found = store::repo::registered_clients::find(world.store(), id).await.unwrap();
        found.unwrap().client.secrets[0].last_used_at
    };
    assert_eq!(used().await, None);

    world.engine.flush_usage().await.unwrap();

    assert_eq!(used().await, Some(world.engine.now()));
}

#[tokio::test]
async fn failures_of_known_clients_are_on_record_and_of_unknown_ones_not() {
    let world = World::new().await;
    world.confidential("app", |_| {}).await;
    for client in ["app", "app", "nobody"] {
        prove(&world, Some(&basic(client, "wrong")), &[]).await.unwrap_err();
    }

    // Nothing is written before the answer: that would tell the two apart by time.
    assert!(world.events(Action::TokenRefused).await.is_empty());
    world.engine.flush_refusals().await.unwrap();
    world.engine.flush_refusals().await.unwrap();
    let events = world.events(Action::TokenRefused).await;

    assert_eq!(events.len(), 1);
    assert_eq!(events[0].reason.as_deref(), Some("the client secret is wrong, expired or revoked"));
    assert_eq!(events[0].actor.name, "app");
}
