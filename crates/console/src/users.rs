//! Pages of people.

pub(crate) mod access;
pub(crate) mod edit;
pub(crate) mod list;
pub(crate) mod register;

use domain::{Permission, Role, User};
use serde::Serialize;
use service::{
    Call,
    users::{self, OneTimeUrl},
};
use web::{Page, PageError};

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
    may_sign_out: bool,
    /// The page that deletes; empty for those who may not.
    delete: String,
    /// Why the viewer, who may change people, may not change this one.
    out_of_reach: String,
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
    Frame {
        id: user.id.to_string(),
        name: user.shown_name().to_owned(),
        username: user.username.clone(),
        href: base(user),
        status: words::user_status(user.status),
        role: user.role.map_or("", words::role),
        is_self: user.id == desk.user.id,
        may_write: users::may_change(&desk.call, user),
        may_sign_out: desk.may(Permission::SessionsWrite),
        delete: if users::may_remove(&desk.call, user) {
            format!("{}/delete", base(user))
        } else {
            String::new()
        },
        out_of_reach: if desk.may(Permission::UsersWrite) {
            out_of_reach(desk, user, users::may_change).unwrap_or_default()
        } else {
            String::new()
        },
    }
}

/// What a viewer may do to a person, by the rule of the operation that does it.
pub(crate) type Reach = fn(&Call, &User) -> bool;

/// The person in an address, if the viewer may do to them what `reach` says.
pub(crate) async fn load_within(
    visitor: &Visitor,
    id: &str,
    reach: Reach,
) -> Result<User, Failure> {
    visitor.require(Permission::UsersWrite)?;
    let user = load(visitor, id).await?;
    match out_of_reach(visitor, &user, reach) {
        None => Ok(user),
        Some(words) => Err(PageError::Refused(words).into()),
    }
}

/// The reason, which is the other person's role: it holds what the viewer's does not.
fn out_of_reach(desk: &Desk, user: &User, reach: Reach) -> Option<String> {
    if reach(&desk.call, user) {
        return None;
    }
    let name = user.shown_name();
    let theirs = user.role.map_or("somebody without a role", words::role);
    let yours = desk.user.role.map_or("yours", words::role);
    Some(format!(
        "{name} has the role {theirs}, which may do more than {yours}. Only somebody whose role \
         may do all of that can change this account."
    ))
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

    #[test]
    fn the_reason_is_the_role_of_the_other_person() {
        let owner = testing::user(Some(Role::Owner));
        let nobody = testing::user(None);

        let frame_of_owner = frame(&desk(Role::Support), &owner);
        let frame_of_nobody = frame(&desk(Role::Support), &nobody);

        assert!(!frame_of_owner.may_write && frame_of_owner.delete.is_empty());
        assert!(frame_of_owner.may_sign_out, "ending sessions is no way to more rights");
        let words = &frame_of_owner.out_of_reach;
        assert!(words.contains("has the role Owner, which may do more than Support"), "{words}");
        assert!(frame_of_nobody.may_write && !frame_of_nobody.delete.is_empty());
        assert_eq!(frame_of_nobody.out_of_reach, "");
        let developer = testing::user(Some(Role::Developer));
        let frame = frame(&desk(Role::Administrator), &developer);
        assert!(frame.may_write && frame.delete.is_empty(), "removing takes a role away");
    }

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
