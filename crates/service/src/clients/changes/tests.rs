//! The rules of a client's settings, asked with what was sent.

use domain::Permission;
use store::{Store, StoreOptions};

use super::*;

async fn catalogue() -> Catalogue {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/test.db", folder.path().display());
    let options = StoreOptions { url, max_connections: 1, exclusive: true };
    let store = Store::open(&options).await.unwrap();
    store.migrate().await.unwrap();
    store.write(async |tx| Catalogue::hold(tx).await).await.unwrap()
}

struct Case {
    catalogue: Catalogue,
    call: Call,
    application_type: ApplicationType,
    environment: Environment,
}

impl Case {
    async fn of(application_type: ApplicationType) -> Self {
        let environment = Environment::Sandbox;
        let call = Call::operator();
        Self { catalogue: catalogue().await, call, application_type, environment }
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            call: &self.call,
            catalogue: &self.catalogue,
            application_type: self.application_type,
            environment: self.environment,
        }
    }

    fn first(&self, changes: &ClientChanges) -> Result<ChangedSettings, Vec<FieldError>> {
        first_settings(self.subject(), changes)
    }
}

fn list(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn codes(result: Result<ChangedSettings, Vec<FieldError>>) -> Vec<(String, &'static str)> {
    result.unwrap_err().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
}

#[tokio::test]
async fn a_first_redirect_uri_turns_the_code_grant_on_by_itself() {
    for kind in [ApplicationType::Web, ApplicationType::Spa, ApplicationType::Native] {
        let case = Case::of(kind).await;
        let changes = ClientChanges {
            redirect_uris: Some(list(&["http://localhost:3000/callback"])),
            ..ClientChanges::default()
        };

        let first = case.first(&changes).unwrap();

        assert!(first.code_grant_turned_on, "{kind}");
        let expected = [GrantType::AuthorizationCode, GrantType::RefreshToken];
        assert_eq!(first.settings.grant_types, expected, "{kind}");
    }
}

#[tokio::test]
async fn grant_types_that_were_sent_are_taken_as_they_are() {
    let case = Case::of(ApplicationType::Web).await;
    let changes = ClientChanges {
        redirect_uris: Some(list(&["https://app.test/callback"])),
        grant_types: Some(list(&[])),
        ..ClientChanges::default()
    };

    let first = case.first(&changes).unwrap();

    assert!(!first.code_grant_turned_on);
    assert_eq!(first.settings.grant_types, []);
}

#[tokio::test]
async fn response_types_may_not_contradict_the_grants() {
    let case = Case::of(ApplicationType::Web).await;
    let with = |grants: Option<&[&str]>, types: &[&str]| {
        let changes = ClientChanges {
            redirect_uris: Some(list(&["https://app.test/callback"])),
            grant_types: grants.map(list),
            response_types: Some(list(types)),
            ..ClientChanges::default()
        };
        case.first(&changes)
    };
    let fault = |pointer: &str, code| vec![(pointer.to_owned(), code)];

    assert!(with(None, &["code"]).is_ok());
    assert!(with(Some(&[]), &[]).is_ok());
    let mismatch = "response-type-mismatch";
    assert_eq!(codes(with(Some(&[]), &["code"])), fault("#/response_types/0", mismatch));
    assert_eq!(codes(with(None, &[])), fault("#/response_types", mismatch));
    let implicit = codes(with(Some(&["implicit"]), &["token"]));
    assert_eq!(implicit[0], ("#/grant_types/0".to_owned(), "unknown-grant-type"));
    assert_eq!(implicit[1], ("#/response_types/0".to_owned(), "unknown-response-type"));
}

#[tokio::test]
async fn a_second_redirect_uri_turns_nothing_on() {
    let case = Case::of(ApplicationType::Web).await;
    let off = ClientChanges {
        redirect_uris: Some(list(&["https://app.test/callback"])),
        grant_types: Some(list(&[])),
        ..ClientChanges::default()
    };
    let current = case.first(&off).unwrap().settings;
    let changes = ClientChanges {
        redirect_uris: Some(list(&["https://app.test/callback", "https://app.test/other"])),
        ..ClientChanges::default()
    };

    let second = change_settings(case.subject(), &current, &changes).unwrap();

    assert!(!second.code_grant_turned_on);
    assert_eq!(second.settings.grant_types, []);
}

#[tokio::test]
async fn the_last_redirect_uri_stays_while_the_code_grant_is_on() {
    let case = Case::of(ApplicationType::Web).await;
    let on = ClientChanges {
        redirect_uris: Some(list(&["https://app.test/callback"])),
        ..ClientChanges::default()
    };
    let current = case.first(&on).unwrap().settings;
    let without = ClientChanges { redirect_uris: Some(list(&[""])), ..ClientChanges::default() };

    let refused = change_settings(case.subject(), &current, &without);
    let both = ClientChanges { grant_types: Some(list(&[])), ..without.clone() };
    let changed = change_settings(case.subject(), &current, &both).unwrap();

    assert_eq!(codes(refused), [("#/grant_types/0".to_owned(), "code-needs-redirect-uri")]);
    assert_eq!(changed.settings.redirect_uris, []);
}

#[tokio::test]
async fn every_fault_is_told_at_once() {
    let mut case = Case::of(ApplicationType::Web).await;
    case.environment = Environment::Production;
    let changes = ClientChanges {
        redirect_uris: Some(list(&["", "http://app.test/callback"])),
        grant_types: Some(list(&["authorization_code", "implicit"])),
        scopes: Some(list(&["openid", "no.such.scope", "a\"b"])),
        token_endpoint_auth_method: Some("client_secret_jwt".to_owned()),
        access_token_lifetime_seconds: Some(5),
        ..ClientChanges::default()
    };

    let faults = codes(case.first(&changes));

    let expected = [
        ("#/redirect_uris/1", "https-required"),
        ("#/token_endpoint_auth_method", "unknown-value"),
        ("#/grant_types/1", "unknown-grant-type"),
        ("#/scopes/1", "unknown-scope"),
        ("#/scopes/2", "invalid-scope"),
        ("#/grant_types/0", "code-needs-redirect-uri"),
        ("#/access_token_lifetime_seconds", "range"),
    ];
    let expected: Vec<_> = expected.iter().map(|it| (it.0.to_owned(), it.1)).collect();
    assert_eq!(faults, expected);
}

#[tokio::test]
async fn a_permission_is_given_only_by_whoever_holds_it() {
    let mut case = Case::of(ApplicationType::Machine).await;
    case.call.permissions.remove(&Permission::UsersWrite);
    let changes = ClientChanges {
        scopes: Some(list(&["apps:read", "users:write"])),
        ..ClientChanges::default()
    };

    let refused = codes(case.first(&changes));

    assert_eq!(refused, [("#/scopes/1".to_owned(), "not-yours")]);
}

#[tokio::test]
async fn what_runs_with_its_users_keeps_no_secret_and_rotates() {
    let case = Case::of(ApplicationType::Spa).await;
    let secret = ClientChanges {
        token_endpoint_auth_method: Some("client_secret_basic".to_owned()),
        ..ClientChanges::default()
    };
    let reuse =
        ClientChanges { refresh_mode: Some("reuse".to_owned()), ..ClientChanges::default() };

    let fault = |pointer: &str, code| vec![(pointer.to_owned(), code)];
    assert_eq!(codes(case.first(&secret)), fault("#/token_endpoint_auth_method", "public-type"));
    assert_eq!(codes(case.first(&reuse)), fault("#/refresh_mode", "public-reuse"));
}

#[tokio::test]
async fn a_web_client_without_a_secret_rotates_by_itself() {
    let case = Case::of(ApplicationType::Web).await;
    let none = ClientChanges {
        token_endpoint_auth_method: Some("none".to_owned()),
        ..ClientChanges::default()
    };

    let first = case.first(&none).unwrap();

    assert_eq!(first.settings.refresh_mode, RefreshMode::Rotate);
}

#[tokio::test]
async fn only_whoever_sees_every_application_may_spare_people_the_question() {
    let mut case = Case::of(ApplicationType::Web).await;
    let skip = ClientChanges { skip_consent: Some(true), ..ClientChanges::default() };
    assert!(case.first(&skip).unwrap().settings.skip_consent);

    case.call.applications = ApplicationScope::OwnedBy(domain::Id::from_uuid(
        domain::Id::<domain::User>::parse("usr_00000000000000000000000001").unwrap().as_uuid(),
    ));

    assert_eq!(codes(case.first(&skip)), [("#/skip_consent".to_owned(), "not-yours")]);
}

#[tokio::test]
async fn people_are_signed_in_by_default_and_machines_are_not() {
    let web = Case::of(ApplicationType::Web).await.first(&ClientChanges::default()).unwrap();
    let machine =
        Case::of(ApplicationType::Machine).await.first(&ClientChanges::default()).unwrap();

    assert_eq!(web.settings.scopes.to_string(), "openid profile email offline_access");
    assert_eq!(web.settings.default_scopes.to_string(), "openid");
    assert_eq!(machine.settings.scopes.to_string(), "");
    assert_eq!(machine.settings.grant_types, [GrantType::ClientCredentials]);
}
