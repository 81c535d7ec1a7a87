//! Accounts, on SQLite.

use domain::{Permission, Role, SessionKind, UserStatus};
use secrecy::ExposeSecret as _;
use store::repo::outbox;

use super::*;
use crate::{
    Call, ListPage, Problem, Sort,
    applications::{UpdateApplication, update as update_application},
    testing::{
        Fixture, PASSWORD,
        operators::{conflict, faults, web},
    },
};

fn forbidden<T>(result: Result<T, Problem>) -> Option<Permission> {
    let problem = result.err()?;
    let Problem::Forbidden(permission) = problem else { return None };
    Some(permission)
}

#[tokio::test]
async fn two_accounts_cannot_share_a_name_that_people_take_for_the_same() {
    let fixture = Fixture::new().await;
    let command = RegisterUser {
        username: "ＡLICE".to_owned(),
        email: "Alice@Example.test".to_owned(),
        password: Some(SecretString::from("alice@example.test")),
        ..RegisterUser::default()
    };

    let refused = register(&fixture.service, &Call::operator(), command).await;

    let refused = faults(refused);
    assert_eq!(refused.last(), Some(&("#/email".to_owned(), "taken")));
    assert!(refused.contains(&("#/username".to_owned(), "taken")));
    assert_eq!(refused[0].0, "#/password");
}

#[tokio::test]
async fn a_list_searches_sorts_and_filters_people() {
    let fixture = Fixture::new().await;
    fixture.person("zoe", Some(Role::Support)).await;
    fixture.person("bob", None).await;
    let (service, call) = (&fixture.service, Call::operator());
    let names = async |filter: UserFilter, by| {
        let sort = Sort { by, descending: true };
        let listing = list(service, &call, filter, sort, ListPage::default()).await.unwrap();
        listing.items.into_iter().map(|user| user.username).collect::<Vec<_>>()
    };
    let text = |text: &str| UserFilter { text: Some(text.to_owned()), ..UserFilter::default() };

    assert_eq!(names(UserFilter::default(), UserSort::Name).await, ["zoe", "bob", "alice"]);
    assert_eq!(names(UserFilter::default(), UserSort::LastSignInAt).await.len(), 3);
    assert_eq!(names(text("BOB@EXAMPLE"), UserSort::Name).await, ["bob"]);
    assert_eq!(names(text(&fixture.alice.to_string()), UserSort::Name).await, ["alice"]);
    let managers = UserFilter { has_role: Some(true), ..UserFilter::default() };
    assert_eq!(names(managers, UserSort::Name).await, ["zoe"]);
}

#[tokio::test]
async fn locking_ends_sessions_and_grants_at_once() {
    let fixture = Fixture::new().await;
    let id = fixture.register(web("Photo Printer")).await.view.application.id;
    let client = fixture.client(id).await;
    let grant = fixture.grant(&client, fixture.alice, "openid offline_access").await;
    let (kind, state) = (SessionKind::User, fixture.state_of_alice());
    let session = crate::sessions::save(&fixture.service, kind, state).await.unwrap().unwrap();

    let call = Call::operator();
    let locked = UserStatus::Locked;
    let user = set_status(&fixture.service, &call, fixture.alice, locked, None).await.unwrap();

    assert_eq!(user.status, UserStatus::Locked);
    assert!(!fixture.is_live(grant).await);
    let open = crate::sessions::load(&fixture.service, kind, &session).await.unwrap();
    assert!(open.is_none());
    assert!(!fixture.signs_in(PASSWORD).await);
}

#[tokio::test]
async fn the_last_owner_stays_owner_and_active() {
    let fixture = Fixture::new().await;
    let (first, first_call) = fixture.person("ana", Some(Role::Owner)).await;
    let (service, operator) = (&fixture.service, Call::operator());
    let demote = |user: &User| UpdateUser {
        role: Patch::Set("auditor".to_owned()),
        ..UpdateUser::of(user.id, user.version)
    };

    assert_eq!(conflict(update(service, &operator, demote(&first)).await), "last-owner");
    let locked = set_status(service, &operator, first.id, UserStatus::Locked, None).await;
    assert_eq!(conflict(locked), "last-owner");
    assert_eq!(conflict(remove(service, &operator, first.id, None).await), "last-owner");
    let (second, second_call) = fixture.person("ben", Some(Role::Owner)).await;
    assert_eq!(conflict(remove(service, &first_call, first.id, None).await), "own-account");
    update(service, &second_call, demote(&first)).await.unwrap();
    assert_eq!(conflict(update(service, &operator, demote(&second)).await), "last-owner");
}

#[tokio::test]
async fn two_owners_cannot_demote_each_other_at_the_same_moment() {
    let fixture = Fixture::new().await;
    let (ana, ana_call) = fixture.person("ana", Some(Role::Owner)).await;
    let (ben, ben_call) = fixture.person("ben", Some(Role::Owner)).await;
    let demote =
        |user: &User| UpdateUser { role: Patch::Clear, ..UpdateUser::of(user.id, user.version) };

    let (by_ana, by_ben) = tokio::join!(
        update(&fixture.service, &ana_call, demote(&ben)),
        update(&fixture.service, &ben_call, demote(&ana)),
    );

    let done = [by_ana.is_ok(), by_ben.is_ok()];
    assert_eq!(done.iter().filter(|it| **it).count(), 1, "{done:?}");
}

#[tokio::test]
async fn support_cannot_take_over_somebody_who_may_do_more() {
    let fixture = Fixture::new().await;
    let (ana, _) = fixture.person("ana", Some(Role::Administrator)).await;
    let (_, support) = fixture.person("sam", Some(Role::Support)).await;
    let service = &fixture.service;
    let mail = UpdateUser {
        email: Some("sam@example.test".to_owned()),
        ..UpdateUser::of(ana.id, ana.version)
    };
    let promote = UpdateUser {
        role: Patch::Set("administrator".to_owned()),
        ..UpdateUser::of(fixture.alice, 1)
    };

    assert!(forbidden(update(service, &support, mail).await).is_some());
    assert!(forbidden(start_password_reset(service, &support, ana.id).await).is_some());
    assert!(forbidden(remove(service, &support, ana.id, None).await).is_some());
    let promoted = forbidden(update(service, &support, promote).await);
    assert_eq!(promoted, Some(Permission::AdminsWrite));
    assert!(start_password_reset(service, &support, fixture.alice).await.is_ok());
}

#[tokio::test]
async fn a_role_cannot_exceed_whoever_gives_it() {
    let fixture = Fixture::new().await;
    let call = Fixture::only(&[Permission::UsersWrite, Permission::AdminsWrite]);
    let command = RegisterUser {
        username: "eve".to_owned(),
        email: "eve@example.test".to_owned(),
        role: Some("owner".to_owned()),
        ..RegisterUser::default()
    };

    let refused = register(&fixture.service, &call, command).await;

    assert!(forbidden(refused).is_some());
}

#[tokio::test]
async fn another_address_has_yet_to_be_proven() {
    let fixture = Fixture::new().await;
    let change = UpdateUser {
        email: Some("new@example.test".to_owned()),
        ..UpdateUser::of(fixture.alice, 1)
    };

    let changed = update(&fixture.service, &Call::operator(), change).await.unwrap();

    assert!(!changed.email_verified);
}

#[tokio::test]
async fn a_new_password_works_and_ends_what_was_signed_in() {
    let fixture = Fixture::new().await;
    let (kind, state) = (SessionKind::User, fixture.state_of_alice());
    let session = crate::sessions::save(&fixture.service, kind, state).await.unwrap().unwrap();
    let change = UpdateUser {
        password: Some(SecretString::from("another long passphrase")),
        ..UpdateUser::of(fixture.alice, 1)
    };

    let changed = update(&fixture.service, &Call::operator(), change).await.unwrap();

    assert!(fixture.signs_in("another long passphrase").await);
    assert!(!fixture.signs_in(PASSWORD).await);
    let open = crate::sessions::load(&fixture.service, kind, &session).await.unwrap();
    assert!(open.is_none());
    let stored = fixture.user(fixture.alice).await;
    assert_eq!(stored.version, changed.version);
}

#[tokio::test]
async fn a_new_password_beside_a_new_address_is_told_to_the_old_one_too() {
    let fixture = Fixture::new().await;
    let change = |version: i64, email: &str, password: &str| UpdateUser {
        email: Some(email.to_owned()),
        password: Some(SecretString::from(password)),
        ..UpdateUser::of(fixture.alice, version)
    };
    let (service, call) = (&fixture.service, Call::operator());
    let told = async || {
        let (store, now) = (&service.parts.store, fixture.now());
        let mut to = Vec::new();
        while let Some(due) = store.write(async |tx| outbox::lease(tx, now).await).await.unwrap() {
            let domain::outbox::Job::Mail(mail) = due.job;
            to.push(mail.to);
        }
        to.sort();
        to
    };

    let first = change(1, "eve@example.test", "another long passphrase");
    let first = update(service, &call, first).await.unwrap();
    assert_eq!(told().await, ["alice@example.test", "eve@example.test"]);
    let second = change(first.version, "mallory@example.test", "yet another long passphrase");
    update(service, &call, second).await.unwrap();

    assert_eq!(told().await, ["mallory@example.test"], "an address that nobody proved is not told");
}

#[tokio::test]
async fn nobody_changes_their_own_role() {
    let fixture = Fixture::new().await;
    fixture.person("ben", Some(Role::Owner)).await;
    let (ana, call) = fixture.person("ana", Some(Role::Owner)).await;
    let to = |role| UpdateUser { role, ..UpdateUser::of(ana.id, ana.version) };
    let service = &fixture.service;

    for role in [Patch::Clear, Patch::Set("auditor".to_owned())] {
        assert_eq!(conflict(update(service, &call, to(role)).await), "own-account");
    }
    let same = update(service, &call, to(Patch::Set("owner".to_owned()))).await.unwrap();

    assert_eq!(same.role, Some(Role::Owner));
}

#[tokio::test]
async fn a_person_who_answers_for_applications_is_kept() {
    let fixture = Fixture::new().await;
    let (service, call) = (&fixture.service, Call::operator());
    let mut command = web("Photo Printer");
    command.owner = Some(fixture.alice);
    let application = fixture.register(command).await.view.application;

    let kept = remove(service, &call, fixture.alice, None).await;
    let give = UpdateApplication {
        owner: Patch::Clear,
        ..UpdateApplication::of(application.id, application.version)
    };
    update_application(service, &call, give).await.unwrap();
    remove(service, &call, fixture.alice, None).await.unwrap();

    assert_eq!(conflict(kept), "owns-applications");
    assert!(!fixture.exists(fixture.alice).await);
}

#[tokio::test]
async fn a_reset_link_is_told_once_and_audited() {
    let fixture = Fixture::new().await;

    let link =
        start_password_reset(&fixture.service, &Call::operator(), fixture.alice).await.unwrap();

    assert!(link.url.expose_secret().starts_with("https://id.test/password/cs_pw_"));
    assert!(fixture.actions().await.contains(&"password.reset_started".to_owned()));
}
