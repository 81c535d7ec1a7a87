//! A person: who they are, and what can be done about their access.

use actix_web::{http::StatusCode, web::Path};
use domain::{FieldError, Permission, Timestamp, User, UserStatus};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::{
    ListPage, Patch,
    issued::{self, IssuedFilter, SessionFilter},
    users::{self, UpdateUser},
};
use web::{Page, Protected};

use crate::{
    code::{Command, Sample},
    conflict::{Conflict, Edited, on_off},
    failure::{Answer, Failure, Refusal},
    form::typed,
    guard::{Desk, Visitor},
    users::{Frame, base, frame, load, load_within, roles},
    words::{self, Choice},
};

/// The profile form.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct UserForm {
    version: i64,
    username: String,
    email: String,
    /// The address that was checked: the one that the box was drawn for, when it is ticked.
    /// A changed address is another one.
    verified_email: String,
    name: String,
    role: Option<String>,
}

impl UserForm {
    fn of(user: &User) -> Self {
        Self {
            version: user.version,
            username: user.username.clone(),
            email: user.email.clone(),
            verified_email: if user.email_verified { user.email.clone() } else { String::new() },
            name: user.name.clone(),
            role: Some(user.role.map_or("", domain::Role::as_str).to_owned()),
        }
    }

    fn is_verified(&self) -> bool {
        !self.email.trim().is_empty() && self.verified_email == self.email.trim()
    }

    fn beside(&self, saved: &Self) -> Vec<(&'static str, String, String)> {
        let pair = |label, saved: &str, typed: &str| (label, saved.to_owned(), typed.to_owned());
        let mut pairs = vec![
            pair("Name", &saved.name, &self.name),
            pair("User name", &saved.username, &self.username),
            pair("Email", &saved.email, &self.email),
            ("Email verified", on_off(saved.is_verified()), on_off(self.is_verified())),
        ];
        if let (Some(saved), Some(typed)) = (&saved.role, &self.role) {
            pairs.push(pair("Role", saved, typed));
        }
        pairs
    }
}

/// The page of a person.
#[derive(Debug, Serialize)]
pub(crate) struct UserPage {
    person: Frame,
    form: UserForm,
    version: i64,
    roles: Vec<Choice>,
    may_give_roles: bool,
    is_locked: bool,
    has_password: bool,
    last_sign_in_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    live: Option<Live>,
    conflict: Option<Conflict>,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for UserPage {
    const TEMPLATE: &'static str = "console/users/show.html";
}

/// What is open for the person now.
#[derive(Debug, Serialize)]
pub(super) struct Live {
    sessions: String,
    grants: String,
}

/// `GET /console/users/{id}`.
pub(crate) async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    let user = load(&visitor, &id).await?;
    visitor.show(&page(&visitor, &user, UserForm::of(&user)).await?)
}

/// `POST /console/users/{id}`.
pub(crate) async fn save(visitor: Visitor, id: Path<String>, form: Protected<UserForm>) -> Answer {
    let Protected(form) = form;
    let user = load_within(&visitor, &id, users::may_change).await?;
    let command = UpdateUser {
        username: Some(form.username.trim().to_owned()),
        email: Some(form.email.trim().to_owned()),
        email_verified: Some(form.is_verified()),
        name: Some(form.name.trim().to_owned()),
        role: form.role.as_deref().map_or(Patch::Keep, |it| Patch::from(typed(it))),
        ..UpdateUser::of(user.id, form.version)
    };
    match users::update(&visitor.service, &visitor.call, command).await {
        Ok(updated) if updated.version == form.version => visitor.unchanged(&base(&user)),
        Ok(updated) => visitor.done(&base(&user), format!("{} was saved.", updated.username)),
        Err(problem) => again(&visitor, &user, form, Refusal::of(problem)?).await,
    }
}

async fn again(visitor: &Visitor, user: &User, form: UserForm, refusal: Refusal) -> Answer {
    let status = refusal.status();
    let mut page = page(visitor, user, form).await?;
    page.errors = refusal.errors;
    if refusal.is_stale {
        let saved = UserForm::of(user);
        let pairs = page.form.beside(&saved);
        page.conflict = Some(Conflict::of(visitor, &Edited::user(user), pairs).await);
        page.form.version = saved.version;
    }
    visitor.show_as(&page, status)
}

/// The page after a change of the status that came too late.
pub(super) async fn stale_status(visitor: &Visitor, user: &User, wanted: UserStatus) -> Answer {
    let status = |it: UserStatus| words::user_status(it).label.to_owned();
    let pairs = [("Status", status(user.status), status(wanted))];
    let mut page = page(visitor, user, UserForm::of(user)).await?;
    page.conflict = Some(Conflict::of(visitor, &Edited::user(user), pairs).await);
    visitor.show_as(&page, StatusCode::CONFLICT)
}

/// How much is open for `user`, for those who may know.
pub(super) async fn live(visitor: &Visitor, user: &User) -> Result<Option<Live>, Failure> {
    if !(visitor.may(Permission::SessionsRead) && visitor.may(Permission::TokensRead)) {
        return Ok(None);
    }
    let one = || ListPage { limit: 1, cursor: None, with_total: true };
    let sessions = SessionFilter { user: Some(user.id), ..SessionFilter::default() };
    let sessions =
        issued::list_sessions(&visitor.service, &visitor.call, sessions, one()).await?.total;
    let grants = IssuedFilter { user: Some(user.id), ..IssuedFilter::default() };
    let grants = issued::list_tokens(&visitor.service, &visitor.call, grants, one()).await?.total;
    Ok(Some(Live {
        sessions: words::count(sessions.unwrap_or_default(), "session", "sessions"),
        grants: words::count(grants.unwrap_or_default(), "grant", "grants"),
    }))
}

async fn page(visitor: &Visitor, user: &User, form: UserForm) -> Result<UserPage, Failure> {
    Ok(draw(visitor, user, form, live(visitor, user).await?))
}

fn draw(desk: &Desk, user: &User, form: UserForm, live: Option<Live>) -> UserPage {
    let path = format!("/users/{}", user.id);
    let change = Command::new(&desk.config, "Lock", "PATCH", &path)
        .version(user.version)
        .body(&json!({ "status": "locked" }));
    UserPage {
        person: frame(desk, user),
        form,
        version: user.version,
        roles: roles(),
        may_give_roles: desk.may(Permission::AdminsWrite),
        is_locked: user.status == UserStatus::Locked,
        has_password: user.has_password,
        last_sign_in_at: user.last_sign_in_at,
        created_at: user.created_at,
        updated_at: user.updated_at,
        live,
        conflict: None,
        errors: Vec::new(),
        samples: vec![Command::get(&desk.config, "Read", &path), change.sample()],
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::{
        testing::{self, assert_read_by, desk, html},
        users::access::StatusForm,
    };

    #[actix_web::test]
    async fn the_page_draws_and_its_forms_are_read() {
        let mut user = testing::user(Some(Role::Auditor));
        user.id = domain::Id::parse("usr_00000000000000000000000002").unwrap();
        let live = Live { sessions: "2 sessions".to_owned(), grants: "1 grant".to_owned() };

        let page = html(draw(&desk(Role::Owner), &user, UserForm::of(&user), Some(live))).await;

        assert!(page.contains("2 sessions, 1 grant") && page.contains("Delete user"), "{page}");
        let is_status = |form: &&str| form.split('>').next().unwrap().contains("/status\"");
        let (status, others): (Vec<_>, Vec<_>) = page.split("<form ").partition(is_status);
        assert_read_by::<UserForm>(&others.join("<form "));
        assert_read_by::<StatusForm>(&format!("<form {}", status.concat()));
        assert_eq!(page.matches("name=\"version\" value=\"1\"").count(), 2, "both forms");
    }

    #[test]
    fn the_box_counts_for_the_address_that_it_was_drawn_for() {
        let user = testing::user(None);
        let mut form = UserForm::of(&user);
        assert!(form.is_verified());
        form.email = "other@example.com".to_owned();
        assert!(!form.is_verified(), "another address is another matter");
        form.verified_email = "other@example.com".to_owned();
        assert!(form.is_verified(), "unless it was ticked anew for it");
        form.verified_email = String::new();
        assert!(!form.is_verified());
    }

    #[actix_web::test]
    async fn what_support_may_not_send_on_an_owners_page_is_not_drawn() {
        let mut user = testing::user(Some(Role::Owner));
        user.id = domain::Id::parse("usr_00000000000000000000000002").unwrap();

        let page = html(draw(&desk(Role::Support), &user, UserForm::of(&user), None)).await;

        assert!(page.contains("has the role Owner"), "{page}");
        for drawn in ["Save user", "/reset", "/status", "/delete"] {
            assert!(!page.contains(drawn), "{drawn}: {page}");
        }
    }

    #[actix_web::test]
    async fn nobody_locks_or_deletes_themselves() {
        let user = testing::user(Some(Role::Owner));

        let page = html(draw(&desk(Role::Owner), &user, UserForm::of(&user), None)).await;

        assert!(page.contains("You cannot lock or delete yourself."), "{page}");
        assert!(!page.contains("Delete user"));
    }
}
