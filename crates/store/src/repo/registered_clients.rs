//! Clients as protocol requests see them: found by the identifier they send.

use std::collections::HashMap;

use domain::{
    ApplicationStatus, Client, ClientSecret, ClientSettings, Id, RegisteredClient, Timestamp,
};
use protocol::ClientId;
use sea_orm::{
    EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationDef,
    prelude::*, sea_query::Expr,
};

use super::clients::keys;
use crate::{
    StoreError, Tx, column,
    entity::{application, client, client_secret},
    store::{Connected as _, Read},
};

/// The last proof that a secret gave of its client.
#[derive(Debug, Clone)]
pub struct SecretUse {
    /// Which secret.
    pub id: Id<ClientSecret>,
    /// When.
    pub at: Timestamp,
    /// Where from.
    pub address: Option<String>,
}

/// The client that sends `client_id`, whatever the state of its application.
///
/// # Errors
///
/// When the database fails.
pub async fn find(
    db: &impl Read,
    client_id: &ClientId,
) -> Result<Option<RegisteredClient>, StoreError> {
    one(db, client::Column::ClientId.eq(client_id.as_str())).await
}

/// The client with this row identifier.
///
/// # Errors
///
/// When the database fails.
pub async fn find_by_id(
    db: &impl Read,
    id: Id<Client>,
) -> Result<Option<RegisteredClient>, StoreError> {
    one(db, client::Column::Id.eq(id.as_uuid())).await
}

async fn one(db: &impl Read, which: Expr) -> Result<Option<RegisteredClient>, StoreError> {
    let to_application: RelationDef = client::Entity::belongs_to(application::Entity)
        .from(client::Column::ApplicationId)
        .to(application::Column::Id)
        .into();
    let found = client::Entity::find()
        .join(JoinType::InnerJoin, to_application)
        .select_also(application::Entity)
        .filter(which)
        .one(db.conn())
        .await?;
    let Some((row, Some(application))) = found else { return Ok(None) };
    let secrets = secrets_of(db, &[row.id]).await?;
    let mut secrets: Vec<_> = secrets.into_values().collect();
    registered(row, application, secrets.pop().unwrap_or_default()).map(Some)
}

/// The secrets of `clients` that were not revoked, the newest first.
pub(crate) async fn secrets_of(
    db: &impl Read,
    clients: &[Uuid],
) -> Result<HashMap<Uuid, Vec<ClientSecret>>, StoreError> {
    let rows = client_secret::Entity::find()
        .filter(client_secret::Column::ClientId.is_in(clients.iter().copied()))
        .filter(client_secret::Column::RevokedAt.is_null())
        .order_by_desc(client_secret::Column::Id)
        .all(db.conn())
        .await?;
    let mut by_client: HashMap<Uuid, Vec<ClientSecret>> = HashMap::new();
    for row in rows {
        by_client.entry(row.client_id).or_default().push(secret_from_row(row)?);
    }
    Ok(by_client)
}

/// Writes down when secrets last proved their clients.
///
/// # Errors
///
/// When the database fails.
pub async fn record_secret_uses(tx: &Tx, uses: &[SecretUse]) -> Result<(), StoreError> {
    use client_secret::Column;
    for used in uses {
        client_secret::Entity::update_many()
            .col_expr(Column::LastUsedAt, Expr::value(used.at.as_millis()))
            .col_expr(Column::LastUsedFrom, Expr::value(used.address.clone()))
            .filter(Column::Id.eq(used.id.as_uuid()))
            .exec(tx.conn())
            .await?;
    }
    Ok(())
}

/// Writes down when clients were last issued something.
///
/// # Errors
///
/// When the database fails.
pub async fn record_client_uses(
    tx: &Tx,
    uses: &[(Id<Client>, Timestamp)],
) -> Result<(), StoreError> {
    for (id, at) in uses {
        client::Entity::update_many()
            .col_expr(client::Column::LastUsedAt, Expr::value(at.as_millis()))
            .filter(client::Column::Id.eq(id.as_uuid()))
            .exec(tx.conn())
            .await?;
    }
    Ok(())
}

fn registered(
    row: client::Model,
    application: application::Model,
    secrets: Vec<ClientSecret>,
) -> Result<RegisteredClient, StoreError> {
    let status: ApplicationStatus = column::parse("application.status", &application.status)?;
    Ok(RegisteredClient {
        client: client_from_row(row, secrets)?,
        application_id: Id::from_uuid(application.id),
        application_name: application.name,
        application_type: column::parse(
            "application.application_type",
            &application.application_type,
        )?,
        owner: application.owner_id.map(Id::from_uuid),
        is_active: status == ApplicationStatus::Active && application.deleted_at.is_none(),
        client_uri: application.client_uri,
        policy_uri: application.policy_uri,
        tos_uri: application.tos_uri,
    })
}

/// Reads a row of `client`; redirect URIs are JSON, grant types words.
pub(crate) fn client_from_row(
    row: client::Model,
    secrets: Vec<ClientSecret>,
) -> Result<Client, StoreError> {
    Ok(Client {
        id: Id::from_uuid(row.id),
        application_id: Id::from_uuid(row.application_id),
        client_id: column::convert("client.client_id", row.client_id.clone())?,
        environment: column::parse("client.environment", &row.environment)?,
        created_at: Timestamp::from_millis(row.created_at),
        updated_at: Timestamp::from_millis(row.updated_at),
        version: row.version,
        settings: settings_from_row(row)?,
        secrets,
    })
}

fn settings_from_row(row: client::Model) -> Result<ClientSettings, StoreError> {
    Ok(ClientSettings {
        keys: keys::from_row(&row),
        token_endpoint_auth_signing_alg: row
            .token_endpoint_auth_signing_alg
            .map(|alg| column::parse("client.token_endpoint_auth_signing_alg", &alg))
            .transpose()?,
        accept_endpoint_audience: row.accept_endpoint_audience,
        redirect_uris: column::from_json("client.redirect_uris", &row.redirect_uris)?,
        post_logout_redirect_uris: column::from_json(
            "client.post_logout_redirect_uris",
            &row.post_logout_redirect_uris,
        )?,
        grant_types: column::parse_words("client.grant_types", &row.grant_types)?,
        scopes: column::convert("client.scopes", row.scopes)?,
        default_scopes: column::convert("client.default_scopes", row.default_scopes)?,
        token_endpoint_auth_method: column::parse(
            "client.token_endpoint_auth_method",
            &row.token_endpoint_auth_method,
        )?,
        require_pkce: row.require_pkce,
        skip_consent: row.skip_consent,
        dpop_bound_access_tokens: row.dpop_bound_access_tokens,
        access_token_lifetime_seconds: column::seconds(
            "client.access_token_lifetime_seconds",
            row.access_token_lifetime_seconds,
        )?,
        id_token_lifetime_seconds: column::seconds(
            "client.id_token_lifetime_seconds",
            row.id_token_lifetime_seconds,
        )?,
        refresh_mode: column::parse("client.refresh_mode", &row.refresh_mode)?,
        refresh_token_idle_seconds: column::seconds(
            "client.refresh_token_idle_seconds",
            row.refresh_token_idle_seconds,
        )?,
        refresh_token_absolute_seconds: column::seconds(
            "client.refresh_token_absolute_seconds",
            row.refresh_token_absolute_seconds,
        )?,
        id_token_signed_response_alg: column::parse(
            "client.id_token_signed_response_alg",
            &row.id_token_signed_response_alg,
        )?,
        response_modes: column::parse_words("client.response_modes", &row.response_modes)?,
        authorization_signed_response_alg: row
            .authorization_signed_response_alg
            .map(|alg| column::parse("client.authorization_signed_response_alg", &alg))
            .transpose()?,
        require_pushed_authorization_requests: row.require_pushed_authorization_requests,
        request_object_signing_alg: row
            .request_object_signing_alg
            .map(|alg| column::parse("client.request_object_signing_alg", &alg))
            .transpose()?,
        require_signed_request_object: row.require_signed_request_object,
    })
}

/// Reads a row of `client_secret`.
pub(crate) fn secret_from_row(row: client_secret::Model) -> Result<ClientSecret, StoreError> {
    Ok(ClientSecret {
        id: Id::from_uuid(row.id),
        label: row.label,
        hint: row.hint,
        digest: column::digest("client_secret.digest", &row.digest)?,
        created_by: row.created_by,
        created_at: Timestamp::from_millis(row.created_at),
        expires_at: row.expires_at.map(Timestamp::from_millis),
        last_used_at: row.last_used_at.map(Timestamp::from_millis),
        last_used_from: row.last_used_from,
        version: row.version,
    })
}
