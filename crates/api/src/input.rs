//! What a handler reads of its request, after [`crate::gate`] let it in.

pub(crate) mod body;
mod precondition;
mod query;

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest,
    dev::Payload,
    web::{Bytes, Data},
};
use domain::{Environment, Id, Identified};
use serde::{Serialize, de::DeserializeOwned};
use service::Call;
use web::WebConfig;

use crate::{
    answer,
    problem::{ApiProblem, Kind},
};
pub(crate) use precondition::IF_MATCH;
pub(crate) use query::Query;

/// What a handler reads of its request.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) call: Call,
    pub(crate) query: Query,
    body: Bytes,
    request: HttpRequest,
}

/// What the gate found out about a request.
pub(crate) struct Admitted {
    pub(crate) call: Call,
    pub(crate) query: Query,
    pub(crate) body: Bytes,
}

impl Input {
    /// The identifier in the path; what cannot be one names nothing.
    pub(crate) fn id<T: Identified>(&self, name: &str, what: &str) -> Result<Id<T>, ApiProblem> {
        let text = self.request.match_info().get(name).unwrap_or_default();
        Id::parse(text).map_err(|_reason| ApiProblem::not_found(what))
    }

    /// The environment in the path.
    pub(crate) fn environment(&self) -> Result<Environment, ApiProblem> {
        let text = self.request.match_info().get("environment").unwrap_or_default();
        text.parse().map_err(|_reason| ApiProblem::not_found("environment"))
    }

    /// The version in `If-Match`.
    pub(crate) fn version(&self) -> Result<i64, ApiProblem> {
        precondition::version(self.request.headers())
    }

    /// The strong entity tag of `representation`, which is at `version`.
    ///
    /// The version alone would not do: an application shows its clients and last uses, which
    /// change without it.
    pub(crate) fn etag(&self, version: i64, representation: &impl Serialize) -> String {
        let config = self.request.app_data::<Data<WebConfig>>();
        let json = serde_json::to_vec(representation);
        let (Some(config), Ok(json)) = (config, json) else { return answer::etag(version) };
        let digest = config.handles.mac("etag", &json);
        let digest = digest.first_chunk().copied().map_or(0, u64::from_be_bytes);
        format!("\"v{version}-{digest:016x}\"")
    }

    /// The body.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, ApiProblem> {
        body::parse(&self.body)
    }

    /// The full address of `path`.
    pub(crate) fn link(&self, path: &str) -> String {
        let config = self.request.app_data::<Data<WebConfig>>();
        config.map_or_else(|| path.to_owned(), |config| config.link(path))
    }

    /// The address of this list from `cursor` on.
    pub(crate) fn neighbour(&self, cursor: &str) -> String {
        let query = self.query.encoded_with_cursor(cursor);
        self.link(&format!("{}?{query}", self.request.path()))
    }
}

impl FromRequest for Input {
    type Error = ApiProblem;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let admitted = request.extensions_mut().remove::<Admitted>();
        ready(match admitted {
            Some(Admitted { call, query, body }) => {
                Ok(Self { call, query, body, request: request.clone() })
            }
            None => Err(ApiProblem::new(Kind::Internal, "The request was not let in.")),
        })
    }
}
