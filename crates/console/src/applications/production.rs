//! The client of an environment that has none yet, made like its sibling.

use actix_web::web::{Path, Query};
use domain::{ApplicationType, Client};
use protocol::GrantType;
use serde::{Deserialize, Serialize};
use service::clients::{self, ClientChanges, PutClient};
use web::Protected;

use crate::{
    applications::{
        EnvQuery, Section, Subject,
        created::{Kept, Shown},
        keys::{no_keys, other},
    },
    failure::{Answer, Refusal},
    form::typed,
    guard::Visitor,
    once::{self, Turn},
};

/// The form on the keys page of an environment without a client.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ProductionForm {
    pub(super) nonce: String,
    redirect_uris: String,
}

/// `POST /console/applications/{id}/keys/client`.
pub(crate) async fn make(
    visitor: Visitor,
    id: Path<String>,
    query: Query<EnvQuery>,
    form: Protected<ProductionForm>,
) -> Answer {
    let Protected(form) = form;
    let subject = Subject::load(&visitor, &id, &query).await?;
    let keys = subject.address(Section::Keys);
    let ticket = match once::turn(&visitor, "client", &form.nonce).await? {
        Turn::First(ticket) => ticket,
        Turn::Again(_) => return visitor.show(&Shown::of(&subject)),
    };
    let command = PutClient {
        application_id: subject.application().id,
        environment: subject.environment,
        settings: settings(&subject, &form),
    };
    match clients::put(&visitor.service, &visitor.call, command).await {
        Ok(made) => {
            once::spend(&visitor, ticket, &keys).await;
            let kept = Kept { client: &made.client, secret: made.secret.as_ref() };
            kept.show(&visitor, subject.application())
        }
        Err(problem) => {
            once::give_back(&visitor, ticket).await?;
            let mut refusal = Refusal::of(problem)?;
            let status = refusal.status();
            // The page has no boxes for grants, and they are refused only for want of the address.
            if refusal.errors.iter().any(|it| it.field() == "redirect_uris") {
                refusal.errors.retain(|it| it.field() != "grant_types");
            }
            let page = no_keys(&visitor, &subject, form).refused(refusal.errors);
            visitor.show_as(&page, status)
        }
    }
}

/// The settings of the sibling that do not differ by environment, with an address of its own.
fn settings(subject: &Subject, form: &ProductionForm) -> ClientChanges {
    let address = typed(&form.redirect_uris);
    let is_machine = subject.application().application_type == ApplicationType::Machine;
    let redirect_uris = address.clone().filter(|_| !is_machine).map(|it| vec![it]);
    let sibling = subject
        .application()
        .clients
        .iter()
        .find(|it| it.environment == other(subject.environment));
    sibling.map_or_else(
        || ClientChanges { redirect_uris: redirect_uris.clone(), ..ClientChanges::default() },
        |sibling| like(sibling, redirect_uris.clone()),
    )
}

fn like(sibling: &Client, redirect_uris: Option<Vec<String>>) -> ClientChanges {
    let settings = &sibling.settings;
    let has_address = redirect_uris.is_some();
    let names = |scope: &protocol::Scope| scope.iter().map(ToString::to_string).collect();
    let mut grants: Vec<GrantType> = settings.grant_types.clone();
    if has_address && !grants.contains(&GrantType::AuthorizationCode) {
        grants.insert(0, GrantType::AuthorizationCode);
    }
    grants.retain(|it| has_address || *it == GrantType::ClientCredentials);
    ClientChanges {
        redirect_uris,
        grant_types: Some(grants.iter().map(ToString::to_string).collect()),
        scopes: Some(names(&settings.scopes)),
        default_scopes: Some(names(&settings.default_scopes)),
        token_endpoint_auth_method: Some(settings.token_endpoint_auth_method.to_string()),
        require_pkce: Some(settings.require_pkce),
        access_token_lifetime_seconds: Some(settings.access_token_lifetime_seconds),
        id_token_lifetime_seconds: Some(settings.id_token_lifetime_seconds),
        refresh_mode: Some(settings.refresh_mode.to_string()),
        refresh_token_idle_seconds: Some(settings.refresh_token_idle_seconds),
        refresh_token_absolute_seconds: Some(settings.refresh_token_absolute_seconds),
        id_token_signed_response_alg: Some(settings.id_token_signed_response_alg.to_string()),
        ..ClientChanges::default()
    }
}

#[cfg(test)]
mod tests {
    use domain::Environment;

    use super::*;
    use crate::testing;

    #[test]
    fn without_an_address_only_grants_that_need_none_are_taken_over() {
        let mut sibling = testing::client(Environment::Sandbox);
        sibling.settings.grant_types = GrantType::ALL.to_vec();

        let changes = like(&sibling, None);

        assert_eq!(changes.grant_types, Some(vec!["client_credentials".to_owned()]));
        assert_eq!(changes.redirect_uris, None);
    }

    #[test]
    fn an_address_brings_the_code_grant() {
        let mut sibling = testing::client(Environment::Sandbox);
        sibling.settings.grant_types = vec![GrantType::ClientCredentials];

        let changes = like(&sibling, Some(vec!["https://app.example.com/cb".to_owned()]));

        assert_eq!(
            changes.grant_types,
            Some(vec!["authorization_code".to_owned(), "client_credentials".to_owned()])
        );
    }
}
