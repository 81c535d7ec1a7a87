//! What can be done about a person's access: lock, reset, sign out, delete.

use actix_web::web::Path;
use domain::{FieldError, Permission, User, UserStatus};
use serde::{Deserialize, Serialize};
use service::{
    issued::{self, IssuedFilter, SessionFilter},
    users,
};
use web::{Page, Protected};

use crate::{
    code::{Command, Sample},
    failure::{Answer, Failure, Refusal},
    guard::{Desk, Visitor},
    once::{self, Turn},
    users::{
        Frame, LinkPage, base,
        edit::{Live, live},
        frame, load,
    },
    words,
};

/// Locks or unlocks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StatusForm {
    status: String,
}

/// Asks for a link, once.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ResetForm {
    nonce: String,
}

/// Signs out everywhere; `tokens` revokes what applications hold as well.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SignOutForm {
    tokens: bool,
}

/// Deletes: the user name, typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DeleteForm {
    confirm: String,
}

/// A page that asks before it acts.
#[derive(Debug, Serialize)]
pub(crate) struct AskPage {
    person: Frame,
    /// `reset`, `sign_out` or `delete`.
    ask: &'static str,
    nonce: String,
    email: String,
    typed: String,
    live: Option<Live>,
    may_revoke: bool,
    errors: Vec<FieldError>,
    samples: Vec<Sample>,
}

impl Page for AskPage {
    const TEMPLATE: &'static str = "console/users/ask.html";
}

async fn ask(visitor: &Visitor, user: &User, ask: &'static str) -> Result<AskPage, Failure> {
    Ok(draw(visitor, user, ask, live(visitor, user).await?))
}

fn draw(desk: &Desk, user: &User, ask: &'static str, live: Option<Live>) -> AskPage {
    let path = format!("/users/{}", user.id);
    let delete =
        Command::new(&desk.config, "Delete", "DELETE", &path).version(user.version).sample();
    AskPage {
        person: frame(desk, user),
        ask,
        nonce: once::nonce(&*desk.config.entropy),
        email: user.email.clone(),
        typed: String::new(),
        live,
        may_revoke: desk.may(Permission::TokensRevoke),
        errors: Vec::new(),
        samples: if ask == "delete" { vec![delete] } else { Vec::new() },
    }
}

/// The page again, with why it did not happen.
async fn refused(
    visitor: &Visitor,
    user: &User,
    what: &'static str,
    (typed, refusal): (&str, Refusal),
) -> Answer {
    let status = refusal.status();
    let mut page = ask(visitor, user, what).await?;
    typed.clone_into(&mut page.typed);
    page.errors = refusal.errors;
    visitor.show_as(&page, status)
}

/// `POST /console/users/{id}/status`.
pub(crate) async fn set_status(
    visitor: Visitor,
    id: Path<String>,
    form: Protected<StatusForm>,
) -> Answer {
    let user = load(&visitor, &id).await?;
    let status = form.0.status.parse().map_err(|_reason| web::PageError::BadForm)?;
    users::set_status(&visitor.service, &visitor.call, user.id, status, None).await?;
    let text = match status {
        UserStatus::Active => format!("{} is unlocked and can sign in again.", user.username),
        UserStatus::Locked => {
            format!("{} is locked: signed out everywhere, and no token counts.", user.username)
        }
    };
    visitor.done(&base(&user), text)
}

/// `GET /console/users/{id}/reset`.
pub(crate) async fn ask_reset(visitor: Visitor, id: Path<String>) -> Answer {
    visitor.require(Permission::UsersWrite)?;
    let user = load(&visitor, &id).await?;
    visitor.show(&ask(&visitor, &user, "reset").await?)
}

/// `POST /console/users/{id}/reset`.
pub(crate) async fn reset(
    visitor: Visitor,
    id: Path<String>,
    form: Protected<ResetForm>,
) -> Answer {
    let user = load(&visitor, &id).await?;
    let ticket = match once::turn(&visitor, "reset", &form.0.nonce).await? {
        Turn::First(ticket) => ticket,
        Turn::Again(_) => return visitor.show(&LinkPage::again(&visitor, &user)),
    };
    match users::start_password_reset(&visitor.service, &visitor.call, user.id).await {
        Ok(link) => {
            once::spend(&visitor, ticket, &base(&user)).await;
            visitor.show(&LinkPage::of(&visitor, &user, &link, false))
        }
        Err(problem) => {
            once::give_back(&visitor, ticket).await?;
            refused(&visitor, &user, "reset", ("", Refusal::of(problem)?)).await
        }
    }
}

/// `GET /console/users/{id}/sign-out`.
pub(crate) async fn ask_sign_out(visitor: Visitor, id: Path<String>) -> Answer {
    visitor.require(Permission::SessionsWrite)?;
    let user = load(&visitor, &id).await?;
    visitor.show(&ask(&visitor, &user, "sign_out").await?)
}

/// `POST /console/users/{id}/sign-out`.
pub(crate) async fn sign_out(
    visitor: Visitor,
    id: Path<String>,
    form: Protected<SignOutForm>,
) -> Answer {
    let user = load(&visitor, &id).await?;
    let sessions = SessionFilter { user: Some(user.id), ..SessionFilter::default() };
    let ended = issued::end_sessions(&visitor.service, &visitor.call, sessions).await?;
    let mut text = format!("{} ended.", words::count(ended, "session", "sessions"));
    if form.0.tokens {
        let grants = IssuedFilter { user: Some(user.id), ..IssuedFilter::default() };
        let revoked = issued::revoke_tokens(&visitor.service, &visitor.call, grants).await?;
        text = format!("{text} {} revoked.", words::count(revoked, "grant", "grants"));
    }
    visitor.done(&base(&user), text)
}

/// `GET /console/users/{id}/delete`.
pub(crate) async fn ask_delete(visitor: Visitor, id: Path<String>) -> Answer {
    visitor.require(Permission::UsersWrite)?;
    let user = load(&visitor, &id).await?;
    visitor.show(&ask(&visitor, &user, "delete").await?)
}

/// `POST /console/users/{id}/delete`.
pub(crate) async fn delete(
    visitor: Visitor,
    id: Path<String>,
    form: Protected<DeleteForm>,
) -> Answer {
    let user = load(&visitor, &id).await?;
    let typed = form.0.confirm.trim();
    if typed != user.username {
        let detail = format!("Type the user name as it stands here: {}", user.username);
        let errors = vec![FieldError::of("confirm", "mismatch", detail)];
        return refused(&visitor, &user, "delete", (typed, Refusal::fields(errors))).await;
    }
    match users::remove(&visitor.service, &visitor.call, user.id, None).await {
        Ok(()) => visitor.done("/console/users", format!("{} was deleted.", user.username)),
        Err(problem) => refused(&visitor, &user, "delete", (typed, Refusal::of(problem)?)).await,
    }
}

#[cfg(test)]
mod drawn {
    use domain::Role;

    use super::*;
    use crate::testing::{self, assert_read_by, desk, html};

    #[actix_web::test]
    async fn each_question_draws_and_its_form_is_read() {
        let user = testing::user(None);
        let desk = desk(Role::Owner);

        let reset = html(draw(&desk, &user, "reset", None)).await;
        let sign_out = html(draw(&desk, &user, "sign_out", None)).await;
        let delete = html(draw(&desk, &user, "delete", None)).await;

        assert!(reset.contains("<title>Reset password, Ana &lt;Ruiz&gt;"), "{reset}");
        assert_read_by::<ResetForm>(&reset);
        assert_read_by::<SignOutForm>(&sign_out);
        assert_read_by::<DeleteForm>(&delete);
    }
}
