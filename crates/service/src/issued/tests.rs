//! Consents, tokens and sessions, on SQLite.

use std::time::Duration;

use domain::{Entropy, Role};
use protocol::Scope;
use store::repo::consents as consent_repo;

use super::*;
use crate::{
    ListPage,
    applications::register,
    testing::{
        Fixture,
        operators::{faults, web},
    },
};

async fn approve(fixture: &Fixture, client: &domain::Client, user: Id<User>, scope: &str) {
    let parts = &fixture.service.parts;
    let scope = Scope::parse(scope).unwrap();
    let entropy: &dyn Entropy = &*parts.entropy;
    let when = (fixture.now(), entropy);
    let id = client.id;
    parts
        .store
        .write(async |tx| consent_repo::grow(tx, user, id, &scope, when).await)
        .await
        .unwrap();
}

#[tokio::test]
async fn withdrawing_an_approval_ends_what_was_issued_by_it() {
    let fixture = Fixture::new().await;
    let printer = fixture.register(web("Printer")).await.view.application.id;
    let album = fixture.register(web("Album")).await.view.application.id;
    let (printer, album) = (fixture.client(printer).await, fixture.client(album).await);
    let (service, call) = (&fixture.service, Call::operator());
    for client in [&printer, &album] {
        approve(&fixture, client, fixture.alice, "openid email").await;
    }
    let ended = fixture.grant(&printer, fixture.alice, "openid").await;
    let kept = fixture.grant(&album, fixture.alice, "openid").await;

    let filter = IssuedFilter { scope: Some("email".to_owned()), ..IssuedFilter::default() };
    let listing = list_consents(service, &call, filter, ListPage::default()).await.unwrap();
    let view = listing.items.iter().find(|it| it.client.application.name == "Printer").unwrap();
    revoke_consent(service, &call, view.consent.id).await.unwrap();

    assert_eq!(listing.items.len(), 2);
    assert_eq!(view.user.username, "alice");
    assert!(!fixture.is_live(ended).await);
    assert!(fixture.is_live(kept).await);
    let again = revoke_consent(service, &call, view.consent.id).await;
    assert!(matches!(again, Err(Problem::NotFound(_))), "{again:?}");
}

#[tokio::test]
async fn live_grants_are_listed_until_they_end() {
    let fixture = Fixture::new().await;
    let id = fixture.register(web("Printer")).await.view.application.id;
    let client = fixture.client(id).await;
    let (service, call) = (&fixture.service, Call::operator());
    let first = fixture.grant(&client, fixture.alice, "openid").await;
    let second = fixture.grant(&client, fixture.alice, "openid photos").await;
    let live = async || {
        let page = ListPage { with_total: true, ..ListPage::default() };
        let found = list_tokens(service, &call, IssuedFilter::default(), page).await.unwrap();
        assert_eq!(found.total, Some(u64::try_from(found.items.len()).unwrap()));
        found.items.into_iter().map(|it| it.grant.id).collect::<Vec<_>>()
    };

    assert_eq!(live().await.len(), 2);
    revoke_token(service, &call, first).await.unwrap();
    assert_eq!(live().await, [second]);
    // The refresh token ends after a day, the last access token long before.
    fixture.clock.advance(Duration::from_hours(25));
    assert_eq!(live().await, []);
}

#[tokio::test]
async fn all_tokens_of_one_application_end_and_no_others() {
    let fixture = Fixture::new().await;
    let printer = fixture.register(web("Printer")).await.view.application.id;
    let album = fixture.register(web("Album")).await.view.application.id;
    let ended = fixture.grant(&fixture.client(printer).await, fixture.alice, "openid").await;
    let kept = fixture.grant(&fixture.client(album).await, fixture.alice, "openid").await;
    let (service, call) = (&fixture.service, Call::operator());
    let filter = IssuedFilter { application: Some(printer), ..IssuedFilter::default() };

    let count = revoke_tokens(service, &call, filter).await.unwrap();
    let all = revoke_tokens(service, &call, IssuedFilter::default()).await;

    assert_eq!(count, 1);
    assert!(!fixture.is_live(ended).await && fixture.is_live(kept).await);
    assert_eq!(faults(all), [("#/user".to_owned(), "filter-required")]);
}

#[tokio::test]
async fn a_developer_reaches_tokens_of_their_own_applications_alone() {
    let fixture = Fixture::new().await;
    let (_, dana) = fixture.person("dana", Some(Role::Developer)).await;
    let service = &fixture.service;
    let own = register(service, &dana, web("Own")).await.unwrap().view.application.id;
    let foreign = fixture.register(web("Foreign")).await.view.application.id;
    let own = fixture.grant(&fixture.client(own).await, fixture.alice, "openid").await;
    let foreign = fixture.grant(&fixture.client(foreign).await, fixture.alice, "openid").await;

    let (filter, page) = (IssuedFilter::default(), ListPage::default());
    let seen = list_tokens(service, &dana, filter, page).await.unwrap();
    let refused = revoke_token(service, &dana, foreign).await;
    let of_alice = IssuedFilter { user: Some(fixture.alice), ..IssuedFilter::default() };
    let ended = revoke_tokens(service, &dana, of_alice).await;

    assert_eq!(seen.items.len(), 1);
    assert_eq!(seen.items[0].grant.id, own);
    assert_eq!(seen.items[0].user.name, fixture.alice.to_string());
    assert!(matches!(refused, Err(Problem::NotFound(_))), "{refused:?}");
    assert_eq!(ended.unwrap(), 1);
    assert!(fixture.is_live(foreign).await);
}

#[tokio::test]
async fn a_session_is_listed_with_whose_it_is_and_ends() {
    let fixture = Fixture::new().await;
    let (service, call) = (&fixture.service, Call::operator());
    let state = fixture.state_of_alice();
    let key = crate::sessions::save(service, SessionKind::User, state).await.unwrap().unwrap();
    let of_alice = SessionFilter { user: Some(fixture.alice), ..SessionFilter::default() };
    let console = SessionFilter { kind: Some(SessionKind::Console), ..SessionFilter::default() };
    let list = async |filter: SessionFilter| {
        let found = list_sessions(service, &call, filter, ListPage::default()).await;
        found.unwrap().items
    };

    let found = list(of_alice.clone()).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].user.username, "alice");
    assert_eq!(list(console).await.len(), 0);

    end_session(service, &call, found[0].id).await.unwrap();

    assert_eq!(list(of_alice.clone()).await.len(), 0);
    let open = crate::sessions::load(service, SessionKind::User, &key).await.unwrap();
    assert!(open.is_none());
    assert_eq!(end_sessions(service, &call, of_alice).await.unwrap(), 0);
    assert!(fixture.actions().await.contains(&"session.ended".to_owned()));
}
