//! The columns of a client's own keys.

use domain::{ClientKeys, ClientSettings};
use sea_orm::ActiveValue::Set;

use crate::entity::client::{ActiveModel, Model};

/// What is written of the keys; every other column is left as it is.
pub(super) fn columns(settings: &ClientSettings) -> ActiveModel {
    let keys = settings.keys.as_ref();
    let alg = settings.token_endpoint_auth_signing_alg;
    ActiveModel {
        jwks: Set(keys.and_then(ClientKeys::jwks).map(str::to_owned)),
        jwks_uri: Set(keys.and_then(ClientKeys::jwks_uri).map(str::to_owned)),
        token_endpoint_auth_signing_alg: Set(alg.map(|it| it.as_str().to_owned())),
        accept_endpoint_audience: Set(settings.accept_endpoint_audience),
        ..ActiveModel::default()
    }
}

/// Where the keys are.
pub(in crate::repo) fn from_row(row: &Model) -> Option<ClientKeys> {
    let set = row.jwks.clone().map(ClientKeys::Set);
    set.or_else(|| row.jwks_uri.clone().map(ClientKeys::Uri))
}
