//! A new person, with a password or with a link to set one.

use domain::{FieldError, Permission};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::users::{self, RegisterUser};
use web::{Page, Protected};

use crate::{
    code::{Command, Sample},
    failure::{Answer, Refusal},
    form::typed,
    guard::{Desk, Visitor},
    once::{self, Turn},
    users::{LinkPage, base, load, roles},
    words::Choice,
};

/// The form; `first` is `link` or `password`. The password is never shown again.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RegisterForm {
    nonce: String,
    username: String,
    email: String,
    name: String,
    email_verified: bool,
    role: String,
    first: String,
    #[serde(skip_serializing)]
    password: String,
}

impl Default for RegisterForm {
    fn default() -> Self {
        Self {
            nonce: String::new(),
            username: String::new(),
            email: String::new(),
            name: String::new(),
            email_verified: false,
            role: String::new(),
            first: "link".to_owned(),
            password: String::new(),
        }
    }
}

impl RegisterForm {
    /// Whether a password was chosen; one that was typed counts even when the link is ticked.
    fn has_password(&self) -> bool {
        self.first == "password" || !self.password.is_empty()
    }

    fn command(&self) -> RegisterUser {
        RegisterUser {
            username: self.username.trim().to_owned(),
            email: self.email.trim().to_owned(),
            email_verified: self.email_verified,
            name: self.name.trim().to_owned(),
            password: self.has_password().then(|| SecretString::from(self.password.as_str())),
            role: typed(&self.role),
            status: None,
        }
    }
}

/// The page.
#[derive(Serialize)]
pub(crate) struct RegisterPage {
    form: RegisterForm,
    roles: Vec<Choice>,
    may_give_roles: bool,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for RegisterPage {
    const TEMPLATE: &'static str = "console/users/new.html";
}

/// `GET /console/users/new`.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    visitor.require(Permission::UsersWrite)?;
    visitor.show(&page(&visitor, RegisterForm::default(), Vec::new()))
}

/// `POST /console/users/new`.
pub(crate) async fn make(visitor: Visitor, form: Protected<RegisterForm>) -> Answer {
    let Protected(form) = form;
    let ticket = match once::turn(&visitor, "user", &form.nonce).await? {
        Turn::First(ticket) => ticket,
        Turn::Again(location) => return again(&visitor, location.as_deref()).await,
    };
    let user =
        match users::register(&visitor.service, &once::call(&visitor, &ticket), form.command())
            .await
        {
            Ok(user) => user,
            Err(problem) => {
                once::give_back(&visitor, ticket).await?;
                let refusal = Refusal::of(problem)?;
                let status = refusal.status();
                return visitor.show_as(&page(&visitor, form, refusal.errors), status);
            }
        };
    once::spend(&visitor, ticket, &base(&user)).await;
    if form.has_password() {
        return visitor.done(&base(&user), format!("{} was added.", user.username));
    }
    let link = users::start_password_reset(&visitor.service, &visitor.call, user.id).await?;
    visitor.show(&LinkPage::of(&visitor, &user, &link, true))
}

/// The form was sent before: its person is there.
async fn again(visitor: &Visitor, location: Option<&str>) -> Answer {
    let id = location.and_then(|it| it.strip_prefix("/console/users/"));
    match id {
        Some(id) => visitor.show(&LinkPage::again(visitor, &load(visitor, id).await?)),
        None => visitor.unchanged("/console/users"),
    }
}

fn page(desk: &Desk, mut form: RegisterForm, errors: Vec<FieldError>) -> RegisterPage {
    form.nonce = once::nonce(&*desk.config.entropy);
    let make = Command::new(&desk.config, "Add a person", "POST", "/users").body(&json!({
        "username": typed(&form.username).unwrap_or_else(|| "ana".to_owned()),
        "email": typed(&form.email).unwrap_or_else(|| "ana@example.com".to_owned()),
        "name": form.name,
    }));
    RegisterPage {
        form,
        roles: roles(),
        may_give_roles: desk.may(Permission::AdminsWrite),
        errors,
        samples: vec![make.sample()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_password_is_taken_even_when_the_link_is_ticked() {
        let form = RegisterForm { password: "correct horse".to_owned(), ..RegisterForm::default() };

        assert!(form.command().password.is_some());
        assert!(RegisterForm::default().command().password.is_none());
    }

    #[test]
    fn a_password_is_not_among_what_a_page_shows() {
        let form = RegisterForm { password: "correct horse".to_owned(), ..RegisterForm::default() };

        assert!(!serde_json::to_string(&form).unwrap().contains("horse"));
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{assert_read_by, desk, html};

    #[actix_web::test]
    async fn the_page_draws_without_roles_for_those_who_give_none() {
        let form = RegisterForm { password: "correct horse".to_owned(), ..RegisterForm::default() };

        let owner = html(page(&desk(Role::Owner), form.clone(), Vec::new())).await;
        let support = html(page(&desk(Role::Support), form, Vec::new())).await;

        assert!(owner.contains("name=\"role\"") && !support.contains("name=\"role\""), "{support}");
        assert!(!owner.contains("correct horse"));
        assert_read_by::<RegisterForm>(&owner);
    }
}
