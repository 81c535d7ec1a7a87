//! A new application: what it is, what it is called, where it sends people back to.

use actix_web::web::Query;
use domain::{ApplicationType, Environment, FieldError, Permission};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::{
    applications::{self, RegisterApplication},
    clients::ClientChanges,
};
use web::{Page, Protected};

use crate::{
    applications::{
        Section, address,
        created::{Kept, Shown},
    },
    code::{Command, Sample},
    failure::{Answer, Refusal},
    form::typed,
    guard::{Desk, Visitor},
    once::{self, Turn},
    words,
};

/// The form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RegisterForm {
    nonce: String,
    r#type: String,
    name: String,
    redirect_uris: String,
    description: String,
    client_uri: String,
    policy_uri: String,
    tos_uri: String,
}

/// The kind that is chosen beforehand.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RegisterQuery {
    r#type: String,
}

impl Default for RegisterForm {
    fn default() -> Self {
        Self {
            nonce: String::new(),
            r#type: ApplicationType::Web.as_str().to_owned(),
            name: String::new(),
            redirect_uris: "http://localhost:3000/callback".to_owned(),
            description: String::new(),
            client_uri: String::new(),
            policy_uri: String::new(),
            tos_uri: String::new(),
        }
    }
}

impl RegisterForm {
    /// What a person left empty stays empty: the prefilled address is for the first showing.
    fn command(&self) -> RegisterApplication {
        let has_callback =
            self.r#type.parse().map_or(true, |kind: ApplicationType| kind.has_callback());
        let address = typed(&self.redirect_uris).filter(|_| has_callback);
        RegisterApplication {
            name: self.name.trim().to_owned(),
            description: self.description.trim().to_owned(),
            application_type: self.r#type.clone(),
            environment: Environment::Sandbox.as_str().to_owned(),
            client_uri: typed(&self.client_uri),
            policy_uri: typed(&self.policy_uri),
            tos_uri: typed(&self.tos_uri),
            owner: None,
            client: ClientChanges {
                redirect_uris: address.map(|it| vec![it]),
                ..ClientChanges::default()
            },
        }
    }

    /// Whether one of the further settings was filled in or is wrong.
    fn has_more(&self, errors: &[FieldError]) -> bool {
        let fields = ["description", "client_uri", "policy_uri", "tos_uri"];
        errors.iter().any(|it| fields.contains(&it.field()))
            || [&self.description, &self.client_uri, &self.policy_uri, &self.tos_uri]
                .into_iter()
                .any(|it| !it.trim().is_empty())
    }
}

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct RegisterPage {
    form: RegisterForm,
    kinds: Vec<Kind>,
    is_more_open: bool,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for RegisterPage {
    const TEMPLATE: &'static str = "console/applications/new.html";
}

/// A kind of program as a card.
#[derive(Debug, Serialize)]
struct Kind {
    value: &'static str,
    label: &'static str,
    hint: &'static str,
}

/// `GET /console/applications/new`.
pub(crate) async fn show(visitor: Visitor, query: Query<RegisterQuery>) -> Answer {
    visitor.require(Permission::AppsWrite)?;
    let mut form = RegisterForm::default();
    if let Ok(kind) = query.r#type.parse::<ApplicationType>() {
        kind.as_str().clone_into(&mut form.r#type);
    }
    visitor.show(&page(&visitor, form, Vec::new()))
}

/// `POST /console/applications/new`.
pub(crate) async fn make(visitor: Visitor, form: Protected<RegisterForm>) -> Answer {
    let Protected(form) = form;
    let ticket = match once::turn(&visitor, "application", &form.nonce).await? {
        Turn::First(ticket) => ticket,
        Turn::Again(location) => {
            let keys = location.unwrap_or_else(|| "/console/applications".to_owned());
            return visitor.show(&Shown::at(keys));
        }
    };
    match applications::register(&visitor.service, &once::call(&visitor, &ticket), form.command())
        .await
    {
        Ok(registered) => {
            let application = &registered.view.application;
            let keys = address(application, Section::Keys, Environment::Sandbox);
            once::spend(&visitor, ticket, &keys).await;
            let Some(client) = application.clients.first() else {
                return visitor.done(&keys, format!("{} was registered.", application.name));
            };
            Kept { client, secret: registered.secret.as_ref() }.show(&visitor, application)
        }
        Err(problem) => {
            once::give_back(&visitor, ticket).await?;
            let refusal = Refusal::of(problem)?;
            let status = refusal.status();
            visitor.show_as(&page(&visitor, form, refusal.errors), status)
        }
    }
}

fn page(desk: &Desk, mut form: RegisterForm, errors: Vec<FieldError>) -> RegisterPage {
    form.nonce = once::nonce(&*desk.config.entropy);
    let make = Command::new(&desk.config, "Register it", "POST", "/applications").body(&json!({
        "name": typed(&form.name).unwrap_or_else(|| "Photo Printer".to_owned()),
        "type": form.r#type,
        "environment": "sandbox",
        "redirect_uris": typed(&form.redirect_uris).into_iter().collect::<Vec<_>>(),
    }));
    RegisterPage {
        kinds: ApplicationType::ALL
            .into_iter()
            .map(|it| Kind {
                value: it.as_str(),
                label: words::application_type(it),
                hint: words::application_type_hint(it),
            })
            .collect(),
        is_more_open: form.has_more(&errors),
        form,
        errors,
        samples: vec![make.sample()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_and_devices_have_no_callback_url_whatever_stands_in_the_field() {
        for kind in ["machine", "device"] {
            let form = RegisterForm { r#type: kind.to_owned(), ..RegisterForm::default() };

            assert_eq!(form.command().client.redirect_uris, None);
        }
    }

    #[test]
    fn a_person_app_leaves_its_grants_to_the_rule() {
        let command = RegisterForm::default().command();

        assert_eq!(command.client.grant_types, None);
        assert_eq!(
            command.client.redirect_uris,
            Some(vec!["http://localhost:3000/callback".to_owned()])
        );
    }

    #[test]
    fn further_settings_are_open_when_one_of_them_is_wrong() {
        let form = RegisterForm::default();

        assert!(!form.has_more(&[FieldError::of("name", "length", "Name it.")]));
        assert!(form.has_more(&[FieldError::of("tos_uri", "https-required", "Use https.")]));
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{assert_read_by, desk, html};

    #[actix_web::test]
    async fn the_page_draws_and_its_form_is_read() {
        let page = html(page(&desk(Role::Owner), RegisterForm::default(), Vec::new())).await;

        assert!(page.contains("http://localhost:3000/callback"), "{page}");
        assert!(page.contains("id=\"f-type-web\" name=\"type\" value=\"web\" checked"));
        assert!(page.contains("Create and generate sandbox keys"));
        assert_read_by::<RegisterForm>(&page);
    }

    #[actix_web::test]
    async fn nothing_typed_is_lost_when_something_is_wrong() {
        let form = RegisterForm {
            r#type: "spa".to_owned(),
            name: "Mine".to_owned(),
            redirect_uris: "http://wrong.example".to_owned(),
            policy_uri: "nonsense".to_owned(),
            ..RegisterForm::default()
        };
        let errors = vec![
            FieldError::at("redirect_uris", 0, "https-required", "Use https."),
            FieldError::of("policy_uri", "not-a-url", "Not an address."),
        ];

        let page = html(page(&desk(Role::Owner), form, errors)).await;

        for kept in [
            "value=\"Mine\"",
            "value=\"http://wrong.example\"",
            "value=\"nonsense\"",
            "value=\"spa\" checked",
            "<details open>",
        ] {
            assert!(page.contains(kept), "{kept} in {page}");
        }
        assert!(page.contains("href=\"#f-redirect_uris-0\""));
    }
}
