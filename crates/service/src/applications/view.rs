//! Applications as operators see them.

use domain::Id;
use store::{
    Read, StoreError,
    repo::{applications::ApplicationRecord, names},
};

use super::ApplicationView;

/// Applications with the names of those who answer for them.
pub(super) async fn views(
    db: &impl Read,
    records: Vec<ApplicationRecord>,
) -> Result<Vec<ApplicationView>, StoreError> {
    let owners = names::of_users(db, records.iter().filter_map(|it| it.application.owner)).await?;
    Ok(records
        .into_iter()
        .map(|record| ApplicationView {
            owner: record.application.owner.and_then(|id: Id<_>| owners.get(&id).cloned()),
            application: record.application,
            last_used: record.last_used,
        })
        .collect())
}

/// One application with the name of who answers for it.
pub(super) async fn view(
    db: &impl Read,
    record: ApplicationRecord,
) -> Result<ApplicationView, StoreError> {
    let owner = record.application.owner;
    let owner = match owner {
        Some(id) => names::of_users(db, [id]).await?.remove(&id),
        None => None,
    };
    Ok(ApplicationView { application: record.application, owner, last_used: record.last_used })
}
