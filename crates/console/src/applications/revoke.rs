//! The end of a secret, asked for twice.

use std::time::Duration;

use actix_web::web::{Path, Query};
use domain::{Client, ClientSecret, FieldError, Permission, Timestamp};
use serde::{Deserialize, Serialize};
use service::secrets::{self, SecretPath};
use web::{Page, Protected, flash::Level};

use crate::{
    applications::{EnvQuery, Frame, Section, Subject, rotate::find},
    code::{Command, Sample},
    failure::Answer,
    guard::{Desk, Visitor},
};

const DAY: Duration = Duration::from_hours(24);

/// The form has nothing to fill in.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RevokeForm {}

/// The page that asks, and tells what will fail.
#[derive(Debug, Serialize)]
pub(crate) struct RevokePage {
    app: Frame,
    action: String,
    hint: String,
    label: String,
    last_used_at: Option<Timestamp>,
    last_used_from: String,
    in_use: bool,
    is_last: bool,
    keys: String,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for RevokePage {
    const TEMPLATE: &'static str = "console/applications/revoke.html";
}

/// `GET /console/applications/{id}/keys/{secret}/revoke`.
pub(crate) async fn show(
    visitor: Visitor,
    path: Path<(String, String)>,
    query: Query<EnvQuery>,
) -> Answer {
    visitor.require(Permission::SecretsWrite)?;
    let (application, secret) = path.into_inner();
    let subject = Subject::load(&visitor, &application, &query).await?;
    let found = find(&subject, &secret)?;
    visitor.show(&draw(&visitor, &subject, found))
}

fn draw(desk: &Desk, subject: &Subject, (client, secret): (&Client, &ClientSecret)) -> RevokePage {
    let now = desk.now();
    let others = client.secrets.iter().filter(|it| it.id != secret.id && it.is_live(now)).count();
    let below = format!("{}/revoke", secret.id);
    let api = format!(
        "/applications/{}/clients/{}/secrets/{}",
        subject.application().id,
        subject.environment,
        secret.id
    );
    RevokePage {
        app: subject.frame(desk, Section::Keys),
        action: subject.below(Section::Keys, &below),
        hint: secret.hint.clone(),
        label: secret.label.clone(),
        last_used_at: secret.last_used_at,
        last_used_from: secret.last_used_from.clone().unwrap_or_default(),
        in_use: secret.last_used_at.is_some_and(|it| it > now.minus(DAY)),
        is_last: others == 0,
        keys: subject.address(Section::Keys),
        errors: Vec::new(),
        samples: vec![Command::new(&desk.config, "Revoke it", "DELETE", &api).sample()],
    }
}

/// `POST /console/applications/{id}/keys/{secret}/revoke`.
pub(crate) async fn revoke(
    visitor: Visitor,
    path: Path<(String, String)>,
    query: Query<EnvQuery>,
    _form: Protected<RevokeForm>,
) -> Answer {
    let (application, secret) = path.into_inner();
    let subject = Subject::load(&visitor, &application, &query).await?;
    let (_, secret) = find(&subject, &secret)?;
    let path = SecretPath {
        application_id: subject.application().id,
        environment: subject.environment,
        secret_id: secret.id,
    };
    let revoked = secrets::revoke(&visitor.service, &visitor.call, path).await?;
    let keys = subject.address(Section::Keys);
    let hint = &revoked.secret.hint;
    if revoked.was_used_in_last_day {
        let text = format!("Secret {hint} revoked. It was in use today; those calls now fail.");
        return visitor.told(&keys, Level::Warn, text);
    }
    visitor.done(&keys, format!("Secret {hint} revoked."))
}

#[cfg(test)]
mod drawn {
    use domain::{Environment, Role};

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html, subject};

    #[actix_web::test]
    async fn what_will_fail_is_told_before() {
        let mut client = testing::client(Environment::Sandbox);
        let mut secret = testing::secret(None);
        secret.last_used_at = Some(testing::NOW);
        secret.last_used_from = Some("203.0.113.7".to_owned());
        client.secrets = vec![secret.clone()];

        let page = html(draw(&desk(Role::Owner), &subject(), (&client, &secret))).await;

        assert!(page.contains("It is in use.") && page.contains("203.0.113.7"), "{page}");
        assert!(page.contains("the only secret that works"));
        assert_read_by::<RevokeForm>(&page);
    }
}
