//! What people approved for good: list, withdraw.

use actix_web::web::Data;
use domain::{Consent, Permission};
use serde::Serialize;
use serde_json::{Value, json};
use service::{
    Service,
    issued::{self, ConsentView},
};
use utoipa::ToSchema;

use crate::{
    answer::{self, Answer},
    input::Input,
    operation::{Operation, Shape, Tag},
    problem::ApiProblem,
    schema::Timestamp,
    v1::shared::{
        self, ClientNameJson, ISSUED_FILTER, UserNameJson, client_example, ends_many,
        issued_filter, user_example,
    },
};

/// What a person approved for a client, until they withdraw it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Consent)]
pub(crate) struct ConsentJson {
    /// Identifies the decision.
    #[schema(examples("con_01k9xw3v5n8qj2m4r6t7p0abcd"))]
    id: String,
    /// Who approved.
    user: UserNameJson,
    /// For which client.
    client: ClientNameJson,
    /// The scopes that are not asked again.
    scopes: Vec<String>,
    /// When the person first approved.
    #[schema(value_type = Timestamp)]
    created_at: Timestamp,
    /// When the list last grew.
    #[schema(value_type = Timestamp)]
    updated_at: Timestamp,
}

impl From<ConsentView> for ConsentJson {
    fn from(ConsentView { consent, user, client }: ConsentView) -> Self {
        Self {
            id: consent.id.to_string(),
            user: user.into(),
            client: client.into(),
            scopes: shared::tokens(&consent.scope),
            created_at: consent.created_at.into(),
            updated_at: consent.updated_at.into(),
        }
    }
}

fn example() -> Value {
    json!({
        "id": "con_01k9xw3v5n8qj2m4r6t7p0abcd",
        "user": user_example(),
        "client": client_example(),
        "scopes": ["openid", "photos.read"],
        "created_at": "2026-11-18T11:06:40.123Z",
        "updated_at": "2026-11-18T11:06:40.123Z"
    })
}

const NO_PAGE: &str = "The control center has no page of approvals.";

/// `GET /consents`.
pub(crate) const LIST: Operation = Operation::list(
    "listConsents",
    Tag::Consents,
    Permission::ConsentsRead,
    Shape::of::<ConsentJson>(example),
)
.says("List what people approved", "Lists the remembered decisions of people, the newest first.")
.query(ISSUED_FILTER)
.api_only(NO_PAGE);

/// `DELETE /consents`.
pub(crate) const REVOKE_MANY: Operation =
    ends_many("revokeConsents", Tag::Consents, Permission::ConsentsWrite)
        .says(
            "Withdraw every approval that a filter finds",
            "Withdraws the approvals of a person, an application or both; their tokens end. At least one filter is needed; one that finds nothing withdraws nothing. Writes `consent.revoked` to the audit log.",
        )
        .query(ISSUED_FILTER)
        .api_only(NO_PAGE);

/// `DELETE /consents/{consent_id}`.
pub(crate) const REVOKE: Operation =
    Operation::remove("revokeConsent", Tag::Consents, Permission::ConsentsWrite).says(
        "Withdraw an approval",
        "Withdraws an approval; the person is asked again, and the tokens it led to end. Writes `consent.revoked` to the audit log.",
    )
    .api_only(NO_PAGE);

/// Lists consents.
pub(crate) async fn list(service: Data<Service>, input: Input) -> Answer {
    let filter = issued_filter(&input.query)?;
    let listing = issued::list_consents(&service, &input.call, filter, input.query.page()?)
        .await
        .map_err(ApiProblem::of_query)?;
    Ok(answer::listing(&input, listing, ConsentJson::from))
}

/// Withdraws the consents that the filter finds.
pub(crate) async fn revoke_many(service: Data<Service>, input: Input) -> Answer {
    let filter = issued_filter(&input.query)?;
    let count = issued::revoke_consents(&service, &input.call, filter)
        .await
        .map_err(ApiProblem::of_query)?;
    Ok(shared::revoked(count))
}

/// Withdraws a consent.
pub(crate) async fn revoke(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<Consent>("consent_id", "consent")?;
    issued::revoke_consent(&service, &input.call, id).await?;
    Ok(answer::nothing())
}
