//! The accounts of people, as operators see and change them.

use domain::{Id, Role, Timestamp, User, UserStatus, canonical, searchable};
use sea_orm::{
    ActiveValue::Set,
    Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    prelude::*,
    sea_query::{Expr, LockType},
};

use super::{
    credentials,
    keyset::{self, Position, SortKey, SortedBy},
    page::{Page, PageRequest},
    text_match::contains,
};
use crate::{
    StoreError, Tx,
    entity::account::{ActiveModel, Column, Entity},
    store::{Connected as _, Read},
};

/// Which people are wanted; an empty filter wants all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Found in the name, the user name or the address, or the identifier; case does not count,
    /// nor do the accents of the name.
    pub text: Option<String>,
    /// Only this status.
    pub status: Option<UserStatus>,
    /// Only this role.
    pub role: Option<Role>,
    /// Only those with any role, or only those with none.
    pub has_role: Option<bool>,
}

/// What people are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserSort {
    /// The name, or the user name where that is empty.
    #[default]
    Name,
    /// When the account was made.
    CreatedAt,
    /// When the person last signed in.
    LastSignInAt,
}

/// A unique value that another account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The user name.
    Username,
    /// The address.
    Email,
}

/// Where `user` stands in a list that is sorted by `sort`.
#[must_use]
pub fn position(user: &User, sort: UserSort) -> Position<User> {
    let key = match sort {
        UserSort::Name => SortKey::Text(searchable(user.shown_name())),
        UserSort::CreatedAt => SortKey::Number(user.created_at.as_millis()),
        UserSort::LastSignInAt => {
            SortKey::Number(user.last_sign_in_at.map_or(0, Timestamp::as_millis))
        }
    };
    Position { key, id: user.id }
}

/// Adds an account.
///
/// # Errors
///
/// When the database fails, or the user name or address is taken.
pub async fn insert(tx: &Tx, user: &User, password_hash: Option<&str>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(user.id.as_uuid()),
        username: Set(user.username.clone()),
        username_canonical: Set(canonical(&user.username)),
        email: Set(user.email.clone()),
        email_canonical: Set(canonical(&user.email)),
        email_verified: Set(user.email_verified),
        name: Set(user.name.clone()),
        name_canonical: Set(searchable(user.shown_name())),
        role: Set(user.role.map(|role| role.as_str().to_owned())),
        status: Set(user.status.as_str().to_owned()),
        password_hash: Set(password_hash.map(str::to_owned)),
        last_sign_in_at: Set(user.last_sign_in_at.map(Timestamp::as_millis)),
        created_at: Set(user.created_at.as_millis()),
        updated_at: Set(user.updated_at.as_millis()),
        version: Set(user.version),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// Writes what may change about an account, unless someone changed it since
/// `version`; says whether it did. The new version is that of `user`.
///
/// # Errors
///
/// When the database fails.
pub async fn update(tx: &Tx, user: &User, version: i64) -> Result<bool, StoreError> {
    let role = user.role.map(Role::as_str);
    let done = Entity::update_many()
        .col_expr(Column::Username, Expr::value(user.username.clone()))
        .col_expr(Column::UsernameCanonical, Expr::value(canonical(&user.username)))
        .col_expr(Column::Email, Expr::value(user.email.clone()))
        .col_expr(Column::EmailCanonical, Expr::value(canonical(&user.email)))
        .col_expr(Column::EmailVerified, Expr::value(user.email_verified))
        .col_expr(Column::Name, Expr::value(user.name.clone()))
        .col_expr(Column::NameCanonical, Expr::value(searchable(user.shown_name())))
        .col_expr(Column::Role, Expr::value(role))
        .col_expr(Column::Status, Expr::value(user.status.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(user.updated_at.as_millis()))
        .col_expr(Column::Version, Expr::value(user.version))
        .filter(Column::Id.eq(user.id.as_uuid()))
        .filter(Column::Version.eq(version))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Deletes an account with everything that was issued for it, unless someone
/// changed it since `version`; says whether it did.
///
/// # Errors
///
/// When the database fails.
pub async fn remove(tx: &Tx, id: Id<User>, version: i64) -> Result<bool, StoreError> {
    let done = Entity::delete_many()
        .filter(Column::Id.eq(id.as_uuid()))
        .filter(Column::Version.eq(version))
        .exec(tx.conn())
        .await?;
    Ok(done.rows_affected == 1)
}

/// The account `id`.
///
/// # Errors
///
/// When the database fails.
pub async fn find(db: &impl Read, id: Id<User>) -> Result<Option<User>, StoreError> {
    let row = Entity::find_by_id(id.as_uuid()).one(db.conn()).await?;
    row.map(credentials::user).transpose()
}

/// Whether the account is open and has not changed since `version`. If so it stays as
/// it is until the transaction ends: who changes it waits, and then sees what was written.
///
/// # Errors
///
/// When the database fails.
pub async fn hold(tx: &Tx, id: Id<User>, version: i64) -> Result<bool, StoreError> {
    let held = Entity::find_by_id(id.as_uuid())
        .select_only()
        .column(Column::Id)
        .filter(Column::Version.eq(version))
        .filter(Column::Status.eq(UserStatus::Active.as_str()))
        .lock_shared()
        .into_tuple::<Uuid>()
        .one(tx.conn())
        .await?;
    Ok(held.is_some())
}

/// Whether the account exists. If so it does until the transaction ends: who deletes it waits
/// at [`lock`], and then finds what was made for it.
///
/// # Errors
///
/// When the database fails.
pub async fn hold_existing(tx: &Tx, id: Id<User>) -> Result<bool, StoreError> {
    let query = Entity::find_by_id(id.as_uuid()).select_only().column(Column::Id);
    let held = query.lock(LockType::KeyShare).into_tuple::<Uuid>().one(tx.conn()).await?;
    Ok(held.is_some())
}

/// Waits for whoever holds the account, and keeps others from holding it.
///
/// # Errors
///
/// When the database fails.
pub async fn lock(tx: &Tx, id: Id<User>) -> Result<(), StoreError> {
    let query = Entity::find_by_id(id.as_uuid()).select_only().column(Column::Id);
    query.lock_exclusive().into_tuple::<Uuid>().one(tx.conn()).await?;
    Ok(())
}

/// What of this account's unique values another account has.
///
/// # Errors
///
/// When the database fails.
pub async fn taken(db: &impl Read, user: &User) -> Result<Vec<Taken>, StoreError> {
    let (username, email) = (canonical(&user.username), canonical(&user.email));
    let rows = Entity::find()
        .filter(Column::Id.ne(user.id.as_uuid()))
        .filter(
            Condition::any()
                .add(Column::UsernameCanonical.eq(username.as_str()))
                .add(Column::EmailCanonical.eq(email.as_str())),
        )
        .all(db.conn())
        .await?;
    let mut taken = Vec::new();
    if rows.iter().any(|row| row.username_canonical == username) {
        taken.push(Taken::Username);
    }
    if rows.iter().any(|row| row.email_canonical == email) {
        taken.push(Taken::Email);
    }
    Ok(taken)
}

/// The owners of the server who may sign in, locked until the transaction ends,
/// so that two of them cannot remove each other at the same moment.
///
/// # Errors
///
/// When the database fails.
pub async fn lock_owners(tx: &Tx) -> Result<Vec<Id<User>>, StoreError> {
    let rows: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Role.eq(Role::Owner.as_str()))
        .filter(Column::Status.eq(UserStatus::Active.as_str()))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Id::from_uuid).collect())
}

/// The people that `filter` wants.
///
/// # Errors
///
/// When the database fails.
pub async fn list(
    db: &impl Read,
    filter: &UserFilter,
    sort: (UserSort, bool),
    page: &PageRequest<Position<User>>,
) -> Result<Page<User>, StoreError> {
    let (by, descending) = sort;
    let key = match by {
        UserSort::Name => Column::NameCanonical.into_expr(),
        UserSort::CreatedAt => Column::CreatedAt.into_expr(),
        UserSort::LastSignInAt => last_sign_in(),
    };
    let sorted = SortedBy { key: Some(key), descending };
    let query = Entity::find().filter(condition(filter));
    let rows = keyset::from_position(query, Column::Id, sorted, page).all(db.conn()).await?;
    let users = rows.into_iter().map(credentials::user).collect::<Result<_, _>>()?;
    Ok(page.page(users))
}

/// How many people `filter` wants, counted no further than `most`.
///
/// # Errors
///
/// When the database fails.
pub async fn count(db: &impl Read, filter: &UserFilter, most: u64) -> Result<u64, StoreError> {
    keyset::count_up_to(db, Entity::find().filter(condition(filter)), Column::Id, most).await
}

/// Who never signed in sorts as if long ago: databases disagree on where nothing goes.
fn last_sign_in() -> Expr {
    use sea_orm::sea_query::Func;
    Func::coalesce([Column::LastSignInAt.into_expr(), Expr::value(0_i64)]).into()
}

fn condition(filter: &UserFilter) -> Condition {
    let text = filter.text.as_deref().map(|text| {
        let part = canonical(text);
        let id = Id::<User>::parse(text.trim()).ok();
        Condition::any()
            .add(contains(Column::NameCanonical.into_expr(), &searchable(text)))
            .add(contains(Column::UsernameCanonical.into_expr(), &part))
            .add(contains(Column::EmailCanonical.into_expr(), &part))
            .add_option(id.map(|id| Column::Id.eq(id.as_uuid())))
    });
    let has_role = filter
        .has_role
        .map(|has| if has { Column::Role.is_not_null() } else { Column::Role.is_null() });
    Condition::all()
        .add_option(text)
        .add_option(filter.status.map(|it| Column::Status.eq(it.as_str())))
        .add_option(filter.role.map(|it| Column::Role.eq(it.as_str())))
        .add_option(has_role)
}
