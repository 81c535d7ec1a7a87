//! Revoking a secret.

use domain::{Permission, audit::Action};
use store::repo::client_secrets;

use super::{
    RevokedSecret, SecretPath,
    generate::secret_details,
    rotate::{find_secret, was_used_lately},
};
use crate::{
    Call, Problem, Service,
    clients::{self, require_permissions_of},
    transaction::Event,
};

/// Revokes a secret at once; says whether it was in use.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::SecretsWrite`] or a permission
/// that the client has, [`Problem::NotFound`].
pub async fn revoke(
    service: &Service,
    call: &Call,
    path: SecretPath,
) -> Result<RevokedSecret, Problem> {
    call.require(Permission::SecretsWrite)?;
    let now = service.parts.clock.now();
    service
        .write(async |tx| {
            let (application, client) =
                clients::find(tx, call, path.application_id, path.environment).await?;
            require_permissions_of(call, &client.settings.scopes)?;
            let secret = find_secret(tx, &client, path.secret_id).await?;
            if !client_secrets::revoke(tx, client.id, secret.id, now).await? {
                return Err(Problem::NotFound("secret"));
            }
            tx.invalidate_caches();
            let details = secret_details(&client, &secret);
            let (action, target) = (Action::SecretRevoked, (&application).into());
            service.record(tx, Event { call, action, now, target, details }).await?;
            Ok(RevokedSecret { was_used_in_last_day: was_used_lately(&secret, now), secret })
        })
        .await
}
