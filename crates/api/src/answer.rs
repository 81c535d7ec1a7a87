//! What goes out when a call succeeds.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{ETAG, LINK, LOCATION},
    },
};
use serde::Serialize;
use service::Listing;
use utoipa::ToSchema;

use crate::{input::Input, problem::ApiProblem};

/// What a handler gives.
pub(crate) type Answer = Result<HttpResponse, ApiProblem>;

/// The answer holds a secret: it is never kept to be repeated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HoldsSecret;

/// The entity tag that names a version and no representation of it: enough to change it by.
pub(crate) fn etag(version: i64) -> String {
    format!("\"v{version}\"")
}

/// 200 with `body`.
pub(crate) fn ok(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(body)
}

/// 200 with `body`, which is at `version`.
pub(crate) fn versioned(input: &Input, version: i64, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, input.etag(version, body))).json(body)
}

/// 204.
pub(crate) fn nothing() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// 201 with what was made and where it is.
pub(crate) struct Created {
    pub(crate) location: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) holds_secret: bool,
}

impl Created {
    /// Made at `path`, which starts after `/api/v1`.
    pub(crate) fn at(input: &Input, path: &str) -> Self {
        let location = Some(input.link(&format!("{}{path}", crate::routes::BASE)));
        Self { location, etag: None, holds_secret: false }
    }

    /// Without a place of its own.
    pub(crate) const fn nowhere() -> Self {
        Self { location: None, etag: None, holds_secret: false }
    }

    /// With the tag that `GET` gives for it.
    pub(crate) fn etag(mut self, etag: String) -> Self {
        self.etag = Some(etag);
        self
    }

    pub(crate) const fn holds_secret(mut self, holds_secret: bool) -> Self {
        self.holds_secret = holds_secret;
        self
    }

    pub(crate) fn json(self, body: &impl Serialize) -> HttpResponse {
        let mut response = HttpResponse::build(StatusCode::CREATED);
        if let Some(location) = self.location {
            response.insert_header((LOCATION, location));
        }
        if let Some(etag) = self.etag {
            response.insert_header((ETAG, etag));
        }
        let mut response = response.json(body);
        if self.holds_secret {
            response.extensions_mut().insert(HoldsSecret);
        }
        response
    }
}

#[derive(Serialize)]
struct ListJson<T> {
    data: Vec<T>,
    page: PageJson,
}

/// Where a list goes on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page)]
pub(crate) struct PageJson {
    /// Send it as `cursor` for what comes after; absent at the end of the list.
    #[schema(required)]
    next_cursor: Option<String>,
    /// Send it as `cursor` for what comes before; absent at the start of the list.
    #[schema(required)]
    prev_cursor: Option<String>,
    /// The most items of a page.
    #[schema(minimum = 1, maximum = 200)]
    limit: u32,
    /// How many items there are, counted up to 10000; with `include=total` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    total: Option<u64>,
}

/// How many were ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Revoked)]
pub(crate) struct RevokedJson {
    /// How many were ended.
    pub(crate) revoked: u64,
}

/// 200 with a page of a list and the addresses of its neighbours.
pub(crate) fn listing<T, J: Serialize>(
    input: &Input,
    listing: Listing<T>,
    present: impl Fn(T) -> J,
) -> HttpResponse {
    let link = |relation: &str, cursor: &Option<String>| {
        let cursor = cursor.as_ref()?;
        Some(format!("<{}>; rel=\"{relation}\"", input.neighbour(cursor)))
    };
    let links = [link("next", &listing.next_cursor), link("prev", &listing.prev_cursor)];
    let links: Vec<String> = links.into_iter().flatten().collect();
    let mut response = HttpResponse::Ok();
    if !links.is_empty() {
        response.insert_header((LINK, links.join(", ")));
    }
    response.json(ListJson {
        data: listing.items.into_iter().map(present).collect(),
        page: PageJson {
            next_cursor: listing.next_cursor,
            prev_cursor: listing.prev_cursor,
            limit: listing.limit,
            total: listing.total,
        },
    })
}
