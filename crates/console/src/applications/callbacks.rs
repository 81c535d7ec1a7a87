//! Where people may be sent back to: the callback and sign-out URLs of a client.

use actix_web::web::{Path, Query};
use domain::{ApplicationType, Client, FieldError};
use protocol::{GrantType, RedirectUri};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::{
    clients::{self, ClientChanges, UpdateClient, UpdatedClient},
    overview,
};
use web::{Page, Protected, see_other};

use crate::{
    applications::{EnvQuery, Frame, Section, Subject},
    code::{Command, Sample},
    conflict::{self, Conflict, Edited},
    failure::{Answer, Refusal},
    form::{Line, lines, typed_list},
    guard::{Desk, Visitor},
    words,
};

/// The form; `add` names the list that gets one more line.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CallbacksForm {
    version: i64,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    add: String,
    confirmed: bool,
}

impl CallbacksForm {
    fn of(client: &Client) -> Self {
        let texts = |uris: &[RedirectUri]| uris.iter().map(|it| it.as_str().to_owned()).collect();
        Self {
            version: client.version,
            redirect_uris: texts(&client.settings.redirect_uris),
            post_logout_redirect_uris: texts(&client.settings.post_logout_redirect_uris),
            ..Self::default()
        }
    }

    /// Whether saving would leave the code grant without an address.
    fn turns_code_off(&self, client: &Client) -> bool {
        client.allows(GrantType::AuthorizationCode) && typed_list(&self.redirect_uris).is_empty()
    }

    fn changes(&self, client: &Client) -> ClientChanges {
        // Without a callback URL there was no say in the code grant; the first one turns it on.
        let off = self.turns_code_off(client);
        let grant_types = off.then(|| clients::without_redirect_uri(&client.settings));
        ClientChanges {
            redirect_uris: Some(self.redirect_uris.clone()),
            post_logout_redirect_uris: Some(self.post_logout_redirect_uris.clone()),
            grant_types,
            ..ClientChanges::default()
        }
    }

    /// Each list with what is saved and what was typed.
    fn beside(&self, saved: &Self) -> [(&'static str, String, String); 2] {
        let text = |uris: &[String]| conflict::lines(typed_list(uris));
        [
            ("Callback URLs", text(&saved.redirect_uris), text(&self.redirect_uris)),
            (
                "Sign-out URLs",
                text(&saved.post_logout_redirect_uris),
                text(&self.post_logout_redirect_uris),
            ),
        ]
    }
}

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct CallbacksPage {
    app: Frame,
    version: i64,
    redirect_uris: Vec<Line>,
    post_logout_redirect_uris: Vec<Line>,
    is_native: bool,
    has_none: bool,
    /// Who would notice and what goes off without a callback URL; empty when nobody needs to
    /// be asked.
    asks: String,
    conflict: Option<Conflict>,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for CallbacksPage {
    const TEMPLATE: &'static str = "console/applications/callbacks.html";
}

/// `GET /console/applications/{id}/callbacks`.
pub(crate) async fn show(visitor: Visitor, id: Path<String>, query: Query<EnvQuery>) -> Answer {
    let subject = Subject::load(&visitor, &id, &query).await?;
    match subject.client_or_keys() {
        Ok(client) => visitor.show(&page(&visitor, &subject, client, &CallbacksForm::of(client))),
        Err(keys) => Ok(see_other(&keys)),
    }
}

/// `POST /console/applications/{id}/callbacks`.
pub(crate) async fn save(
    visitor: Visitor,
    id: Path<String>,
    query: Query<EnvQuery>,
    form: Protected<CallbacksForm>,
) -> Answer {
    let Protected(form) = form;
    let subject = Subject::load(&visitor, &id, &query).await?;
    let client = match subject.client_or_keys() {
        Ok(client) => client,
        Err(keys) => return Ok(see_other(&keys)),
    };
    if !form.add.is_empty() {
        return visitor.show(&page(&visitor, &subject, client, &form));
    }
    if form.turns_code_off(client) && !form.confirmed {
        let mut page = page(&visitor, &subject, client, &form);
        let people = overview::people_of_client(&visitor.service, &visitor.call, client.id).await?;
        page.asks = goes_off(client, people);
        return visitor.show(&page);
    }
    let command = UpdateClient {
        application_id: subject.application().id,
        environment: subject.environment,
        version: form.version,
        changes: form.changes(client),
    };
    match clients::update(&visitor.service, &visitor.call, command).await {
        Ok(updated) => saved(&visitor, &subject, client, &updated),
        Err(problem) => again(&visitor, &subject, client, (form, Refusal::of(problem)?)).await,
    }
}

fn goes_off(client: &Client, people: u64) -> String {
    let people =
        if people == 0 { "Nobody".to_owned() } else { words::count(people, "person", "people") };
    let rest = if client.allows(GrantType::DeviceCode) {
        "Devices go on."
    } else {
        "Refresh token goes off with it."
    };
    format!("{people} signed in to it in the last 24 hours. {rest}")
}

fn saved(visitor: &Visitor, subject: &Subject, before: &Client, updated: &UpdatedClient) -> Answer {
    let back = subject.address(Section::Callbacks);
    let code = GrantType::AuthorizationCode;
    if updated.client.version == before.version {
        visitor.unchanged(&back)
    } else if updated.code_grant_turned_on {
        visitor.done(&back, "Callback URLs saved. Authorization code is now on.")
    } else if before.allows(code) && !updated.client.allows(code) {
        visitor.done(&back, "Callback URLs saved. Authorization code is now off.")
    } else {
        visitor.done(&back, "Callback URLs saved.")
    }
}

async fn again(
    visitor: &Visitor,
    subject: &Subject,
    client: &Client,
    (form, refusal): (CallbacksForm, Refusal),
) -> Answer {
    let status = refusal.status();
    let mut page = page(visitor, subject, client, &form);
    page.errors = refusal.errors;
    if refusal.is_stale {
        let saved = CallbacksForm::of(client);
        page.conflict =
            Some(Conflict::of(visitor, &Edited::client(subject), form.beside(&saved)).await);
        page.version = saved.version;
    }
    visitor.show_as(&page, status)
}

fn page(desk: &Desk, subject: &Subject, client: &Client, form: &CallbacksForm) -> CallbacksPage {
    let application = subject.application();
    // A list always ends with a line to type into; "Add another" makes it two.
    let drawn = |field: &str, values: &[String]| {
        let filled = values.iter().rposition(|it| !it.trim().is_empty()).map_or(0, |at| at + 1);
        let kept: Vec<String> = values.iter().take(filled).cloned().collect();
        let empty = values.len().saturating_sub(filled).max(1) + usize::from(form.add == field);
        lines(field, &kept, empty)
    };
    let path = format!("/applications/{}/clients/{}", application.id, client.environment);
    let change = Command::new(&desk.config, "Set the callback URLs", "PATCH", &path)
        .version(client.version)
        .body(&json!({ "redirect_uris": typed_list(&form.redirect_uris) }));
    CallbacksPage {
        app: subject.frame(desk, Section::Callbacks),
        version: form.version,
        redirect_uris: drawn("redirect_uris", &form.redirect_uris),
        post_logout_redirect_uris: drawn(
            "post_logout_redirect_uris",
            &form.post_logout_redirect_uris,
        ),
        is_native: application.application_type == ApplicationType::Native,
        has_none: client.settings.redirect_uris.is_empty()
            && application.application_type.has_callback(),
        asks: String::new(),
        conflict: None,
        errors: Vec::new(),
        samples: vec![change.sample()],
    }
}

#[cfg(test)]
mod tests {
    use domain::Environment;

    use super::*;
    use crate::testing;

    #[test]
    fn emptying_the_last_line_turns_the_code_grant_off_and_keeps_the_rest() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.grant_types = vec![
            GrantType::AuthorizationCode,
            GrantType::RefreshToken,
            GrantType::ClientCredentials,
        ];
        let mut form = CallbacksForm::of(&client);
        assert!(!form.turns_code_off(&client));

        form.redirect_uris = vec![" ".to_owned()];

        assert!(form.turns_code_off(&client));
        assert_eq!(form.changes(&client).grant_types, Some(vec!["client_credentials".to_owned()]));
    }

    #[test]
    fn the_first_address_leaves_the_grants_to_the_rule() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.redirect_uris.clear();
        client.settings.grant_types.clear();
        let mut form = CallbacksForm::of(&client);

        form.redirect_uris = vec!["https://app.example.com/callback".to_owned()];

        assert_eq!(form.changes(&client).grant_types, None);
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html, subject};

    fn drawn(form: &CallbacksForm) -> CallbacksPage {
        let client = testing::client(domain::Environment::Sandbox);
        page(&desk(Role::Owner), &subject(), &client, form)
    }

    #[actix_web::test]
    async fn a_list_ends_with_a_line_to_type_into_and_grows_by_one() {
        let client = testing::client(domain::Environment::Sandbox);
        let mut form = CallbacksForm::of(&client);
        let page = html(drawn(&form)).await;
        assert!(page.contains("Callback URL 2") && !page.contains("Callback URL 3"), "{page}");
        assert_read_by::<CallbacksForm>(&page);

        form.redirect_uris.push("https://typed.example/and-not-added".to_owned());
        form.add = "redirect_uris".to_owned();
        let page = html(drawn(&form)).await;

        assert!(page.contains("value=\"https://typed.example/and-not-added\""), "{page}");
        assert!(page.contains("Callback URL 4") && !page.contains("Callback URL 5"), "{page}");
    }

    #[actix_web::test]
    async fn an_error_stands_at_its_line_and_keeps_what_was_typed() {
        let client = testing::client(domain::Environment::Sandbox);
        let mut form = CallbacksForm::of(&client);
        form.redirect_uris.push("http://wrong.example/".to_owned());
        let mut page = drawn(&form);
        page.errors = vec![FieldError::at("redirect_uris", 1, "https-required", "Use https.")];

        let page = html(page).await;

        assert!(page.contains("<title>Error: Callback URLs"), "{page}");
        assert!(page.contains("id=\"f-redirect_uris-1\""));
        assert!(page.contains("value=\"http://wrong.example/\""));
    }

    #[actix_web::test]
    async fn turning_the_code_grant_off_is_asked_first() {
        let client = testing::client(domain::Environment::Sandbox);
        let mut form = CallbacksForm::of(&client);
        form.redirect_uris = vec![String::new()];
        let mut page = drawn(&form);
        page.asks = goes_off(&client, 214);

        let page = html(page).await;

        assert!(page.contains("This turns off Authorization code"), "{page}");
        assert!(page.contains("214 people signed in to it in the last 24 hours."), "{page}");
        assert!(page.contains("name=\"confirmed\" value=\"true\""));
        assert_read_by::<CallbacksForm>(&page);
    }
}
