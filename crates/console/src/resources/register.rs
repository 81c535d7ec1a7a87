//! A new API.

use domain::{FieldError, Permission, TokenFormat};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::resources::{self, RegisterResource, ResourceView};
use web::{Page, Protected};

use crate::{
    code::{Command, Sample},
    failure::{Answer, Refusal},
    guard::{Desk, Visitor},
    resources::base,
    words::{self, Choice},
};

/// The form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RegisterForm {
    name: String,
    identifier: String,
    description: String,
    token_format: String,
}

impl Default for RegisterForm {
    fn default() -> Self {
        Self {
            name: String::new(),
            identifier: String::new(),
            description: String::new(),
            token_format: TokenFormat::Jwt.as_str().to_owned(),
        }
    }
}

/// The page.
#[derive(Debug, Serialize)]
pub(crate) struct RegisterPage {
    form: RegisterForm,
    formats: Vec<Choice>,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for RegisterPage {
    const TEMPLATE: &'static str = "console/resources/new.html";
}

/// `GET /console/resources/new`.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    visitor.require(Permission::ResourcesWrite)?;
    visitor.show(&page(&visitor, RegisterForm::default(), Vec::new()))
}

/// `POST /console/resources/new`.
pub(crate) async fn make(visitor: Visitor, form: Protected<RegisterForm>) -> Answer {
    let Protected(form) = form;
    let command = RegisterResource {
        identifier: form.identifier.trim().to_owned(),
        name: form.name.trim().to_owned(),
        description: form.description.trim().to_owned(),
        token_format: form.token_format.clone(),
        scopes: Vec::new(),
    };
    match resources::register(&visitor.service, &visitor.call, command).await {
        Ok(ResourceView { resource, .. }) => {
            let text = format!("{} is registered. Add the scopes that open it.", resource.name);
            visitor.done(&format!("{}/scopes", base(&resource)), text)
        }
        Err(problem) => {
            let refusal = Refusal::of(problem)?;
            let status = refusal.status();
            visitor.show_as(&page(&visitor, form, refusal.errors), status)
        }
    }
}

pub(super) fn formats() -> Vec<Choice> {
    TokenFormat::ALL.iter().map(|it| Choice::new(it.as_str(), words::token_format(*it))).collect()
}

fn page(desk: &Desk, form: RegisterForm, errors: Vec<FieldError>) -> RegisterPage {
    let make = Command::new(&desk.config, "Register it", "POST", "/resources").body(&json!({
        "name": "Photos",
        "identifier": "https://photos.example.com",
        "token_format": form.token_format,
        "scopes": [{ "name": "photos.read", "display_name": "See your photos" }],
    }));
    RegisterPage { form, formats: formats(), errors, samples: vec![make.sample()] }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{assert_read_by, desk, html};

    #[actix_web::test]
    async fn the_page_draws_and_its_form_is_read() {
        let page = html(page(&desk(Role::Owner), RegisterForm::default(), Vec::new())).await;

        assert_read_by::<RegisterForm>(&page);
    }
}
