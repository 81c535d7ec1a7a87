//! What can be done about a person's access: lock, reset, sign out, delete.

use actix_web::web::Path;
use domain::{FieldError, Permission, User, UserStatus};
use serde::{Deserialize, Serialize};
use service::{
    Problem,
    issued::{self, IssuedFilter, SessionFilter},
    users,
};
use web::{Page, Protected};

use crate::{
    code::{Command, Sample},
    conflict::{Conflict, Edited},
    failure::{Answer, Failure, Refusal},
    guard::{Desk, Visitor},
    once::{self, Turn},
    users::{
        Frame, LinkPage, base,
        edit::{Live, live, stale_status},
        frame, load, load_within,
    },
    words,
};

/// Locks or unlocks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StatusForm {
    version: i64,
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
    version: i64,
    confirm: String,
}

/// A page that asks before it acts.
#[derive(Debug, Serialize)]
pub(crate) struct AskPage {
    person: Frame,
    /// `reset`, `sign_out` or `delete`.
    ask: &'static str,
    nonce: String,
    version: i64,
    typed: String,
    live: Option<Live>,
    may_revoke: bool,
    conflict: Option<Conflict>,
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
        version: user.version,
        typed: String::new(),
        live,
        may_revoke: desk.may(Permission::TokensRevoke),
        conflict: None,
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
    if refusal.is_stale {
        page.conflict = Some(Conflict::of(visitor, &Edited::user(user), []).await);
    }
    visitor.show_as(&page, status)
}

/// `POST /console/users/{id}/status`.
pub(crate) async fn set_status(
    visitor: Visitor,
    id: Path<String>,
    form: Protected<StatusForm>,
) -> Answer {
    let user = load_within(&visitor, &id, users::may_change).await?;
    let StatusForm { version, status } = form.0;
    let status = status.parse().map_err(|_reason| web::PageError::BadForm)?;
    let set = users::set_status(&visitor.service, &visitor.call, user.id, status, Some(version));
    match set.await {
        Ok(_) => {}
        Err(Problem::Stale { .. }) => return stale_status(&visitor, &user, status).await,
        Err(problem) => return Err(problem.into()),
    }
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
    let user = load_within(&visitor, &id, users::may_change).await?;
    visitor.show(&ask(&visitor, &user, "reset").await?)
}

/// `POST /console/users/{id}/reset`.
pub(crate) async fn reset(
    visitor: Visitor,
    id: Path<String>,
    form: Protected<ResetForm>,
) -> Answer {
    let user = load_within(&visitor, &id, users::may_change).await?;
    let ticket = match once::turn(&visitor, "reset", &form.0.nonce).await? {
        Turn::First(ticket) => ticket,
        Turn::Again(_) => return visitor.show(&LinkPage::again(&visitor, &user)),
    };
    match users::start_password_reset(&visitor.service, &once::call(&visitor, &ticket), user.id)
        .await
    {
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
    let user = load_within(&visitor, &id, users::may_remove).await?;
    visitor.show(&ask(&visitor, &user, "delete").await?)
}

/// `POST /console/users/{id}/delete`.
pub(crate) async fn delete(
    visitor: Visitor,
    id: Path<String>,
    form: Protected<DeleteForm>,
) -> Answer {
    let user = load_within(&visitor, &id, users::may_remove).await?;
    let typed = form.0.confirm.trim();
    if typed != user.username {
        let detail = format!("Type the user name as it stands here: {}", user.username);
        let errors = vec![FieldError::of("confirm", "mismatch", detail)];
        return refused(&visitor, &user, "delete", (typed, Refusal::fields(errors))).await;
    }
    let version = Some(form.0.version);
    match users::remove(&visitor.service, &visitor.call, user.id, version).await {
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
