//! Links that work once, on SQLite.

use secrecy::ExposeSecret as _;

use super::*;
use crate::testing::{Fixture, PASSWORD, facts};

const NEW: &str = "a new and longer passphrase";

fn token(link: &OneTimeUrl) -> String {
    link.url.expose_secret().rsplit('/').next().unwrap().to_owned()
}

async fn password_link(fixture: &Fixture) -> String {
    let now = fixture.now();
    let service = &fixture.service;
    let made = service
        .parts
        .store
        .write(async |tx| make_password_link(service, tx, fixture.alice, now).await)
        .await
        .unwrap();
    assert!(made.url.expose_secret().starts_with("https://id.test/password/cs_pw_"));
    token(&made)
}

async fn set(fixture: &Fixture, token: &str, password: &str) -> Result<bool, Problem> {
    let new = SecretString::from(password);
    let done = set_password(&fixture.service, token, &new, &facts("203.0.113.7")).await?;
    Ok(done.is_ok())
}

#[tokio::test]
async fn a_password_link_sets_the_password_once_and_signs_out_everywhere() {
    let fixture = Fixture::new().await;
    let token = password_link(&fixture).await;
    let (kind, state) = (domain::SessionKind::User, fixture.state_of_alice());
    let session = crate::sessions::save(&fixture.service, kind, state).await.unwrap().unwrap();
    let found = find_password(&fixture.service, &token).await.unwrap();
    assert_eq!(found.map(|it| it.id), Some(fixture.alice));

    assert!(set(&fixture, &token, NEW).await.unwrap());

    assert!(!set(&fixture, &token, NEW).await.unwrap());
    let open = crate::sessions::load(&fixture.service, kind, &session).await.unwrap();
    assert!(open.is_none());
    assert!(fixture.signs_in(NEW).await);
    assert!(!fixture.signs_in(PASSWORD).await);
    assert_eq!(outbox::pending(&fixture.service.parts.store).await.unwrap(), 1);
    assert!(fixture.actions().await.contains(&"password.changed".to_owned()));
}

#[tokio::test]
async fn a_password_that_may_not_be_one_does_not_spend_the_link() {
    let fixture = Fixture::new().await;
    let token = password_link(&fixture).await;

    let refused = set(&fixture, &token, "short").await;

    assert!(matches!(refused, Err(Problem::Invalid(_))), "{refused:?}");
    assert!(set(&fixture, &token, NEW).await.unwrap());
}

#[tokio::test]
async fn a_newer_link_ends_the_older_and_both_end_with_time() {
    let fixture = Fixture::new().await;
    let older = password_link(&fixture).await;
    let newer = password_link(&fixture).await;

    assert!(!set(&fixture, &older, NEW).await.unwrap());
    fixture.clock.advance(PASSWORD_LINK_LASTS);
    assert!(!set(&fixture, &newer, NEW).await.unwrap());
}

#[tokio::test]
async fn a_sign_in_link_works_once_and_for_nothing_else() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let call = Call::operator();
    let to = SignInLinkTo::Account;
    let made = make_sign_in_link(service, &call, fixture.alice, to).await.unwrap();
    let token = token(&made);
    let spend = async || {
        let facts = facts("203.0.113.7");
        spend_sign_in(service, &token, &facts).await.unwrap().is_ok()
    };

    assert!(!set(&fixture, &token, NEW).await.unwrap());
    assert!(spend().await);
    assert!(!spend().await);
    assert!(find_sign_in(service, &token).await.unwrap().is_none());
}

#[tokio::test]
async fn only_who_makes_administrators_makes_sign_in_links() {
    let fixture = Fixture::new().await;
    let alice = fixture.user(fixture.alice).await;
    let call = Call::of_user(&alice, Surface::Api, facts("203.0.113.7"));

    let refused =
        make_sign_in_link(&fixture.service, &call, fixture.alice, SignInLinkTo::Console).await;

    assert!(matches!(refused, Err(Problem::Forbidden(Permission::AdminsWrite))));
}
