//! Platform settings, on SQLite.

use super::*;
use crate::{
    Call, Problem,
    testing::{
        Fixture,
        operators::{faults, web},
    },
};

fn switch(version: i64, name: &str, on: bool) -> UpdateGrants {
    UpdateGrants { version, switches: BTreeMap::from([(name.to_owned(), on)]) }
}

fn of(settings: &GrantSettings, grant_type: GrantType) -> &GrantSetting {
    settings.grants.iter().find(|it| it.grant_type == grant_type).unwrap()
}

#[tokio::test]
async fn a_switch_tells_whom_it_would_hit_before_it_is_set() {
    let fixture = Fixture::new().await;
    fixture.register(web("Photo Printer")).await;
    let (service, call) = (&fixture.service, Call::operator());

    let before = grants(service, &call).await.unwrap();
    let after =
        update_grants(service, &call, switch(0, "authorization_code", false)).await.unwrap();
    let late = update_grants(service, &call, switch(0, "refresh_token", false)).await;
    let back = update_grants(service, &call, switch(1, "authorization_code", true)).await.unwrap();

    let code = of(&before, GrantType::AuthorizationCode);
    assert_eq!((before.version, code.enabled, code.applications), (0, true, 1));
    assert_eq!(code.first_applications[0].name, "Photo Printer");
    assert_eq!(of(&before, GrantType::ClientCredentials).applications, 0);
    assert!(!of(&after, GrantType::AuthorizationCode).enabled);
    assert!(matches!(late, Err(Problem::Stale { current: 1 })), "{late:?}");
    assert_eq!((back.version, of(&back, GrantType::AuthorizationCode).enabled), (2, true));
    assert_eq!(fixture.actions().await.iter().filter(|it| *it == "settings.updated").count(), 2);
}

#[tokio::test]
async fn what_the_file_decides_cannot_be_changed_here() {
    let fixture = Fixture::with(|config| {
        config.grant_overrides.insert(GrantType::RefreshToken, false);
    })
    .await;
    let (service, call) = (&fixture.service, Call::operator());

    let shown = grants(service, &call).await.unwrap();
    let refused = update_grants(service, &call, switch(0, "refresh_token", true)).await;
    let same = update_grants(service, &call, switch(0, "refresh_token", false)).await.unwrap();
    let mut unknown = switch(0, "implicit", true);
    unknown.switches.insert("a/b".to_owned(), true);
    let unknown = update_grants(service, &call, unknown).await;

    let refresh = of(&shown, GrantType::RefreshToken);
    assert!(refresh.overridden_by_file && !refresh.enabled);
    assert_eq!(faults(refused), [("#/refresh_token".to_owned(), "set-by-file")]);
    assert_eq!(same.version, 0);
    assert_eq!(
        faults(unknown),
        [
            ("#/a~1b".to_owned(), "unknown-grant-type"),
            ("#/implicit".to_owned(), "unknown-grant-type")
        ]
    );
}
