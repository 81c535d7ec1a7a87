//! Applications, on SQLite.

use domain::{ApplicationStatus, Role};
use protocol::GrantType;
use secrecy::ExposeSecret as _;

use super::*;
use crate::{
    Call, ListPage, Problem, Sort,
    testing::{
        Fixture,
        operators::{faults, web},
    },
};

async fn names(fixture: &Fixture, filter: ApplicationFilter) -> Vec<String> {
    let (sort, page) = (Sort::default(), ListPage::default());
    let listing = list(&fixture.service, &Call::operator(), filter, sort, page).await.unwrap();
    listing.items.into_iter().map(|it| it.application.name).collect()
}

fn text(text: &str) -> ApplicationFilter {
    ApplicationFilter { text: Some(text.to_owned()), ..ApplicationFilter::default() }
}

#[tokio::test]
async fn registering_shows_the_secret_once_and_is_audited() {
    let fixture = Fixture::new().await;

    let registered = fixture.register(web("Photo Printer")).await;

    let secret = registered.secret.unwrap();
    let value = secret.client_secret.expose_secret();
    assert!(value.starts_with("cs_sbx_"), "{}", secret.hint);
    let client = &registered.view.application.clients[0];
    assert!(client.client_id.as_str().starts_with("app_sbx_"));
    assert_eq!(client.secrets[0].id, secret.id);
    let digest = fixture.service.parts.handles.digest(domain::HandleKind::SandboxSecret, value);
    assert_eq!(digest, Some(client.secrets[0].digest));
    let mut actions = fixture.actions().await;
    actions.sort();
    assert_eq!(actions, ["application.registered", "secret.generated"]);
}

#[tokio::test]
async fn what_was_typed_wrongly_is_all_told_at_once() {
    let fixture = Fixture::new().await;
    let mut command = web("  ");
    command.application_type = "gadget".to_owned();
    command.client_uri = Some("http://app.test".to_owned());
    command.client.redirect_uris = Some(vec!["nowhere".to_owned()]);

    let refused = register(&fixture.service, &Call::operator(), command).await;

    assert_eq!(
        faults(refused),
        [
            ("#/name".to_owned(), "length"),
            ("#/type".to_owned(), "unknown-type"),
            ("#/client_uri".to_owned(), "not-a-link"),
            ("#/redirect_uris/0".to_owned(), "not-a-url"),
        ]
    );
    assert_eq!(fixture.actions().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_list_finds_names_identifiers_and_redirect_uris_in_any_case() {
    let fixture = Fixture::new().await;
    let printer = fixture.register(web("Photo Printer")).await;
    fixture.register(web("Álbum")).await;
    let mut odd = web("Odd 100%");
    odd.client.redirect_uris = Some(vec!["https://ODD.test/cb_1".to_owned()]);
    fixture.register(odd).await;
    let client_id = printer.view.application.clients[0].client_id.as_str().to_owned();

    assert_eq!(names(&fixture, text("pHOTO")).await, ["Photo Printer"]);
    assert_eq!(names(&fixture, text("ÁLB")).await, ["Álbum"]);
    assert_eq!(names(&fixture, text(&client_id)).await, ["Photo Printer"]);
    let id = printer.view.application.id.to_string();
    assert_eq!(names(&fixture, text(&id)).await, ["Photo Printer"]);
    assert_eq!(names(&fixture, text("odd.TEST/cb")).await, ["Odd 100%"]);
    assert_eq!(names(&fixture, text("0%")).await, ["Odd 100%"]);
    assert_eq!(names(&fixture, text("o_o")).await, Vec::<String>::new());
}

#[tokio::test]
async fn filters_ask_one_client_at_once() {
    let fixture = Fixture::new().await;
    fixture.register(web("Web")).await;
    let mut machine = web("Machine");
    machine.application_type = "machine".to_owned();
    machine.environment = "production".to_owned();
    machine.client.redirect_uris = None;
    fixture.register(machine).await;
    let mut spa = web("Spa");
    spa.application_type = "spa".to_owned();
    fixture.register(spa).await;
    let with = |bend: fn(&mut ApplicationFilter)| {
        let mut filter = ApplicationFilter::default();
        bend(&mut filter);
        filter
    };

    let by_grant = with(|it| it.grant_type = Some(GrantType::ClientCredentials));
    let sandbox_code = with(|it| {
        it.grant_type = Some(GrantType::AuthorizationCode);
        it.environment = Some(Environment::Production);
    });
    let public = with(|it| it.confidential = Some(false));
    let scope = with(|it| it.scope = Some("openid".to_owned()));
    let part_of_scope = with(|it| it.scope = Some("open".to_owned()));
    let other_case = with(|it| it.scope = Some("OPENID".to_owned()));
    let callback = with(|it| it.redirect_uri_contains = Some("APP.test".to_owned()));

    assert_eq!(names(&fixture, by_grant).await, ["Machine"]);
    assert_eq!(names(&fixture, sandbox_code).await, Vec::<String>::new());
    assert_eq!(names(&fixture, public).await, ["Spa"]);
    assert_eq!(names(&fixture, scope).await, ["Spa", "Web"]);
    assert_eq!(names(&fixture, part_of_scope).await, Vec::<String>::new());
    assert_eq!(names(&fixture, other_case).await, Vec::<String>::new());
    assert_eq!(names(&fixture, callback).await, ["Spa", "Web"]);
}

#[tokio::test]
async fn cursors_lead_through_a_list_both_ways_and_nowhere_else() {
    let fixture = Fixture::new().await;
    for name in ["d", "B", "a", "C", "same", "Same", "same"] {
        fixture.register(web(name)).await;
    }
    let service = &fixture.service;
    let call = Call::operator();
    let read = async |sort: Sort<ApplicationSort>, cursor: Option<String>| {
        let page = ListPage { limit: 3, cursor, with_total: true };
        list(service, &call, ApplicationFilter::default(), sort, page).await
    };
    let names = |listing: &crate::Listing<ApplicationView>| {
        let name = |it: &ApplicationView| it.application.name.clone();
        listing.items.iter().map(name).collect::<Vec<_>>()
    };
    for sort in [
        Sort::default(),
        Sort { by: ApplicationSort::Name, descending: true },
        Sort { by: ApplicationSort::CreatedAt, descending: true },
        Sort { by: ApplicationSort::UpdatedAt, descending: false },
        Sort { by: ApplicationSort::LastUsedAt, descending: true },
    ] {
        let first = read(sort, None).await.unwrap();
        assert_eq!((first.total, first.prev_cursor.clone()), (Some(7), None), "{sort:?}");
        let second = read(sort, first.next_cursor.clone()).await.unwrap();
        let third = read(sort, second.next_cursor.clone()).await.unwrap();
        assert_eq!(third.next_cursor, None, "{sort:?}");
        let mut ids: Vec<_> = [&first, &second, &third]
            .iter()
            .flat_map(|it| it.items.iter().map(|it| it.application.id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 7, "{sort:?}");
        let back = read(sort, third.prev_cursor.clone()).await.unwrap();
        assert_eq!(names(&back), names(&second), "{sort:?}");
    }
    let first = read(Sort::default(), None).await.unwrap();
    assert_eq!(names(&first), ["a", "B", "C"]);
    let other = Sort { by: ApplicationSort::Name, descending: true };
    let strayed = read(other, first.next_cursor).await;
    assert_eq!(faults(strayed), [("#/cursor".to_owned(), "invalid-cursor")]);
}

#[tokio::test]
async fn a_developer_sees_and_changes_only_their_own() {
    let fixture = Fixture::new().await;
    let (dana, call) = fixture.person("dana", Some(Role::Developer)).await;
    let foreign = fixture.register(web("Foreign")).await.view.application;
    let service = &fixture.service;

    let own = register(service, &call, web("Own")).await.unwrap().view;

    assert_eq!(own.owner.as_ref().map(|it| it.id), Some(dana.id));
    let (filter, sort) = (ApplicationFilter::default(), Sort::default());
    let page = ListPage { with_total: true, ..ListPage::default() };
    let seen = list(service, &call, filter, sort, page).await.unwrap();
    assert_eq!((seen.items.len(), seen.total), (1, Some(1)));
    assert!(matches!(get(service, &call, foreign.id).await, Err(Problem::NotFound(_))));
    let change = UpdateApplication {
        name: Some("Mine now".to_owned()),
        ..UpdateApplication::of(foreign.id, foreign.version)
    };
    assert!(matches!(update(service, &call, change).await, Err(Problem::NotFound(_))));
    assert!(matches!(remove(service, &call, foreign.id, None).await, Err(Problem::NotFound(_))));
    let give = UpdateApplication {
        owner: Patch::Set(fixture.alice),
        ..UpdateApplication::of(own.application.id, 1)
    };
    assert_eq!(faults(update(service, &call, give).await), [("#/owner".to_owned(), "not-yours")]);
    let drop =
        UpdateApplication { owner: Patch::Clear, ..UpdateApplication::of(own.application.id, 1) };
    assert_eq!(faults(update(service, &call, drop).await), [("#/owner".to_owned(), "not-yours")]);
}

#[tokio::test]
async fn the_second_of_two_changes_hears_that_it_is_late() {
    let fixture = Fixture::new().await;
    let application = fixture.register(web("Photo Printer")).await.view.application;
    let change = |name: &str| UpdateApplication {
        name: Some(name.to_owned()),
        ..UpdateApplication::of(application.id, application.version)
    };
    let call = Call::operator();

    let first = update(&fixture.service, &call, change("Printer")).await.unwrap();
    let second = update(&fixture.service, &call, change("Photos")).await;

    assert_eq!(first.application.version, 2);
    assert!(matches!(second, Err(Problem::Stale { current: 2 })), "{second:?}");
    assert_eq!(fixture.application(application.id).await.name, "Printer");
}

#[tokio::test]
async fn disabling_raises_the_epoch_of_caches_and_changes_only_once() {
    let fixture = Fixture::new().await;
    let id = fixture.register(web("Photo Printer")).await.view.application.id;
    let store = &fixture.service.parts.store;
    let before = store.epoch();
    let call = Call::operator();

    let disabled =
        set_status(&fixture.service, &call, id, ApplicationStatus::Disabled, None).await.unwrap();
    let again =
        set_status(&fixture.service, &call, id, ApplicationStatus::Disabled, None).await.unwrap();

    assert_eq!(disabled.application.status, ApplicationStatus::Disabled);
    assert_eq!(again.application.version, 2);
    assert_eq!(store.epoch(), before + 1);
}

#[tokio::test]
async fn a_deleted_application_is_gone_with_what_was_issued_to_it() {
    let fixture = Fixture::new().await;
    let id = fixture.register(web("Photo Printer")).await.view.application.id;
    let client = fixture.client(id).await;
    let grant = fixture.grant(&client, fixture.alice, "openid").await;
    let call = Call::operator();

    remove(&fixture.service, &call, id, Some(1)).await.unwrap();

    assert!(matches!(get(&fixture.service, &call, id).await, Err(Problem::NotFound(_))));
    assert_eq!(names(&fixture, ApplicationFilter::default()).await, Vec::<String>::new());
    assert!(!fixture.is_live(grant).await);
    let again = remove(&fixture.service, &call, id, None).await;
    assert!(matches!(again, Err(Problem::NotFound(_))), "{again:?}");
}
