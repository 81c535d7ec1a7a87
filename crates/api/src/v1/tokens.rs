//! What was granted and still opens something: list, revoke.

use actix_web::web::Data;
use domain::{Grant, Permission};
use serde::Serialize;
use serde_json::{Value, json};
use service::{
    Service,
    issued::{self, TokenView},
};
use utoipa::ToSchema;

use crate::{
    answer::{self, Answer},
    input::Input,
    operation::{Operation, Shape, Tag},
    problem::ApiProblem,
    schema::Timestamp,
    v1::shared::{
        self, ClientNameJson, ISSUED_FILTER, UserNameJson, client_example, ends_many, id_text,
        issued_filter, user_example,
    },
};

/// What a person granted a client in one authorization; its access and refresh tokens end with it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenJson {
    /// Identifies the grant; access tokens name it as `gid`.
    #[schema(examples("gra_01k9xw3v5n8qj2m4r6t7p0abcd"))]
    id: String,
    /// Whose access it is.
    user: UserNameJson,
    /// Who was granted access.
    client: ClientNameJson,
    /// What was granted.
    scopes: Vec<String>,
    /// The session it was granted in.
    #[schema(required)]
    session_id: Option<String>,
    /// When the person had last signed in.
    #[schema(value_type = Timestamp)]
    auth_time: Timestamp,
    /// How they had signed in, RFC 8176 values.
    amr: Vec<String>,
    /// When it was granted.
    #[schema(value_type = Timestamp)]
    created_at: Timestamp,
    /// When a token was last issued from it.
    #[schema(value_type = Timestamp)]
    last_used_at: Timestamp,
    /// When its refresh token ends unless it is used before, if it has one.
    #[schema(required, value_type = Option<Timestamp>)]
    refresh_expires_at: Option<Timestamp>,
}

impl From<TokenView> for TokenJson {
    fn from(view: TokenView) -> Self {
        let grant = view.grant;
        Self {
            id: grant.id.to_string(),
            user: view.user.into(),
            client: view.client.into(),
            scopes: shared::tokens(&grant.scope),
            session_id: id_text(grant.session_id),
            auth_time: grant.auth_time.into(),
            amr: grant.amr,
            created_at: grant.created_at.into(),
            last_used_at: view.last_used_at.into(),
            refresh_expires_at: view.refresh_expires_at.map(Timestamp),
        }
    }
}

fn example() -> Value {
    json!({
        "id": "gra_01k9xw3v5n8qj2m4r6t7p0abcd",
        "user": user_example(),
        "client": client_example(),
        "scopes": ["openid", "photos.read"],
        "session_id": "ses_01k9xw3v5n8qj2m4r6t7p0abcd",
        "auth_time": "2026-11-18T11:06:40.123Z",
        "amr": ["pwd"],
        "created_at": "2026-11-18T11:06:40.123Z",
        "last_used_at": "2026-11-18T11:06:40.123Z",
        "refresh_expires_at": "2026-12-02T11:06:40.123Z"
    })
}

const NO_PAGE: &str =
    "The control center tells how many grants a person has and revokes all of them at once.";

/// `GET /tokens`.
pub(crate) const LIST: Operation = Operation::list(
    "listTokens",
    Tag::Tokens,
    Permission::TokensRead,
    Shape::of::<TokenJson>(example),
)
.says(
    "List what was granted",
    "Lists the grants that still open something, the newest first; one a sign-in and client, whatever number of tokens were issued from it. Tokens of the client credentials grant are not kept one by one and are not listed.",
)
.query(ISSUED_FILTER)
.api_only(NO_PAGE);

/// `DELETE /tokens`.
pub(crate) const REVOKE_MANY: Operation =
    ends_many("revokeTokens", Tag::Tokens, Permission::TokensRevoke)
        .says(
            "Revoke everything that a filter finds",
            "Revokes the grants of a person, an application or both; their tokens stop counting at once. At least one filter is needed; one that finds nothing revokes nothing. Writes `token.revoked` to the audit log.",
        )
        .query(ISSUED_FILTER);

/// `DELETE /tokens/{token_id}`.
pub(crate) const REVOKE: Operation =
    Operation::remove("revokeToken", Tag::Tokens, Permission::TokensRevoke).says(
        "Revoke a grant with its tokens",
        "Revokes a grant; its access and refresh tokens stop counting at once. Writes `token.revoked` to the audit log.",
    )
    .api_only(NO_PAGE);

/// Lists grants.
pub(crate) async fn list(service: Data<Service>, input: Input) -> Answer {
    let filter = issued_filter(&input.query)?;
    let listing = issued::list_tokens(&service, &input.call, filter, input.query.page()?)
        .await
        .map_err(ApiProblem::of_query)?;
    Ok(answer::listing(&input, listing, TokenJson::from))
}

/// Revokes the grants that the filter finds.
pub(crate) async fn revoke_many(service: Data<Service>, input: Input) -> Answer {
    let filter = issued_filter(&input.query)?;
    let count =
        issued::revoke_tokens(&service, &input.call, filter).await.map_err(ApiProblem::of_query)?;
    Ok(shared::revoked(count))
}

/// Revokes a grant.
pub(crate) async fn revoke(service: Data<Service>, input: Input) -> Answer {
    let id = input.id::<Grant>("token_id", "token")?;
    issued::revoke_token(&service, &input.call, id).await?;
    Ok(answer::nothing())
}
