//! How a client may ask for tokens; its callback URL comes first where it has none.

use actix_web::web::{Path, Query};
use domain::{ApplicationType, Client, FieldError};
use protocol::GrantType;
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::{
    clients::{self, ClientChanges, UpdateClient, UpdatedClient},
    settings,
};
use web::{Page, Protected, see_other};

use crate::{
    applications::{EnvQuery, Frame, Section, Subject},
    code::{Command, Sample},
    conflict::{self, Conflict, Edited},
    failure::{Answer, Failure, Refusal},
    form::typed_list,
    guard::{Desk, Visitor},
    words,
};

/// The form. The callback URL stands in it only while the client has none; the code
/// grant is locked then, and an address turns it on. A script unlocks the box as soon as
/// a valid address is typed, and sends no `code_locked`: from then on the box decides.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct GrantsForm {
    version: i64,
    redirect_uris: Vec<String>,
    code_locked: bool,
    grant_types: Vec<String>,
}

impl GrantsForm {
    fn of(client: &Client) -> Self {
        Self {
            version: client.version,
            redirect_uris: Vec::new(),
            code_locked: client.settings.redirect_uris.is_empty(),
            grant_types: client.settings.grant_types.iter().map(ToString::to_string).collect(),
        }
    }

    /// The grants that are asked for: an address given while the code grant was locked asks for it.
    fn wanted(&self) -> Vec<String> {
        let asks = self.code_locked && !typed_list(&self.redirect_uris).is_empty();
        let ticked = self.grant_types.clone();
        if asks { clients::with_code_grant(ticked) } else { ticked }
    }

    fn changes(&self) -> ClientChanges {
        let has_address = !typed_list(&self.redirect_uris).is_empty();
        ClientChanges {
            redirect_uris: has_address.then(|| self.redirect_uris.clone()),
            grant_types: Some(self.wanted()),
            ..ClientChanges::default()
        }
    }
}

/// One grant type as a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Card {
    value: &'static str,
    label: &'static str,
    hint: &'static str,
    tag: &'static str,
    checked: bool,
    /// Why the box cannot be used: `everywhere`, `callback`, `secret` or nothing.
    lock: &'static str,
    /// The same in words.
    reason: &'static str,
    /// The locked grant stays as it is, so it is sent by a hidden field.
    kept: bool,
}

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct GrantsPage {
    app: Frame,
    version: i64,
    /// The field for the first callback URL, while there is none.
    callback: Option<Callback>,
    code_locked: bool,
    cards: Vec<Card>,
    may_see_platform: bool,
    conflict: Option<Conflict>,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

#[derive(Debug, Serialize)]
struct Callback {
    value: String,
    /// Whether a valid address lets the code grant be used.
    enables: bool,
}

impl Page for GrantsPage {
    const TEMPLATE: &'static str = "console/applications/grants.html";
}

/// `GET /console/applications/{id}/grants`.
pub(crate) async fn show(visitor: Visitor, id: Path<String>, query: Query<EnvQuery>) -> Answer {
    let subject = Subject::load(&visitor, &id, &query).await?;
    match subject.client_or_keys() {
        Ok(client) => {
            let page = page(&visitor, &subject, client, &GrantsForm::of(client)).await?;
            visitor.show(&page)
        }
        Err(keys) => Ok(see_other(&keys)),
    }
}

/// `POST /console/applications/{id}/grants`.
pub(crate) async fn save(
    visitor: Visitor,
    id: Path<String>,
    query: Query<EnvQuery>,
    form: Protected<GrantsForm>,
) -> Answer {
    let Protected(form) = form;
    let subject = Subject::load(&visitor, &id, &query).await?;
    let client = match subject.client_or_keys() {
        Ok(client) => client,
        Err(keys) => return Ok(see_other(&keys)),
    };
    let command = UpdateClient {
        application_id: subject.application().id,
        environment: subject.environment,
        version: form.version,
        changes: form.changes(),
    };
    match clients::update(&visitor.service, &visitor.call, command).await {
        Ok(updated) => saved(&visitor, &subject, client, &updated),
        Err(problem) => {
            let refusal = Refusal::of(problem)?.by_name("grant_types", &form.wanted());
            again(&visitor, &subject, client, (form, refusal)).await
        }
    }
}

fn saved(visitor: &Visitor, subject: &Subject, before: &Client, updated: &UpdatedClient) -> Answer {
    let back = subject.address(Section::Grants);
    let code = GrantType::AuthorizationCode;
    if updated.client.version == before.version {
        visitor.unchanged(&back)
    } else if !before.allows(code) && updated.client.allows(code) {
        let text = "Grant types saved. Authorization code is now on, and people are sent back to your callback URL.";
        visitor.done(&back, text)
    } else {
        visitor.done(&back, "Grant types saved.")
    }
}

async fn again(
    visitor: &Visitor,
    subject: &Subject,
    client: &Client,
    (form, refusal): (GrantsForm, Refusal),
) -> Answer {
    let status = refusal.status();
    let mut page = page(visitor, subject, client, &form).await?;
    page.errors = refusal.errors;
    if refusal.is_stale {
        let label = |names: Vec<String>| conflict::lines(names);
        let saved = GrantsForm::of(client);
        let pairs = [("Grant types", label(saved.grant_types), label(form.wanted()))];
        page.conflict = Some(Conflict::of(visitor, &Edited::client(subject), pairs).await);
        page.version = saved.version;
    }
    visitor.show_as(&page, status)
}

async fn page(
    visitor: &Visitor,
    subject: &Subject,
    client: &Client,
    form: &GrantsForm,
) -> Result<GrantsPage, Failure> {
    let off = settings::switched_off(&visitor.service, &visitor.call).await?;
    Ok(draw(visitor, (subject, client), form, &off))
}

fn draw(
    desk: &Desk,
    (subject, client): (&Subject, &Client),
    form: &GrantsForm,
    off: &[GrantType],
) -> GrantsPage {
    let application = subject.application();
    let asks_for_callback =
        client.settings.redirect_uris.is_empty() && application.application_type.has_callback();
    let cards = GrantType::ALL.into_iter().filter(|it| {
        *it == GrantType::ClientCredentials
            || application.application_type != ApplicationType::Machine
            || client.allows(*it)
    });
    let path = format!("/applications/{}/clients/{}", application.id, client.environment);
    let change = Command::new(&desk.config, "Set the grant types", "PATCH", &path)
        .version(client.version)
        .body(&json!({ "grant_types": form.wanted() }));
    GrantsPage {
        app: subject.frame(desk, Section::Grants),
        version: form.version,
        callback: asks_for_callback.then(|| Callback {
            value: form.redirect_uris.first().cloned().unwrap_or_default(),
            enables: !off.contains(&GrantType::AuthorizationCode),
        }),
        code_locked: form.code_locked,
        cards: cards.map(|it| card(it, client, form, off.contains(&it))).collect(),
        may_see_platform: desk.may(domain::Permission::SettingsRead),
        conflict: None,
        errors: Vec::new(),
        samples: vec![change.sample()],
    }
}

fn card(grant: GrantType, client: &Client, form: &GrantsForm, off_everywhere: bool) -> Card {
    let is_code = grant == GrantType::AuthorizationCode;
    let needs_callback = is_code && form.code_locked;
    let needs_secret = grant == GrantType::ClientCredentials && !client.is_confidential();
    let (lock, reason) = match (off_everywhere, needs_callback, needs_secret) {
        (true, _, _) => {
            ("everywhere", "An administrator has switched this off for every application.")
        }
        (_, true, _) => (
            "callback",
            "Add a callback URL above to turn this on. Without one we would not know where to send people back.",
        ),
        (_, _, true) => (
            "secret",
            "Client credentials needs a secret, and this type cannot keep one. Use Machine to machine.",
        ),
        (false, false, false) => ("", ""),
    };
    Card {
        value: grant.as_str(),
        label: words::grant(grant),
        hint: words::grant_hint(grant),
        tag: if is_code { "Recommended" } else { "" },
        checked: form.grant_types.iter().any(|it| it == grant.as_str()),
        lock,
        reason,
        kept: off_everywhere && client.allows(grant),
    }
}

#[cfg(test)]
mod tests {
    use domain::Environment;

    use super::*;
    use crate::testing;

    fn locked(address: &str, grants: &[&str]) -> GrantsForm {
        GrantsForm {
            version: 1,
            redirect_uris: vec![address.to_owned()],
            code_locked: true,
            grant_types: grants.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    #[test]
    fn an_address_given_while_the_code_grant_was_locked_asks_for_it() {
        let form = locked("https://app.example.com/callback", &["refresh_token"]);

        assert_eq!(form.wanted(), ["authorization_code", "refresh_token"]);
        assert!(form.changes().redirect_uris.is_some());
    }

    #[test]
    fn without_an_address_nothing_is_turned_on_by_itself() {
        let form = locked("  ", &["client_credentials"]);

        assert_eq!(form.wanted(), ["client_credentials"]);
        assert_eq!(form.changes().redirect_uris, None);
    }

    #[test]
    fn an_unlocked_grant_stays_off_when_it_was_unticked() {
        let address = "https://app.example.com/callback";
        let form = GrantsForm { code_locked: false, ..locked(address, &["client_credentials"]) };

        assert_eq!(form.wanted(), ["client_credentials"]);
        assert!(form.changes().redirect_uris.is_some());
    }

    #[test]
    fn what_is_off_everywhere_is_kept_as_it_was() {
        let client = testing::client(Environment::Sandbox);

        let card = card(GrantType::AuthorizationCode, &client, &GrantsForm::of(&client), true);

        assert!(card.lock == "everywhere" && card.kept && card.checked, "{card:?}");
    }

    #[test]
    fn a_public_client_sees_why_it_has_no_client_credentials() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.token_endpoint_auth_method = protocol::ClientAuthMethod::None;

        let card = card(GrantType::ClientCredentials, &client, &GrantsForm::of(&client), false);

        assert!(card.lock == "secret" && card.reason.contains("secret"), "{card:?}");
    }
}

#[cfg(test)]
mod drawn {
    use domain::{Environment, Role};

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html, subject};

    #[actix_web::test]
    async fn without_a_callback_url_its_field_comes_first_and_the_code_grant_is_locked() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.redirect_uris.clear();
        client.settings.grant_types.clear();
        let form = GrantsForm::of(&client);

        let page = html(draw(&desk(Role::Owner), (&subject(), &client), &form, &[])).await;

        let field = page.find("id=\"f-redirect_uris-0\"").unwrap();
        let code = page.find("id=\"f-grant_types-authorization_code\"").unwrap();
        assert!(field < code, "{page}");
        assert!(page.contains("data-enables=\"f-grant_types-authorization_code\""));
        assert!(page.contains("Add a callback URL above to turn this on."));
        assert!(page.contains("name=\"code_locked\" value=\"true\""));
        assert_read_by::<GrantsForm>(&page);
    }

    #[actix_web::test]
    async fn a_box_that_was_unlocked_decides_on_the_refused_page_too() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.redirect_uris.clear();
        client.settings.grant_types.clear();
        let form = GrantsForm {
            redirect_uris: vec!["https://app.example.com/callback".to_owned()],
            code_locked: false,
            grant_types: vec!["refresh_token".to_owned()],
            ..GrantsForm::of(&client)
        };

        let page = html(draw(&desk(Role::Owner), (&subject(), &client), &form, &[])).await;

        let (_, code) = page.split_once("id=\"f-grant_types-authorization_code\"").unwrap();
        let code = code.split('>').next().unwrap();
        assert!(!code.contains("disabled") && !code.contains("checked"), "{code}");
        assert!(!page.contains("code_locked"), "{page}");
        assert!(page.contains("value=\"https://app.example.com/callback\""), "{page}");
    }

    #[actix_web::test]
    async fn an_error_of_a_grant_stands_at_its_card() {
        let client = testing::client(Environment::Sandbox);
        let form = GrantsForm::of(&client);
        let mut page = draw(&desk(Role::Owner), (&subject(), &client), &form, &[]);
        page.errors = vec![FieldError {
            pointer: "#/grant_types/refresh_token".to_owned(),
            code: "refresh-needs-code",
            detail: "Turn that on first.".to_owned(),
        }];

        let page = html(page).await;

        assert!(page.contains("href=\"#f-grant_types-refresh_token\""), "{page}");
        assert!(page.contains("id=\"f-grant_types-refresh_token-e\""));
    }

    #[actix_web::test]
    async fn what_is_off_everywhere_says_so_and_is_sent_as_it_was() {
        let client = testing::client(Environment::Sandbox);
        let form = GrantsForm::of(&client);
        let off = [GrantType::AuthorizationCode];

        let page = html(draw(&desk(Role::Owner), (&subject(), &client), &form, &off)).await;

        assert!(page.contains("switched this off for every application"), "{page}");
        assert!(
            page.contains(
                "<input type=\"hidden\" name=\"grant_types\" value=\"authorization_code\">"
            )
        );
        assert!(page.contains("href=\"/console/grants\""));
    }
}
