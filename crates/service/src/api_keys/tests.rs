//! API keys and what access tokens may do, on SQLite.

use std::time::Duration;

use domain::{Permission, RequestFacts, Role, UserStatus};
use protocol::Scope;
use secrecy::ExposeSecret as _;

use super::*;
use crate::{
    ListPage, Patch,
    applications::{RegisterApplication, set_status as set_application_status},
    clients::{ClientChanges, UpdateClient, update as update_client},
    testing::{Fixture, operators::faults},
    users::{UpdateUser, set_status, update as update_user},
};

fn wanted(permissions: &[&str]) -> CreateApiKey {
    CreateApiKey {
        name: "CI".to_owned(),
        permissions: permissions.iter().map(|it| (*it).to_owned()).collect(),
        expires_at: None,
    }
}

async fn call_of(fixture: &Fixture, text: &str) -> Option<Call> {
    authenticate(&fixture.service, text, RequestFacts::default()).await.unwrap()
}

#[tokio::test]
async fn a_key_calls_with_its_permissions_until_it_ends_or_is_revoked() {
    let fixture = Fixture::new().await;
    let (service, operator) = (&fixture.service, Call::operator());
    let expires_at = Some(fixture.now().plus(Duration::from_hours(1)));
    let command = CreateApiKey { expires_at, ..wanted(&["apps:read"]) };
    let short = create(service, &operator, command).await.unwrap();
    let long = create(service, &operator, wanted(&["apps:read", "users:read"])).await.unwrap();
    let (short_text, long_text) = (short.text.expose_secret(), long.text.expose_secret());

    let call = call_of(&fixture, short_text).await.unwrap();
    assert_eq!(call.permissions.into_iter().collect::<Vec<_>>(), [Permission::AppsRead]);
    assert_eq!(call.actor.id, Some(short.key.id.to_string()));
    let listed = list(service, &operator, ListPage::default()).await.unwrap().items;
    let used: Vec<_> = listed.iter().filter(|it| it.key.last_used_at.is_some()).collect();
    assert_eq!((listed.len(), used.len()), (2, 1));
    assert_eq!(used[0].created_by, "Command line");

    fixture.clock.advance(Duration::from_hours(1));
    assert!(call_of(&fixture, short_text).await.is_none());
    assert!(call_of(&fixture, long_text).await.is_some());
    revoke(service, &operator, long.key.id).await.unwrap();
    assert!(call_of(&fixture, long_text).await.is_none());
    assert!(call_of(&fixture, &format!("{long_text}x")).await.is_none());
}

#[tokio::test]
async fn nobody_makes_a_key_that_may_do_more_than_they_may() {
    let fixture = Fixture::new().await;
    let call = Fixture::only(&[Permission::AdminsWrite, Permission::AppsRead]);

    let refused =
        create(&fixture.service, &call, wanted(&["apps:read", "users:write", "all"])).await;
    let empty = create(&fixture.service, &call, wanted(&[])).await;

    assert_eq!(
        faults(refused),
        [
            ("#/permissions/1".to_owned(), "not-yours"),
            ("#/permissions/2".to_owned(), "unknown-permission")
        ]
    );
    assert_eq!(faults(empty), [("#/permissions".to_owned(), "required")]);
    let nameless = CreateApiKey { name: "  ".to_owned(), ..wanted(&["apps:read"]) };
    let nameless = create(&fixture.service, &call, nameless).await;
    assert_eq!(faults(nameless), [("#/name".to_owned(), "length")]);
}

async fn robot(fixture: &Fixture, owner: Option<domain::Id<domain::User>>) -> domain::Application {
    let command = RegisterApplication {
        name: "Robot".to_owned(),
        application_type: "machine".to_owned(),
        owner,
        client: ClientChanges {
            scopes: Some(vec!["apps:read".to_owned(), "users:read".to_owned()]),
            ..ClientChanges::default()
        },
        ..RegisterApplication::default()
    };
    fixture.register(command).await.view.application
}

fn token(client_id: &str, user_id: Option<domain::Id<domain::User>>, scope: &str) -> TokenCaller {
    TokenCaller { client_id: client_id.to_owned(), user_id, scope: Scope::parse(scope).unwrap() }
}

#[tokio::test]
async fn a_client_calls_with_what_it_is_still_registered_for() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let application = robot(&fixture, None).await;
    let client_id = application.clients[0].client_id.as_str();
    let facts = RequestFacts::default;

    let caller = token(client_id, None, "apps:read settings:write openid");
    let call = call_of_token(service, caller, facts()).await.unwrap().unwrap();
    assert_eq!(call.permissions.into_iter().collect::<Vec<_>>(), [Permission::AppsRead]);
    assert_eq!(call.applications, ApplicationScope::All);

    let disabled = domain::ApplicationStatus::Disabled;
    let operator = Call::operator();
    set_application_status(service, &operator, application.id, disabled, None).await.unwrap();
    let caller = token(client_id, None, "apps:read");
    assert!(call_of_token(service, caller, facts()).await.unwrap().is_none());
    let nobody = token("app_sbx_0000000000000000", None, "apps:read");
    assert!(call_of_token(service, nobody, facts()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_developers_client_sees_no_more_than_the_developer() {
    let fixture = Fixture::new().await;
    let (dana, _) = fixture.person("dana", Some(Role::Developer)).await;
    let application = robot(&fixture, Some(dana.id)).await;
    let caller = token(application.clients[0].client_id.as_str(), None, "apps:read");

    let call = call_of_token(&fixture.service, caller, RequestFacts::default()).await;

    assert_eq!(call.unwrap().unwrap().applications, ApplicationScope::OwnedBy(dana.id));
}

#[tokio::test]
async fn a_client_may_never_do_more_than_its_owner_may_now() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let operator = Call::operator();
    let (ann, _) = fixture.person("ann", Some(Role::Administrator)).await;
    let application = robot(&fixture, Some(ann.id)).await;
    let client_id = application.clients[0].client_id.as_str();
    let opened = async || {
        let caller = token(client_id, None, "apps:read users:read");
        let call = call_of_token(service, caller, RequestFacts::default()).await.unwrap().unwrap();
        (call.permissions.into_iter().collect::<Vec<_>>(), call.applications)
    };
    let change = async |role: Patch<String>| {
        let user = fixture.user(ann.id).await;
        let command = UpdateUser { role, ..UpdateUser::of(ann.id, user.version) };
        update_user(service, &operator, command).await.unwrap();
    };

    let both = vec![Permission::AppsRead, Permission::UsersRead];
    assert_eq!(opened().await, (both.clone(), ApplicationScope::All));
    set_status(service, &operator, ann.id, UserStatus::Locked, None).await.unwrap();
    assert_eq!(opened().await, (Vec::new(), ApplicationScope::OwnedBy(ann.id)), "locked");
    set_status(service, &operator, ann.id, UserStatus::Active, None).await.unwrap();
    assert_eq!(opened().await.0, both);
    change(Patch::Set("developer".to_owned())).await;
    let own = ApplicationScope::OwnedBy(ann.id);
    assert_eq!(opened().await, (vec![Permission::AppsRead], own), "a lower role");
    change(Patch::Clear).await;
    assert_eq!(opened().await, (Vec::new(), own), "no role");
}

#[tokio::test]
async fn a_persons_token_opens_what_both_scope_and_role_open() {
    let fixture = Fixture::new().await;
    let service = &fixture.service;
    let (sam, _) = fixture.person("sam", Some(Role::Support)).await;
    let application = robot(&fixture, None).await;
    let client_id = application.clients[0].client_id.as_str();
    let caller = || token(client_id, Some(sam.id), "apps:read users:read openid");
    let facts = RequestFacts::default;

    let call = call_of_token(service, caller(), facts()).await.unwrap().unwrap();

    assert_eq!(call.permissions.iter().copied().collect::<Vec<_>>(), [Permission::UsersRead]);
    assert_eq!(call.user_id(), Some(sam.id));
    let fewer = UpdateClient {
        application_id: application.id,
        environment: application.clients[0].environment,
        version: application.clients[0].version,
        changes: ClientChanges { scopes: Some(Vec::new()), ..ClientChanges::default() },
    };
    update_client(service, &Call::operator(), fewer).await.unwrap();
    let late = call_of_token(service, caller(), facts()).await.unwrap().unwrap();
    assert!(late.permissions.is_empty(), "the client lost the scopes: {:?}", late.permissions);
    set_status(service, &Call::operator(), sam.id, UserStatus::Locked, None).await.unwrap();
    assert!(call_of_token(service, caller(), facts()).await.unwrap().is_none());
}
