//! The search box, on SQLite.

use domain::{Permission, Role};
use secrecy::ExposeSecret as _;

use super::*;
use crate::{
    Call,
    applications::register,
    secrets::{SecretPath, revoke},
    testing::{Fixture, operators::web},
};

async fn hits(fixture: &Fixture, text: &str) -> Vec<Hit> {
    search(&fixture.service, &Call::operator(), text).await.unwrap().hits
}

#[tokio::test]
async fn names_identifiers_and_addresses_lead_to_what_they_are_of() {
    let fixture = Fixture::new().await;
    let registered = fixture.register(web("Photo Printer")).await;
    let application = registered.view.application;
    let client_id = application.clients[0].client_id.as_str();
    let secret_id = registered.secret.unwrap().id;

    let by_name = hits(&fixture, " photo ").await;
    let by_uri = hits(&fixture, "APP.test/call").await;
    let by_client_id = hits(&fixture, client_id).await;
    let by_id = hits(&fixture, &application.id.to_string()).await;
    let by_secret_id = hits(&fixture, &secret_id.to_string()).await;
    let person = hits(&fixture, &fixture.alice.to_string()).await;

    assert!(matches!(&by_name[..], [Hit::Application(it)] if it.name == "Photo Printer"));
    assert!(matches!(&by_uri[..], [Hit::Client { redirect_uri: Some(_), .. }]), "{by_uri:?}");
    assert!(
        matches!(&by_client_id[..], [Hit::Client { client, .. }] if client.client_id == client_id)
    );
    assert!(matches!(&by_id[..], [Hit::Application(it)] if it.id == application.id));
    assert!(matches!(&by_secret_id[..], [Hit::Secret { id, .. }] if *id == secret_id));
    assert!(matches!(&person[..], [Hit::User(it)] if it.username == "alice"), "{person:?}");
    assert_eq!(hits(&fixture, "").await.len(), 0);
}

#[tokio::test]
async fn a_pasted_secret_is_recognised_while_and_after_it_works() {
    let fixture = Fixture::new().await;
    let registered = fixture.register(web("Photo Printer")).await;
    let application_id = registered.view.application.id;
    let secret = registered.secret.unwrap();
    let (service, call) = (&fixture.service, Call::operator());
    let look = async |call: &Call| {
        let found = search(service, call, secret.client_secret.expose_secret()).await.unwrap();
        assert_eq!(found.hits.len(), 0);
        found.handle.unwrap()
    };

    let active = look(&call).await;
    let stranger = look(&Fixture::only(&[Permission::UsersRead])).await;
    let environment = Environment::Sandbox;
    let path = SecretPath { application_id, environment, secret_id: secret.id };
    revoke(service, &call, path).await.unwrap();
    let revoked = look(&call).await;

    assert_eq!((active.kind, active.state), (HandleKind::SandboxSecret, HandleState::Active));
    assert_eq!(active.application_id, Some(application_id));
    assert_eq!(stranger.state, HandleState::Unknown);
    assert_eq!(stranger.application_id, None);
    assert_eq!(revoked.state, HandleState::Revoked);
}

#[tokio::test]
async fn a_developer_finds_nothing_of_others() {
    let fixture = Fixture::new().await;
    let (_, dana) = fixture.person("dana", Some(Role::Developer)).await;
    let service = &fixture.service;
    register(service, &dana, web("Own Printer")).await.unwrap();
    let foreign = fixture.register(web("Foreign Printer")).await;
    let secret = foreign.secret.unwrap();

    let found = search(service, &dana, "printer").await.unwrap();
    let secret_by_id = search(service, &dana, &secret.id.to_string()).await.unwrap();
    let pasted = search(service, &dana, secret.client_secret.expose_secret()).await.unwrap();
    let people = search(service, &dana, "alice").await.unwrap();

    assert!(matches!(&found.hits[..], [Hit::Application(it)] if it.name == "Own Printer"));
    assert_eq!(secret_by_id.hits.len(), 0);
    assert_eq!(pasted.handle.unwrap().state, HandleState::Unknown);
    assert_eq!(people.hits.len(), 0);
}
