//! The clients of applications, as operators see and change them.

pub(super) mod keys;

use domain::{Application, Client, ClientSettings, Environment, Id, User};
use protocol::GrantType;
use sea_orm::{
    ActiveValue::Set,
    EntityTrait as _, QueryFilter as _,
    prelude::*,
    sea_query::{Expr, ExprTrait as _, Query, SelectStatement},
};

use super::client_origins;
use crate::{
    StoreError, Tx, column,
    entity::{
        application,
        client::{ActiveModel, Column, Entity},
    },
    store::Connected as _,
};

/// Adds a client.
///
/// # Errors
///
/// When the database fails, or the environment has a client already.
pub async fn insert(tx: &Tx, client: &Client) -> Result<(), StoreError> {
    let settings = &client.settings;
    let row = ActiveModel {
        id: Set(client.id.as_uuid()),
        application_id: Set(client.application_id.as_uuid()),
        client_id: Set(client.client_id.as_str().to_owned()),
        environment: Set(client.environment.as_str().to_owned()),
        redirect_uris: Set(column::to_json("client.redirect_uris", &settings.redirect_uris)?),
        post_logout_redirect_uris: Set(column::to_json(
            "client.post_logout_redirect_uris",
            &settings.post_logout_redirect_uris,
        )?),
        grant_types: Set(grant_words(settings)),
        scopes: Set(settings.scopes.to_string()),
        default_scopes: Set(settings.default_scopes.to_string()),
        token_endpoint_auth_method: Set(settings.token_endpoint_auth_method.as_str().to_owned()),
        require_pkce: Set(settings.require_pkce),
        skip_consent: Set(settings.skip_consent),
        dpop_bound_access_tokens: Set(settings.dpop_bound_access_tokens),
        access_token_lifetime_seconds: Set(settings.access_token_lifetime_seconds.into()),
        id_token_lifetime_seconds: Set(settings.id_token_lifetime_seconds.into()),
        refresh_mode: Set(settings.refresh_mode.as_str().to_owned()),
        refresh_token_idle_seconds: Set(settings.refresh_token_idle_seconds.into()),
        refresh_token_absolute_seconds: Set(settings.refresh_token_absolute_seconds.into()),
        id_token_signed_response_alg: Set(settings
            .id_token_signed_response_alg
            .as_str()
            .to_owned()),
        last_used_at: Set(None),
        created_at: Set(client.created_at.as_millis()),
        updated_at: Set(client.updated_at.as_millis()),
        version: Set(client.version),
        ..columns_of_requests(settings)
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    client_origins::put(tx, client).await
}

/// Writes the settings of `client`, unless someone changed it since `version`;
/// says whether it did. The new version is that of `client`.
///
/// # Errors
///
/// When the database fails.
pub async fn update(tx: &Tx, client: &Client, version: i64) -> Result<bool, StoreError> {
    let settings = &client.settings;
    let redirect_uris = column::to_json("client.redirect_uris", &settings.redirect_uris)?;
    let post_logout =
        column::to_json("client.post_logout_redirect_uris", &settings.post_logout_redirect_uris)?;
    let seconds = |value: u32| Expr::value(i64::from(value));
    let method = settings.token_endpoint_auth_method.as_str();
    let alg = settings.id_token_signed_response_alg.as_str();
    let done = Entity::update_many()
        .set(columns_of_requests(settings))
        .col_expr(Column::RedirectUris, Expr::value(redirect_uris))
        .col_expr(Column::PostLogoutRedirectUris, Expr::value(post_logout))
        .col_expr(Column::GrantTypes, Expr::value(grant_words(settings)))
        .col_expr(Column::Scopes, Expr::value(settings.scopes.to_string()))
        .col_expr(Column::DefaultScopes, Expr::value(settings.default_scopes.to_string()))
        .col_expr(Column::TokenEndpointAuthMethod, Expr::value(method))
        .col_expr(Column::RequirePkce, Expr::value(settings.require_pkce))
        .col_expr(Column::SkipConsent, Expr::value(settings.skip_consent))
        .col_expr(Column::DpopBoundAccessTokens, Expr::value(settings.dpop_bound_access_tokens))
        .col_expr(
            Column::AccessTokenLifetimeSeconds,
            seconds(settings.access_token_lifetime_seconds),
        )
        .col_expr(Column::IdTokenLifetimeSeconds, seconds(settings.id_token_lifetime_seconds))
        .col_expr(Column::RefreshMode, Expr::value(settings.refresh_mode.as_str()))
        .col_expr(Column::RefreshTokenIdleSeconds, seconds(settings.refresh_token_idle_seconds))
        .col_expr(
            Column::RefreshTokenAbsoluteSeconds,
            seconds(settings.refresh_token_absolute_seconds),
        )
        .col_expr(Column::IdTokenSignedResponseAlg, Expr::value(alg))
        .col_expr(Column::UpdatedAt, Expr::value(client.updated_at.as_millis()))
        .col_expr(Column::Version, Expr::value(client.version))
        .filter(Column::Id.eq(client.id.as_uuid()))
        .filter(Column::Version.eq(version))
        .exec(tx.conn())
        .await?;
    let is_ours = done.rows_affected == 1;
    if is_ours {
        client_origins::put(tx, client).await?;
    }
    Ok(is_ours)
}

/// Which clients a filter means.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WhichClients {
    /// Only those of this application.
    pub(crate) application: Option<Id<Application>>,
    /// Only those in this environment.
    pub(crate) environment: Option<Environment>,
    /// Only those of this person's applications.
    pub(crate) owner: Option<Id<User>>,
}

impl WhichClients {
    /// Their identifiers, as a subquery; `None` when all are meant.
    ///
    /// Clients of deleted applications are among them: what was issued to them
    /// can be looked at and revoked.
    pub(crate) fn ids(self) -> Option<SelectStatement> {
        if self.application.is_none() && self.environment.is_none() && self.owner.is_none() {
            return None;
        }
        let mut query = Query::select();
        query.column(Column::Id).from(Entity);
        if let Some(application) = self.application {
            query.and_where(Column::ApplicationId.eq(application.as_uuid()));
        }
        if let Some(environment) = self.environment {
            query.and_where(Column::Environment.eq(environment.as_str()));
        }
        if let Some(owner) = self.owner {
            let owned = Query::select()
                .column(application::Column::Id)
                .from(application::Entity)
                .and_where(application::Column::OwnerId.eq(owner.as_uuid()))
                .to_owned();
            query.and_where(Expr::col(Column::ApplicationId).in_subquery(owned));
        }
        Some(query)
    }
}

fn grant_words(settings: &ClientSettings) -> String {
    column::words(settings.grant_types.iter().map(|it: &GrantType| it.as_str()))
}

/// What is written of how authorization requests come and are answered, and of the keys.
fn columns_of_requests(settings: &ClientSettings) -> ActiveModel {
    let answer_alg = settings.authorization_signed_response_alg;
    let request_alg = settings.request_object_signing_alg;
    ActiveModel {
        response_modes: Set(column::words(settings.response_modes.iter().map(|it| it.as_str()))),
        authorization_signed_response_alg: Set(answer_alg.map(|it| it.as_str().to_owned())),
        require_pushed_authorization_requests: Set(settings.require_pushed_authorization_requests),
        request_object_signing_alg: Set(request_alg.map(|it| it.as_str().to_owned())),
        require_signed_request_object: Set(settings.require_signed_request_object),
        ..keys::columns(settings)
    }
}
