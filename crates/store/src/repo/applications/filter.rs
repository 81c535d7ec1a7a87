//! Which applications a list holds, as conditions.

use domain::{Application, Id, User, searchable};
use protocol::ClientAuthMethod;
use sea_orm::{
    Condition,
    prelude::*,
    sea_query::{Expr, ExprTrait as _, Func, Query, SelectStatement},
};

use super::{ApplicationFilter, ApplicationSort};
use crate::{
    entity::{
        application::{Column, Entity},
        client,
    },
    repo::text_match::{contains, has_word, lower},
};

/// What is not deleted and `owner_seen` may see.
pub(super) fn visible(owner_seen: Option<Id<User>>) -> Condition {
    Condition::all()
        .add(Column::DeletedAt.is_null())
        .add_option(owner_seen.map(|owner| Column::OwnerId.eq(owner.as_uuid())))
}

/// What `filter` wants and `owner_seen` may see.
pub(super) fn condition(filter: &ApplicationFilter, owner_seen: Option<Id<User>>) -> Condition {
    let unused = filter.unused_since.map(|since| {
        let used =
            clients().and_where(client::Column::LastUsedAt.gte(since.as_millis())).to_owned();
        Expr::exists(used).not()
    });
    visible(owner_seen)
        .add_option(filter.text.as_deref().map(text))
        .add_option(filter.application_type.map(|it| Column::ApplicationType.eq(it.as_str())))
        .add_option(filter.status.map(|it| Column::Status.eq(it.as_str())))
        .add_option(filter.owner.map(|it| Column::OwnerId.eq(it.as_uuid())))
        .add_option(one_client(filter).map(|it| Expr::exists(clients().cond_where(it).to_owned())))
        .add_option(unused)
}

/// What the list is sorted by.
pub(super) fn sort_key(sort: ApplicationSort) -> Expr {
    match sort {
        ApplicationSort::Name => Column::NameCanonical.into_expr(),
        ApplicationSort::CreatedAt => Column::CreatedAt.into_expr(),
        ApplicationSort::UpdatedAt => Column::UpdatedAt.into_expr(),
        ApplicationSort::LastUsedAt => {
            let newest = Func::max(client::Column::LastUsedAt.into_expr());
            let newest = Func::coalesce([Expr::from(newest), Expr::value(0_i64)]);
            let query =
                Query::select().expr(newest).from(client::Entity).and_where(belongs()).to_owned();
            Expr::SubQuery(None, Box::new(query.into()))
        }
    }
}

/// What one client of the application has to be, all at once; `None` when nothing is asked.
fn one_client(filter: &ApplicationFilter) -> Option<Condition> {
    use client::Column as C;
    let public = ClientAuthMethod::None.as_str();
    let condition = Condition::all()
        .add_option(filter.environment.map(|it| C::Environment.eq(it.as_str())))
        .add_option(filter.grant_type.map(|it| has_word(C::GrantTypes, it.as_str())))
        .add_option(filter.scope.as_deref().map(|it| has_word(C::Scopes, it)))
        .add_option(filter.redirect_uri_contains.as_deref().map(redirect_uri))
        .add_option(filter.confidential.map(|confidential| {
            let method = C::TokenEndpointAuthMethod;
            if confidential { method.ne(public) } else { method.eq(public) }
        }));
    (!condition.is_empty()).then_some(condition)
}

fn text(text: &str) -> Condition {
    let text = text.trim();
    let client = client::Column::ClientId.eq(text).or(redirect_uri(text));
    let id = Id::<Application>::parse(&text.to_lowercase()).ok();
    Condition::any()
        .add(contains(Column::NameCanonical.into_expr(), &searchable(text)))
        .add(Expr::exists(clients().and_where(client).to_owned()))
        .add_option(id.map(|id| Column::Id.eq(id.as_uuid())))
}

/// Redirect URIs are ASCII, so lower case means the same on both databases.
fn redirect_uri(part: &str) -> Expr {
    contains(lower(client::Column::RedirectUris), &part.trim().to_ascii_lowercase())
}

fn clients() -> SelectStatement {
    Query::select().expr(Expr::value(1)).from(client::Entity).and_where(belongs()).to_owned()
}

fn belongs() -> Expr {
    Expr::col((client::Entity, client::Column::ApplicationId)).equals((Entity, Column::Id))
}
