//! The first page, on SQLite.

use std::time::Duration;

use domain::{Permission, Role};

use super::*;
use crate::{
    Call, Patch,
    applications::register,
    secrets::{RotateSecret, SecretPath, UpdateSecret, rotate, update},
    testing::{Fixture, PASSWORD, operators::web},
};

#[tokio::test]
async fn figures_are_those_of_now() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let operator = Call::operator();
    let registered = fixture.register(web("Printer")).await;
    let application_id = registered.view.application.id;
    let client = fixture.client(application_id).await;
    fixture.grant(&client, fixture.alice, "openid").await;
    assert!(fixture.signs_in(PASSWORD).await);
    assert!(!fixture.signs_in("wrong").await);

    let overview = show(service, &operator).await.unwrap();

    assert_eq!((overview.applications, overview.users), (Some(1), Some(1)));
    assert_eq!((overview.live_grants, overview.resources), (Some(1), Some(0)));
    let activity = overview.activity.unwrap();
    assert_eq!((activity.sign_ins, activity.refused), (1, 1));
    assert_eq!(activity.hours.len(), 24);
    assert_eq!(activity.hours[23].refused, 1);
    let checklist = overview.checklist.unwrap();
    assert!(checklist.application.is_some() && !checklist.token && !checklist.is_done());
    let changes: Vec<_> = overview.recent_changes.iter().map(|it| it.action.as_str()).collect();
    assert!(changes.contains(&"application.registered"), "{changes:?}");
    assert!(!changes.contains(&"login.succeeded"), "{changes:?}");
}

#[tokio::test]
async fn what_needs_attention_is_found() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let (dana, call) = fixture.person("dana", Some(Role::Developer)).await;
    let registered = register(service, &call, web("Printer")).await.unwrap();
    let application_id = registered.view.application.id;
    let secret_id = registered.secret.unwrap().id;
    let environment = domain::Environment::Sandbox;
    let path = SecretPath { application_id, environment, secret_id };
    let end = fixture.now().plus(Duration::from_hours(24));
    let change = UpdateSecret { path, version: 1, label: None, expires_at: Patch::Set(end) };
    update(service, &call, change).await.unwrap();
    let mut idle = web("Idle");
    idle.client.redirect_uris = None;
    fixture.register(idle).await;

    let all = show(service, &Call::operator()).await.unwrap().findings.unwrap();
    let own = show(service, &call).await.unwrap();
    fixture.clock.advance(Duration::from_hours(25));
    let later = show(service, &call).await.unwrap().findings.unwrap();
    let own_findings = own.findings.unwrap();

    assert!(all.iter().any(|it| matches!(it, Finding::SecretExpires { .. })), "{all:?}");
    let idles = |it: &Finding| matches!(it, Finding::NoGrant(c) if c.application.name == "Idle");
    assert!(all.iter().any(idles), "{all:?}");
    assert!(all.iter().any(|it| matches!(it, Finding::NoOwner(_))), "{all:?}");
    assert_eq!(own_findings.len(), 1);
    assert_eq!((own.applications, own.users), (Some(1), None));
    assert!(own.checklist.is_none());
    assert!(own.activity.is_none());
    assert!(matches!(later[..], [Finding::SecretMissing(_)]), "{later:?}");
    assert_eq!(registered.view.owner.unwrap().id, dana.id);
}

#[tokio::test]
async fn a_secret_that_was_replaced_ends_in_silence() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let (_, call) = fixture.person("dana", Some(Role::Developer)).await;
    let registered = register(service, &call, web("Printer")).await.unwrap();
    let path = SecretPath {
        application_id: registered.view.application.id,
        environment: domain::Environment::Sandbox,
        secret_id: registered.secret.unwrap().id,
    };
    fixture.clock.advance(Duration::from_hours(1));
    let command = RotateSecret { path, overlap_hours: 24, label: None, expires_at: None };
    rotate(service, &call, command).await.unwrap();

    let during = show(service, &call).await.unwrap().findings.unwrap();
    fixture.clock.advance(Duration::from_hours(25));
    let after = show(service, &call).await.unwrap().findings.unwrap();

    assert!(during.is_empty() && after.is_empty(), "{during:?} {after:?}");
}

#[tokio::test]
async fn who_may_see_nothing_sees_nothing() {
    let fixture = Fixture::new().await;
    fixture.register(web("Printer")).await;

    let overview = show(&fixture.service, &Fixture::only(&[Permission::KeysRead])).await.unwrap();

    assert!(overview.applications.is_none() && overview.findings.is_none());
    assert!(overview.recent_changes.is_empty() && overview.checklist.is_none());
}
