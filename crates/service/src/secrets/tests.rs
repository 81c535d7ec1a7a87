//! Client secrets, on SQLite.

use std::time::Duration;

use domain::{HandleKind, Permission, Role};
use secrecy::ExposeSecret as _;
use store::repo::registered_clients::{self, SecretUse};

use super::*;
use crate::{
    Call, Problem,
    applications::RegisterApplication,
    clients::{ClientChanges, UpdateClient, update as update_client},
    testing::{
        Fixture,
        operators::{conflict, faults, web},
    },
};

fn wanted(application_id: Id<Application>) -> GenerateSecret {
    GenerateSecret {
        application_id,
        environment: Environment::Sandbox,
        label: String::new(),
        expires_at: None,
    }
}

fn changed(path: SecretPath, version: i64, expires_at: Patch<Timestamp>) -> UpdateSecret {
    UpdateSecret { path, version, label: None, expires_at }
}

async fn registered(fixture: &Fixture) -> (Id<Application>, SecretPath) {
    let registered = fixture.register(web("Photo Printer")).await;
    let application_id = registered.view.application.id;
    let secret_id = registered.secret.unwrap().id;
    (application_id, SecretPath { application_id, environment: Environment::Sandbox, secret_id })
}

#[tokio::test]
async fn a_secret_is_told_once_and_kept_as_a_digest() {
    let fixture = Fixture::new().await;
    let (id, _) = registered(&fixture).await;
    let (service, call) = (&fixture.service, Call::operator());

    let shown = generate(service, &call, wanted(id)).await.unwrap();

    let value = shown.client_secret.expose_secret();
    let listed = list(service, &call, id, Environment::Sandbox).await.unwrap();
    assert_eq!(listed.len(), 2);
    let kept = listed.iter().find(|it| it.id == shown.id).unwrap();
    let digest = service.parts.handles.digest(HandleKind::SandboxSecret, value);
    assert_eq!(Some(kept.digest), digest);
    assert!(kept.hint.starts_with("cs_sbx_…") && !value.contains(&kept.hint));
    assert!(!format!("{listed:?}").contains(value.get(8..40).unwrap()));
}

#[tokio::test]
async fn rotation_lets_the_old_secret_work_for_as_long_as_was_asked() {
    let fixture = Fixture::new().await;
    let (id, path) = registered(&fixture).await;
    let (service, call) = (&fixture.service, Call::operator());
    let rotation =
        RotateSecret { path, overlap_hours: 24, label: Some("next".to_owned()), expires_at: None };

    let rotated = rotate(service, &call, rotation).await.unwrap();

    assert_eq!(rotated.secret.label, "next");
    assert_eq!(rotated.previous.expires_at, Some(fixture.now().plus(Duration::from_hours(24))));
    let live = async || {
        let secrets = list(service, &call, id, Environment::Sandbox).await.unwrap();
        secrets.iter().filter(|it| it.is_live(fixture.now())).count()
    };
    assert_eq!(live().await, 2);
    fixture.clock.advance(Duration::from_hours(24));
    assert_eq!(live().await, 1);
    let revived = update(service, &call, changed(path, 2, Patch::Clear));
    assert_eq!(conflict(revived.await), "secret-ended");
}

#[tokio::test]
async fn a_long_overlap_does_not_outlive_the_end_the_secret_had() {
    let fixture = Fixture::new().await;
    let (_, path) = registered(&fixture).await;
    let (service, call) = (&fixture.service, Call::operator());
    let end = fixture.now().plus(Duration::from_hours(1));
    update(service, &call, changed(path, 1, Patch::Set(end))).await.unwrap();
    let late = update(service, &call, changed(path, 1, Patch::Clear)).await;
    assert!(matches!(late, Err(Problem::Stale { current: 2 })), "{late:?}");

    let rotation = RotateSecret { path, overlap_hours: 168, label: None, expires_at: None };
    let rotated = rotate(service, &call, rotation).await.unwrap();

    assert_eq!(rotated.previous.expires_at, Some(end));
}

#[tokio::test]
async fn bounds_are_told_by_field() {
    let fixture = Fixture::new().await;
    let (id, path) = registered(&fixture).await;
    let (service, call) = (&fixture.service, Call::operator());
    let past = Some(fixture.now());

    let long = GenerateSecret { label: "x".repeat(101), expires_at: past, ..wanted(id) };
    let rotation = RotateSecret { path, overlap_hours: 169, label: None, expires_at: None };

    assert_eq!(
        faults(generate(service, &call, long).await),
        [("#/label".to_owned(), "length"), ("#/expires_at".to_owned(), "in-past")]
    );
    assert_eq!(
        faults(rotate(service, &call, rotation).await),
        [("#/overlap_hours".to_owned(), "range")]
    );
}

#[tokio::test]
async fn revoking_says_whether_the_secret_was_in_use() {
    let fixture = Fixture::new().await;
    let (id, path) = registered(&fixture).await;
    let (service, call) = (&fixture.service, Call::operator());
    let used = SecretUse { id: path.secret_id, at: fixture.now(), address: None };
    let record = registered_clients::record_secret_uses;
    service.parts.store.write(async |tx| record(tx, &[used]).await).await.unwrap();

    let revoked = revoke(service, &call, path).await.unwrap();

    assert!(revoked.was_used_in_last_day);
    assert_eq!(list(service, &call, id, Environment::Sandbox).await.unwrap().len(), 0);
    let again = revoke(service, &call, path).await;
    assert!(matches!(again, Err(Problem::NotFound("secret"))), "{again:?}");
}

#[tokio::test]
async fn the_secret_of_one_client_is_not_reached_through_another() {
    let fixture = Fixture::new().await;
    let (_, path) = registered(&fixture).await;
    let other = fixture.register(web("Other")).await.view.application.id;
    let (service, call) = (&fixture.service, Call::operator());
    let through = SecretPath { application_id: other, ..path };

    let revoked = revoke(service, &call, through).await;
    let rotated = RotateSecret { path: through, overlap_hours: 0, label: None, expires_at: None };

    assert!(matches!(revoked, Err(Problem::NotFound("secret"))), "{revoked:?}");
    let rotated = rotate(service, &call, rotated).await;
    assert!(matches!(rotated, Err(Problem::NotFound("secret"))), "{rotated:?}");
}

#[tokio::test]
async fn a_client_that_loses_its_secrets_gets_none_back_by_switching() {
    let fixture = Fixture::new().await;
    let (id, _) = registered(&fixture).await;
    let (service, call) = (&fixture.service, Call::operator());
    let switch = async |method: &str| {
        let version = fixture.client(id).await.version;
        let changes = ClientChanges {
            token_endpoint_auth_method: Some(method.to_owned()),
            ..ClientChanges::default()
        };
        let environment = Environment::Sandbox;
        let command = UpdateClient { application_id: id, environment, version, changes };
        update_client(service, &call, command).await.unwrap()
    };

    let public = switch("none").await;
    let refused = generate(service, &call, wanted(id)).await;
    let confidential = switch("client_secret_post").await;

    assert_eq!((public.revoked_secrets, public.needs_secret), (1, false));
    assert_eq!(conflict(refused), "no-secret");
    assert!(confidential.needs_secret);
    assert_eq!(confidential.client.secrets.len(), 0);
}

#[tokio::test]
async fn nobody_gets_a_secret_of_a_client_that_may_do_more_than_they_may() {
    let fixture = Fixture::new().await;
    let (dana, call) = fixture.person("dana", Some(Role::Developer)).await;
    let command = RegisterApplication {
        name: "Robot".to_owned(),
        application_type: "machine".to_owned(),
        owner: Some(dana.id),
        client: ClientChanges {
            scopes: Some(vec!["users:write".to_owned()]),
            ..ClientChanges::default()
        },
        ..RegisterApplication::default()
    };
    let robot = fixture.register(command).await;
    let id = robot.view.application.id;
    let secret_id = robot.secret.unwrap().id;
    let path = SecretPath { application_id: id, environment: Environment::Sandbox, secret_id };
    let service = &fixture.service;

    let generated = generate(service, &call, wanted(id)).await;
    let rotation = RotateSecret { path, overlap_hours: 1, label: None, expires_at: None };
    let rotated = rotate(service, &call, rotation).await;

    let lacks = |problem| matches!(problem, Problem::Forbidden(Permission::UsersWrite));
    assert!(generated.is_err_and(lacks));
    assert!(rotated.is_err_and(lacks));
}

#[tokio::test]
async fn a_client_has_at_most_ten_secrets_that_work() {
    let fixture = Fixture::new().await;
    let (id, path) = registered(&fixture).await;
    let (service, call) = (&fixture.service, Call::operator());
    let rotation =
        |overlap_hours| RotateSecret { path, overlap_hours, label: None, expires_at: None };

    for _ in 0..9 {
        generate(service, &call, wanted(id)).await.unwrap();
    }

    assert_eq!(conflict(generate(service, &call, wanted(id)).await), "too-many-secrets");
    assert_eq!(conflict(rotate(service, &call, rotation(1)).await), "too-many-secrets");
    rotate(service, &call, rotation(0)).await.unwrap();
    let live = list(service, &call, id, Environment::Sandbox).await.unwrap();
    assert_eq!(live.iter().filter(|it| it.is_live(fixture.now())).count(), 10);
}
