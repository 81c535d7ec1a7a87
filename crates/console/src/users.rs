//! Pages of people.

pub(crate) mod access;
pub(crate) mod edit;
pub(crate) mod list;
pub(crate) mod register;

use domain::{Permission, Role, User};
use serde::Serialize;
use service::users::{self, OneTimeUrl};
use web::Page;

use crate::{
    failure::{Failure, path_id},
    guard::{Desk, Visitor},
    words::{self, Choice, Tag},
};

/// What stands around the pages of a person; templates see it as `person`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Frame {
    id: String,
    name: String,
    username: String,
    href: String,
    status: Tag,
    role: &'static str,
    is_self: bool,
    may_write: bool,
}

/// A link that works once, shown once.
#[derive(Serialize)]
pub(crate) struct LinkPage {
    person: Frame,
    is_new: bool,
    url: String,
    expires_at: Option<domain::Timestamp>,
    /// Whether the link was shown before and cannot be shown again.
    already: bool,
    errors: Vec<domain::FieldError>,
}

impl Page for LinkPage {
    const TEMPLATE: &'static str = "console/users/link.html";
}

impl LinkPage {
    pub(crate) fn of(desk: &Desk, user: &User, link: &OneTimeUrl, is_new: bool) -> Self {
        use secrecy::ExposeSecret as _;
        Self {
            person: frame(desk, user),
            is_new,
            url: link.url.expose_secret().to_owned(),
            expires_at: Some(link.expires_at),
            already: false,
            errors: Vec::new(),
        }
    }

    pub(crate) fn again(desk: &Desk, user: &User) -> Self {
        Self {
            person: frame(desk, user),
            is_new: false,
            url: String::new(),
            expires_at: None,
            already: true,
            errors: Vec::new(),
        }
    }
}

/// The person in an address.
pub(crate) async fn load(visitor: &Visitor, id: &str) -> Result<User, Failure> {
    Ok(users::get(&visitor.service, &visitor.call, path_id(id)?).await?)
}

pub(crate) fn base(user: &User) -> String {
    format!("/console/users/{}", user.id)
}

pub(crate) fn frame(desk: &Desk, user: &User) -> Frame {
    let name = if user.name.is_empty() { &user.username } else { &user.name };
    Frame {
        id: user.id.to_string(),
        name: name.clone(),
        username: user.username.clone(),
        href: base(user),
        status: words::user_status(user.status),
        role: user.role.map_or("", words::role),
        is_self: user.id == desk.user.id,
        may_write: desk.may(Permission::UsersWrite),
    }
}

/// The roles, with none first.
pub(crate) fn roles() -> Vec<Choice> {
    let role = |role: Role| {
        Choice::new(role.as_str(), format!("{}: {}", words::role(role), words::role_hint(role)))
    };
    std::iter::once(Choice::new("", "None: signs in to applications only"))
        .chain(Role::ALL.into_iter().map(role))
        .collect()
}

#[cfg(test)]
mod drawn {
    use domain::{Role, Timestamp};
    use secrecy::SecretString;

    use super::*;
    use crate::testing::{self, desk, html};

    #[actix_web::test]
    async fn a_link_is_shown_once() {
        let user = testing::user(None);
        let link = OneTimeUrl {
            url: SecretString::from("https://id.example.com/reset/cs_pw_1"),
            expires_at: Timestamp::from_millis(testing::NOW.as_millis() + 3_600_000),
        };

        let first = html(LinkPage::of(&desk(Role::Owner), &user, &link, true)).await;
        let again = html(LinkPage::again(&desk(Role::Owner), &user)).await;

        assert!(first.contains("/reset/cs_pw_1") && first.contains("in 1 hour"), "{first}");
        assert!(again.contains("Already shown") && !again.contains("cs_pw_1"), "{again}");
    }
}
