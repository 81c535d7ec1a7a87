//! The client of an environment that has none yet, made like its sibling.

use actix_web::web::{Path, Query};
use serde::{Deserialize, Serialize};
use service::clients::{self, ClientChanges, PutClient};
use web::{Protected, see_other};

use crate::{
    applications::{
        EnvQuery, Section, Subject,
        created::{Kept, Shown},
        keys::no_keys,
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
    pub(super) redirect_uris: String,
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
    match clients::put(&visitor.service, &once::call(&visitor, &ticket), command).await {
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

/// What is asked for: the settings of the other environment, with an address of its own.
pub(super) fn settings(subject: &Subject, form: &ProductionForm) -> ClientChanges {
    let application = subject.application();
    let has_callback = application.application_type.has_callback();
    let address = typed(&form.redirect_uris).filter(|_| has_callback);
    clients::like_sibling(application, subject.environment, address)
}

/// `GET /console/applications/{id}/keys/client`: a page of keys that were shown was loaded
/// again.
pub(crate) async fn back(visitor: Visitor, id: Path<String>, query: Query<EnvQuery>) -> Answer {
    let subject = Subject::load(&visitor, &id, &query).await?;
    Ok(see_other(&subject.address(Section::Keys)))
}
