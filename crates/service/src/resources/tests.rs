//! APIs and scopes, on SQLite.

use super::*;
use crate::{
    Call, ListPage, Problem,
    applications::RegisterApplication,
    clients::ClientChanges,
    testing::{
        Fixture,
        operators::{conflict, faults, web},
    },
};

fn scope(name: &str) -> NewScope {
    NewScope { name: name.to_owned(), ..NewScope::default() }
}

fn photos() -> RegisterResource {
    RegisterResource {
        identifier: "https://photos.test".to_owned(),
        name: "Photos".to_owned(),
        scopes: vec![scope("photos.read"), scope("photos.write")],
        ..RegisterResource::default()
    }
}

async fn register_it(fixture: &Fixture, command: RegisterResource) -> Result<Resource, Problem> {
    let made = register(&fixture.service, &Call::operator(), command).await;
    made.map(|view| view.resource)
}

#[tokio::test]
async fn an_api_is_listed_with_how_many_clients_use_it() {
    let fixture = Fixture::new().await;
    let resource = register_it(&fixture, photos()).await.unwrap();
    let mut printer = web("Printer");
    printer.client.scopes = Some(vec!["openid".to_owned(), "photos.read".to_owned()]);
    fixture.register(printer).await;
    fixture.register(web("Other")).await;
    let (service, call) = (&fixture.service, Call::operator());

    let filter = ResourceFilter { text: Some("PHOTOS.test".to_owned()) };
    let listing = list(service, &call, filter, ListPage::default()).await.unwrap();
    let uses = uses(service, &call, resource.id).await.unwrap();

    assert_eq!(listing.items.len(), 1);
    assert_eq!(listing.items[0].clients, 1);
    assert_eq!(uses[0].clients[0].application.name, "Printer");
    assert_eq!(uses[1].clients, []);
}

#[tokio::test]
async fn names_of_the_server_and_of_others_are_refused() {
    let fixture = Fixture::new().await;
    register_it(&fixture, photos()).await.unwrap();
    let again = RegisterResource {
        scopes: vec![
            scope("openid"),
            scope("apps:read"),
            scope("photos.read"),
            scope("two words"),
            scope("new"),
            scope("new"),
        ],
        ..photos()
    };
    let own = RegisterResource { identifier: "https://id.test/api".to_owned(), ..photos() };
    let odd = RegisterResource { identifier: "photos".to_owned(), scopes: Vec::new(), ..photos() };

    let expected = [
        ("#/scopes/0/name", "reserved"),
        ("#/scopes/1/name", "reserved"),
        ("#/scopes/3/name", "invalid-scope"),
        ("#/scopes/5/name", "duplicate"),
        ("#/identifier", "taken"),
        ("#/scopes/2/name", "taken"),
    ];
    let expected: Vec<_> = expected.iter().map(|it| (it.0.to_owned(), it.1)).collect();
    assert_eq!(faults(register_it(&fixture, again).await), expected);
    let refused = faults(register_it(&fixture, own).await);
    assert_eq!(refused[0], ("#/identifier".to_owned(), "reserved"));
    let refused = faults(register_it(&fixture, odd).await);
    assert_eq!(refused[0], ("#/identifier".to_owned(), "not-a-uri"));
}

#[tokio::test]
async fn scopes_come_and_go_with_the_version_of_their_api() {
    let fixture = Fixture::new().await;
    let resource = register_it(&fixture, photos()).await.unwrap();
    let (service, call) = (&fixture.service, Call::operator());
    let id = resource.id;

    let add = AddScope { resource_id: id, scope: scope("photos.delete") };
    let added = add_scope(service, &call, add.clone()).await.unwrap();
    let twice = add_scope(service, &call, add).await;
    let change = UpdateScope {
        resource_id: id,
        scope_id: added.scopes[2].id,
        version: added.version,
        display_name: Some("Delete photos".to_owned()),
        description: None,
        default: Some(true),
    };
    let changed = update_scope(service, &call, change.clone()).await.unwrap();
    let late = update_scope(service, &call, change).await;
    let retire = RemoveScope { resource_id: id, scope_id: added.scopes[2].id, version: 3 };
    let retired = remove_scope(service, &call, retire).await.unwrap();

    assert_eq!(faults(twice), [("#/name".to_owned(), "taken")]);
    assert_eq!((added.version, changed.version, retired.version), (2, 3, 4));
    assert_eq!(changed.scopes[2].display_name, "Delete photos");
    assert!(matches!(late, Err(Problem::Stale { current: 3 })), "{late:?}");
    let stored = get(service, &call, id).await.unwrap().resource;
    assert_eq!(stored.scopes.len(), 2);
    assert_eq!(stored.version, 4);
}

#[tokio::test]
async fn names_of_blanks_are_no_names() {
    let fixture = Fixture::new().await;
    let resource = register_it(&fixture, photos()).await.unwrap();
    let (service, call) = (&fixture.service, Call::operator());
    let blank = || Some("  ".to_owned());

    let command = RegisterResource { name: " \u{a0}".to_owned(), ..photos() };
    let refused = faults(register_it(&fixture, command).await);
    let rename = UpdateResource {
        id: resource.id,
        version: 1,
        name: blank(),
        description: None,
        token_format: None,
    };
    let renamed = update(service, &call, rename).await;
    let change = UpdateScope {
        resource_id: resource.id,
        scope_id: resource.scopes[0].id,
        version: 1,
        display_name: blank(),
        description: blank(),
        default: None,
    };
    let changed = update_scope(service, &call, change).await;

    assert_eq!(refused[0], ("#/name".to_owned(), "length"));
    assert_eq!(faults(renamed), [("#/name".to_owned(), "length")]);
    assert_eq!(faults(changed), [("#/display_name".to_owned(), "length")]);
}

#[tokio::test]
async fn a_scope_that_stays_the_same_is_not_written() {
    let fixture = Fixture::new().await;
    let resource = register_it(&fixture, photos()).await.unwrap();
    let before = fixture.actions().await;
    let same = UpdateScope {
        resource_id: resource.id,
        scope_id: resource.scopes[0].id,
        version: 1,
        display_name: Some(" photos.read ".to_owned()),
        description: None,
        default: Some(false),
    };

    let kept = update_scope(&fixture.service, &Call::operator(), same).await.unwrap();

    assert_eq!(kept.version, 1);
    assert_eq!(fixture.actions().await, before);
}

#[tokio::test]
async fn what_is_in_use_stays_and_says_who_uses_it() {
    let fixture = Fixture::new().await;
    let resource = register_it(&fixture, photos()).await.unwrap();
    let robot = RegisterApplication {
        name: "Robot".to_owned(),
        application_type: "machine".to_owned(),
        client: ClientChanges {
            scopes: Some(vec!["photos.read".to_owned()]),
            ..ClientChanges::default()
        },
        ..RegisterApplication::default()
    };
    let robot = fixture.register(robot).await.view.application;
    let (service, call) = (&fixture.service, Call::operator());

    let refused = remove(service, &call, resource.id, None).await;
    let retire = RemoveScope {
        resource_id: resource.id,
        scope_id: resource.scopes[0].id,
        version: resource.version,
    };
    let not_retired = remove_scope(service, &call, retire).await;

    let says_who = |problem: &Problem| matches!(problem, Problem::Conflict { detail, .. } if detail.contains("Robot (sandbox)"));
    assert!(refused.as_ref().is_err_and(says_who), "{refused:?}");
    assert_eq!(conflict(not_retired), "in-use");
    crate::applications::remove(service, &call, robot.id, None).await.unwrap();
    remove(service, &call, resource.id, None).await.unwrap();
    assert_eq!(catalogue(service, &call).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_machine_gets_by_default_what_one_api_offers_it() {
    let fixture = Fixture::new().await;
    register_it(&fixture, photos()).await.unwrap();
    let robot = RegisterApplication {
        name: "Robot".to_owned(),
        application_type: "machine".to_owned(),
        client: ClientChanges {
            scopes: Some(vec!["photos.read".to_owned(), "apps:read".to_owned()]),
            ..ClientChanges::default()
        },
        ..RegisterApplication::default()
    };

    let robot = fixture.register(robot).await.view.application;

    assert_eq!(robot.clients[0].settings.default_scopes.to_string(), "photos.read");
}
