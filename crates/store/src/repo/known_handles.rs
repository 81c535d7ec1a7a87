//! What is known of a handle that somebody found lying about.

use domain::{Application, Client, Grant, HandleDigest, HandleKind, Id, Timestamp, User};
use protocol::Scope;
use sea_orm::{Condition, EntityTrait as _, QueryFilter as _, prelude::*};

use crate::{
    StoreError, column,
    entity::{
        api_key, authorization_code, client, client_secret, device_authorization, opaque_token,
        spent_refresh_token, token_family, token_grant,
    },
    store::Read,
};

/// What is known of a handle; what it opens is not asked, so looking changes nothing.
#[derive(Debug, Clone, Default)]
pub struct KnownHandle {
    /// Whose client.
    pub client_id: Option<Id<Client>>,
    /// Its application.
    pub application_id: Option<Id<Application>>,
    /// Whose account.
    pub user_id: Option<Id<User>>,
    /// The grant it came of.
    pub grant_id: Option<Id<Grant>>,
    /// What it opens.
    pub scope: Option<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// Whether it was revoked, replaced or spent.
    pub is_over: bool,
}

/// What is known of the handle of this `kind` with this `digest`.
///
/// Links and sessions are not looked up: whoever may search has no business in them.
///
/// # Errors
///
/// When the database fails.
pub async fn find(
    db: &impl Read,
    kind: HandleKind,
    digest: &HandleDigest,
) -> Result<Option<KnownHandle>, StoreError> {
    let digest = digest.as_bytes().to_vec();
    let known = match kind {
        HandleKind::ProductionSecret | HandleKind::SandboxSecret => secret(db, digest).await?,
        HandleKind::AccessToken => access_token(db, digest).await?,
        HandleKind::RefreshToken => refresh_token(db, digest).await?,
        HandleKind::AuthorizationCode => code(db, digest).await?,
        HandleKind::DeviceCode => device_code(db, digest).await?,
        HandleKind::ApiKey => key(db, digest).await?,
        HandleKind::UserSession
        | HandleKind::ConsoleSession
        | HandleKind::AuthorizationRequest
        | HandleKind::PushedRequest
        | HandleKind::SetupLink
        | HandleKind::SignInLink
        | HandleKind::PasswordResetLink => None,
    };
    let Some(mut known) = known else { return Ok(None) };
    if let Some(id) = known.client_id {
        let row = client::Entity::find_by_id(id.as_uuid()).one(db.conn()).await?;
        known.application_id = row.map(|row| Id::from_uuid(row.application_id));
    }
    Ok(Some(known))
}

async fn secret(db: &impl Read, digest: Vec<u8>) -> Result<Option<KnownHandle>, StoreError> {
    let row = client_secret::Entity::find()
        .filter(client_secret::Column::Digest.eq(digest))
        .one(db.conn())
        .await?;
    Ok(row.map(|row| KnownHandle {
        client_id: Some(Id::from_uuid(row.client_id)),
        created_at: Timestamp::from_millis(row.created_at),
        expires_at: row.expires_at.map(Timestamp::from_millis),
        is_over: row.revoked_at.is_some(),
        ..KnownHandle::default()
    }))
}

async fn access_token(db: &impl Read, digest: Vec<u8>) -> Result<Option<KnownHandle>, StoreError> {
    let row = opaque_token::Entity::find()
        .filter(opaque_token::Column::Digest.eq(digest))
        .one(db.conn())
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(KnownHandle {
        client_id: Some(Id::from_uuid(row.client_id)),
        user_id: row.user_id.map(Id::from_uuid),
        grant_id: row.grant_id.map(Id::from_uuid),
        scope: Some(column::convert("opaque_token.scope", row.scope)?),
        created_at: Timestamp::from_millis(row.issued_at),
        expires_at: Some(Timestamp::from_millis(row.expires_at)),
        is_over: row.revoked_at.is_some(),
        ..KnownHandle::default()
    }))
}

async fn refresh_token(db: &impl Read, digest: Vec<u8>) -> Result<Option<KnownHandle>, StoreError> {
    let spent = spent_refresh_token::Entity::find_by_id(digest.clone()).one(db.conn()).await?;
    let row = token_family::Entity::find()
        .filter(
            Condition::any()
                .add(token_family::Column::Leaf.eq(digest.clone()))
                .add(token_family::Column::Previous.eq(digest.clone()))
                .add_option(spent.map(|it| token_family::Column::Id.eq(it.family_id))),
        )
        .one(db.conn())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let grant = token_grant::Entity::find_by_id(row.grant_id).one(db.conn()).await?;
    let Some(grant) = grant else { return Ok(None) };
    Ok(Some(KnownHandle {
        client_id: Some(Id::from_uuid(row.client_id)),
        user_id: Some(Id::from_uuid(grant.user_id)),
        grant_id: Some(Id::from_uuid(grant.id)),
        scope: Some(column::convert("token_grant.scope", grant.scope)?),
        created_at: Timestamp::from_millis(row.created_at),
        expires_at: Some(Timestamp::from_millis(row.idle_expires_at.min(row.expires_at))),
        is_over: row.revoked_at.is_some() || grant.revoked_at.is_some() || row.leaf != digest,
        ..KnownHandle::default()
    }))
}

async fn code(db: &impl Read, digest: Vec<u8>) -> Result<Option<KnownHandle>, StoreError> {
    let row = authorization_code::Entity::find()
        .filter(authorization_code::Column::Digest.eq(digest))
        .one(db.conn())
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(KnownHandle {
        client_id: Some(Id::from_uuid(row.client_id)),
        user_id: Some(Id::from_uuid(row.user_id)),
        grant_id: row.redeemed_at.map(|_| Id::from_uuid(row.grant_id)),
        scope: Some(column::convert("authorization_code.scope", row.scope)?),
        created_at: Timestamp::from_millis(row.created_at),
        expires_at: Some(Timestamp::from_millis(row.expires_at)),
        is_over: row.redeemed_at.is_some(),
        ..KnownHandle::default()
    }))
}

async fn device_code(db: &impl Read, digest: Vec<u8>) -> Result<Option<KnownHandle>, StoreError> {
    let row = device_authorization::Entity::find()
        .filter(device_authorization::Column::Digest.eq(digest))
        .one(db.conn())
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(KnownHandle {
        client_id: Some(Id::from_uuid(row.client_id)),
        user_id: row.user_id.map(Id::from_uuid),
        grant_id: row.redeemed_at.map(|_| Id::from_uuid(row.id)),
        scope: Some(column::convert("device_authorization.scope", row.scope)?),
        created_at: Timestamp::from_millis(row.created_at),
        expires_at: Some(Timestamp::from_millis(row.expires_at)),
        is_over: row.redeemed_at.is_some(),
        ..KnownHandle::default()
    }))
}

async fn key(db: &impl Read, digest: Vec<u8>) -> Result<Option<KnownHandle>, StoreError> {
    let row =
        api_key::Entity::find().filter(api_key::Column::Digest.eq(digest)).one(db.conn()).await?;
    Ok(row.map(|row| KnownHandle {
        created_at: Timestamp::from_millis(row.created_at),
        expires_at: row.expires_at.map(Timestamp::from_millis),
        is_over: row.revoked_at.is_some(),
        ..KnownHandle::default()
    }))
}
