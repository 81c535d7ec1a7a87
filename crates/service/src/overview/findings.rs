//! What needs attention.

use std::time::Duration;

use domain::{ApplicationStatus, Client, Id, Timestamp};
use store::{
    Read, StoreError,
    repo::{
        applications::{self, ApplicationFilter},
        findings, names,
    },
};

use super::Finding;
use crate::Call;

/// So many findings of a kind are shown.
const MAX_OF_A_KIND: u64 = 20;
/// A secret is talked of so long before its end. Whether anything works after it is another
/// finding.
const SECRET_NOTICE: Duration = Duration::from_hours(30 * 24);

/// What needs attention among what the caller may see, the most urgent first.
pub(super) async fn all(
    db: &impl Read,
    call: &Call,
    now: Timestamp,
) -> Result<Vec<Finding>, StoreError> {
    let seen = call.owner_seen();
    let mut found = ending_secrets(db, call, now).await?;
    let without_secret = findings::without_secret(db, seen, now, MAX_OF_A_KIND).await?;
    found.extend(of_clients(db, &without_secret, Finding::SecretMissing).await?);
    let without_grant = findings::without_grant(db, seen, MAX_OF_A_KIND).await?;
    found.extend(of_clients(db, &without_grant, Finding::NoGrant).await?);
    let disabled = ApplicationFilter {
        status: Some(ApplicationStatus::Disabled),
        ..ApplicationFilter::default()
    };
    let disabled = applications::names(db, &disabled, seen, MAX_OF_A_KIND).await?;
    found.extend(disabled.into_iter().map(Finding::Disabled));
    if seen.is_none() {
        let unowned = findings::without_owner(db, MAX_OF_A_KIND).await?;
        found.extend(unowned.into_iter().map(Finding::NoOwner));
    }
    Ok(found)
}

async fn ending_secrets(
    db: &impl Read,
    call: &Call,
    now: Timestamp,
) -> Result<Vec<Finding>, StoreError> {
    let soon = (now, now.plus(SECRET_NOTICE));
    let ending = findings::ending_secrets(db, call.owner_seen(), soon, MAX_OF_A_KIND).await?;
    let clients = names::of_clients(db, ending.iter().map(|(client, _)| *client)).await?;
    let finding = |(client, secret): (Id<Client>, domain::ClientSecret)| {
        Some(Finding::SecretExpires {
            client: clients.get(&client)?.clone(),
            secret_id: secret.id,
            label: secret.label,
            expires_at: secret.expires_at?,
        })
    };
    Ok(ending.into_iter().filter_map(finding).collect())
}

async fn of_clients(
    db: &impl Read,
    ids: &[Id<Client>],
    finding: impl Fn(crate::named::ClientName) -> Finding,
) -> Result<Vec<Finding>, StoreError> {
    let mut clients = names::of_clients(db, ids.iter().copied()).await?;
    Ok(ids.iter().filter_map(|id| clients.remove(id)).map(finding).collect())
}
